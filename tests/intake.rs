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
    let mut ended = 0;
    // From far too few to enough: each time it serves, or it ends with words. Never does it stay without serving.
    for files in (8..64).step_by(4) {
        let mut tandem = place.start(files);
        let code = tandem.serves_or_ends(Duration::from_secs(60));
        let log = tandem.stop();
        if let Some(code) = code {
            ended += 1;
            assert_eq!(code, 1, "{files} files: {log}");
            assert!(log.contains("tandem: "), "{files} files, without a word: {log}");
        }
    }
    assert!(ended > 0, "8 files are too few");
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
