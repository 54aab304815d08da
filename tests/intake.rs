//! B4 with the real binary, real sockets and few files: hooks are taken whatever hangs, and an end is never silent.
#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

#[path = "intake/place.rs"]
mod place;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use place::{Place, is_full_run};

/// A hint for a customer's receiver.
const HINT: &str = r#"{"contact_id": "af73e650-96f0-11ef-b2a0-fa163eafb85e"}"#;

#[test]
fn b4_customers_whose_upstreams_hang_leave_the_intake_alone() {
    let (customers, files) = if is_full_run() { (1_000, 700) } else { (150, 128) };
    let place = Place::new(customers);
    let mut tandem = place.start(files);
    tandem.wait("it answers", |tandem| tandem.get("/healthz") == Some(200));
    // Every customer has its place, and all have begun to call.
    for number in 0..customers {
        let hook = format!("/hooks/constant-contact/c{number}/letmein");
        tandem.wait("the hint is taken", |tandem| tandem.post(&hook, HINT) == Some(202));
    }
    tandem.wait("calls hang", |_| place.connected() > 10);
    for number in 0..customers {
        assert_eq!(tandem.get("/healthz"), Some(200));
        assert_eq!(tandem.post(&format!("/hooks/constant-contact/c{number}/letmein"), HINT), Some(202));
    }
    assert!(tandem.open_files() <= files, "{} files", tandem.open_files());
    let log = tandem.stop();
    assert!(!log.contains("Too many open files"), "{log}");
}

#[test]
fn b4_with_too_few_files_it_says_so_and_ends_with_1() {
    let place = Place::new(1);
    for files in [8, 12, 16, 24, 32, 48, 63] {
        let mut tandem = place.start(files);
        assert_eq!(tandem.serves_or_ends(Duration::from_secs(60)), Some(1), "{files} files");
        let log = tandem.stop();
        assert!(log.contains(&format!("the limit of open files is {files}")), "{log}");
    }
    for files in [64, 96, 128] {
        let mut tandem = place.start(files);
        assert_eq!(tandem.serves_or_ends(Duration::from_secs(60)), None, "{files} files: {}", tandem.log());
    }
}

#[test]
fn b4_connections_that_only_hold_a_place_are_cut_and_hints_are_taken() {
    let place = Place::new(1);
    let mut tandem = place.start(1_024);
    tandem.wait("it answers", |tandem| tandem.get("/healthz") == Some(200));
    let hook = "/hooks/constant-contact/c0/letmein";
    let half_open = [
        String::new(),
        "POST /hooks".to_owned(),
        format!("POST {hook} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n"),
        format!("POST {hook} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{{\"contact"),
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
    ];
    let mut held: Vec<TcpStream> = (0..1_072)
        .map(|number| {
            let mut stream = TcpStream::connect(tandem.address()).unwrap();
            stream.write_all(half_open[number % half_open.len()].as_bytes()).unwrap();
            stream
        })
        .collect();
    for number in 0..102 {
        let hint = format!("{{\"email\": \"person{number}@example.org\"}}");
        assert_eq!(tandem.post(hook, &hint), Some(202), "{}", tandem.log());
    }
    assert!(tandem.child.try_wait().unwrap().is_none(), "it lives");
    // What is left is cut as well when its time is up, half a minute at most.
    let left = if is_full_run() { held.len() } else { 0 };
    for stream in held.iter_mut().take(left) {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let ended = stream.read_to_end(&mut Vec::new());
        let is_cut =
            |kind| matches!(kind, std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe);
        assert!(ended.as_ref().map_or_else(|error| is_cut(error.kind()), |_| true), "{ended:?}");
    }
    let log = tandem.stop();
    assert!(!log.contains("Too many open files") && !log.contains("panicked"), "{log}");
}

#[test]
fn b4_a_broken_file_keeps_its_own_customer_from_running_and_no_other() {
    let place = Place::refused(2);
    place.write("customers/c1.toml", "id = \"c1\"\ncolour = \"red\"\n");
    let mut tandem = place.start(1_024);
    let hook = |customer: &str| format!("/hooks/constant-contact/{customer}/letmein");
    tandem.wait("the other's hint is taken", |tandem| tandem.post(&hook("c0"), HINT) == Some(202));
    assert_eq!(tandem.post(&hook("c1"), HINT), Some(404));
    let page = tandem.text("/");
    assert!(page.contains("c1.toml") && page.contains("colour"), "{page}");
    let check = place.run(&["check", "--json"]);
    assert_eq!(check.status.code(), Some(2));
    let told = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(told.contains("\"customer\": \"c1\"") && told.contains("colour"), "{told}");
    let apply = place.run(&["customer", "apply"]);
    let told = String::from_utf8_lossy(&apply.stderr).into_owned();
    assert_eq!(apply.status.code(), Some(2), "{told}");
    assert!(told.contains("c1.toml") && told.contains("colour"), "{told}");
    let log = tandem.stop();
    assert!(log.contains("c1.toml: colour"), "{log}");
}

#[test]
fn b4_too_little_address_space_ends_with_words() {
    let place = Place::new(1);
    for kilobytes in [200_000, 800_000] {
        let mut tandem = place.start_after(&format!("ulimit -v {kilobytes}"));
        assert_eq!(tandem.serves_or_ends(Duration::from_secs(60)), Some(1));
        let log = tandem.stop();
        assert!(log.contains("the limit of address space is") && log.contains("ulimit -v"), "{log}");
    }
    // A soft limit alone is raised.
    let mut tandem = place.start_after("ulimit -S -v 800000");
    assert_eq!(tandem.serves_or_ends(Duration::from_secs(60)), None);
}
