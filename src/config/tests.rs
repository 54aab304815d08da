//! What operators may write, and what they read when it is wrong.

use std::{path::Path, time::Duration};

use super::*;

const PROCESS: &str = include_str!("testdata/tandem.toml");
const CUSTOMER: &str = include_str!("testdata/hope.toml");

fn process(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
    Settings::from_toml(text, Path::new("etc/tandem.toml"), &Environment::of(pairs))
}

fn customer(text: &str) -> Result<CustomerSettings, ConfigErrors> {
    let environment = Environment::of(&[("HOPE_KEY", " v_key\n"), ("EMPTY", " ")]);
    CustomerSettings::from_toml(text, Path::new("customers/hope.toml"), &environment)
}

fn problems<T: std::fmt::Debug>(read: Result<T, ConfigErrors>) -> Vec<String> {
    read.unwrap_err().0.iter().map(ToString::to_string).collect()
}

#[test]
fn the_documented_process_settings_are_the_defaults() {
    let documented = process(PROCESS, &[]).unwrap();
    assert_eq!(documented, process("", &[]).unwrap());
    assert_eq!(documented, Settings::defaults_in(Path::new("etc")));
    assert_eq!(documented.data_dir, Path::new("etc/tandem-data"));
    assert_eq!(documented.http.listen.port(), 8400);
    assert_eq!(documented.constant_contact.calls_per_second, 4);
    assert_eq!(documented.constant_contact.calls_per_day, 10_000);
    assert_eq!(documented.virtuous.calls_per_hour, 1500);
}

#[test]
fn the_documented_customer_settings_are_the_defaults() {
    let mut documented = customer(CUSTOMER).unwrap();
    assert_eq!(documented.mapping.fields["Favorite Program"], "Program Interest");
    assert_eq!(documented.virtuous.calls_per_hour, Some(1500));
    assert_eq!(documented.constant_contact.lists_every, Every::Polls(4));
    assert_eq!(documented.constant_contact.sweep_every, Duration::from_secs(7 * 86_400));
    assert_eq!(documented.import.window, ImportWindow::Daily { from: 1200, to: 360 });

    let defaults = customer("").unwrap();
    assert_eq!(defaults.id.as_str(), "hope");
    assert_eq!(defaults.virtuous.ceiling(&process("", &[]).unwrap().virtuous), 1500);
    documented.name = "hope".to_owned();
    documented.mapping.fields.clear();
    documented.virtuous.calls_per_hour = None;
    assert_eq!(documented, defaults);
}

#[test]
fn a_key_without_a_section_has_two_spellings() {
    let read = |variable| process("data_dir = \"file\"", &[(variable, "data")]).unwrap().data_dir;
    assert_eq!(read("TANDEM_DATA_DIR"), Path::new("data"));
    assert_eq!(read("TANDEM__DATA_DIR"), Path::new("data"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let pairs = [
        ("TANDEM_DATA_DIR", "data"),
        ("TANDEM_HTTP__LISTEN", "0.0.0.0:9000"),
        ("TANDEM_CONSTANT_CONTACT__API_URL", "http://localhost:1/cc/"),
        ("TANDEM_CONSTANT_CONTACT__CALLS_PER_DAY", "1000000000"),
        ("TANDEM_CONSTANT_CONTACT__CLIENT_ID", "12345"),
        ("TANDEM_CONSTANT_CONTACT__CLIENT_SECRET", "env:OTHER"),
        ("OTHER", "s3cret"),
        ("TANDEM_LOG", "somebody else's"),
    ];
    let settings = process("[constant_contact]\napi_url = \"https://example.org\"", &pairs).unwrap();
    assert_eq!(settings.data_dir, Path::new("data"), "a variable counts from the current folder");
    assert_eq!(settings.customers_dir, Path::new("etc/customers"));
    assert_eq!(settings.http.public_url, "http://127.0.0.1:9000");
    assert_eq!(settings.constant_contact.api_url, "http://localhost:1/cc");
    assert_eq!(settings.constant_contact.calls_per_day, 1_000_000_000);
    assert_eq!(settings.constant_contact.client_id, "12345", "what looks like a number is still a text");
    assert_eq!(settings.constant_contact.client_secret.expose(), "s3cret");
    assert_eq!(settings.virtuous.calls_per_hour, 1500);
}

#[track_caller]
fn refuses_process(text: &str, pairs: &[(&str, &str)], expect: &str) {
    assert_eq!(problems(process(text, pairs)), [expect], "{text}");
}

#[track_caller]
fn refuses_customer(text: &str, expect: &str) {
    assert_eq!(problems(customer(text)), [format!("customers/hope.toml: {expect}")], "{text}");
}

#[test]
fn process_keys_and_sections_that_are_unknown_name_the_known_ones() {
    refuses_process(
        "date_dir = \"x\"",
        &[],
        "etc/tandem.toml: date_dir: unknown key; known here: alerts, constant_contact, customers_dir, data_dir, http, store, virtuous",
    );
    refuses_process(
        "[http]\nlisten_on = \"x\"",
        &[],
        "etc/tandem.toml: http.listen_on: unknown key; known here: admin_token, listen, max_connections, public_url, tls_cert, tls_key",
    );
    refuses_process(
        "",
        &[("TANDEM_HTTP__LISTNE", "x")],
        "environment variable TANDEM_HTTP__LISTNE: unknown key; known in [http]: admin_token, listen, max_connections, public_url, tls_cert, tls_key",
    );
    refuses_process(
        "",
        &[("TANDEM_HTTTP__LISTEN", "x")],
        "environment variable TANDEM_HTTTP__LISTEN: unknown section; known here: alerts, constant_contact, customers_dir, data_dir, \
         http, store, virtuous",
    );
    refuses_process(
        "",
        &[("TANDEM__DATA", "x")],
        "environment variable TANDEM__DATA: unknown section; known here: alerts, constant_contact, customers_dir, data_dir, \
         http, store, virtuous",
    );
}

#[test]
fn process_values_name_the_place_and_what_was_expected() {
    refuses_process(
        "http = 1",
        &[],
        "etc/tandem.toml: http: expected a table, for example `[http]`; found a whole number",
    );
    refuses_process(
        "[http]\nlisten = \"8400\"",
        &[],
        "etc/tandem.toml: http.listen: expected an IP address and a port, for example listen = \"127.0.0.1:8400\"; \
         found \"8400\"",
    );
    refuses_process(
        "[virtuous]\napi_url = \"ftp://example.org\"",
        &[],
        "etc/tandem.toml: virtuous.api_url: expected an http or https address without a user, query or fragment, \
         for example api_url = \"https://api.virtuoussoftware.com\"; found \"ftp://example.org\"",
    );
    refuses_process(
        "[constant_contact]\ncalls_per_second = 0",
        &[],
        "etc/tandem.toml: constant_contact.calls_per_second: expected a whole number of at least 1, for example \
         calls_per_second = 4; found 0",
    );
    refuses_process(
        "",
        &[("TANDEM_CONSTANT_CONTACT__CALLS_PER_DAY", "many")],
        "environment variable TANDEM_CONSTANT_CONTACT__CALLS_PER_DAY: expected a whole number of at least 1, for \
         example calls_per_day = 10000; found \"many\"",
    );
}

#[test]
fn customer_basics_name_the_place_and_what_was_expected() {
    refuses_customer(
        "id = \"Hope\"",
        "id: expected 1 to 40 of a-z, 0-9 and -, for example id = \"hope\"; found \"Hope\"",
    );
    refuses_customer(
        "time_zone = \"Chicago\"",
        "time_zone: expected the name of an IANA time zone, for example time_zone = \"America/Chicago\"; found \"Chicago\"",
    );
    refuses_customer(
        "paused = \"no\"",
        "paused: expected true or false, for example paused = false; found \"no\"",
    );
    refuses_customer(
        "name = 5",
        "name: expected a text that is not empty, for example name = \"hope\"; found 5",
    );
}

#[test]
fn paces_and_headers_name_the_place_and_what_was_expected() {
    refuses_customer(
        "[constant_contact]\npoll_every = \"10ms\"",
        "constant_contact.poll_every: expected a duration of at least 1s (1s, 15m, 1h, 7d), for example \
         poll_every = \"1h\"; found \"10ms\"",
    );
    refuses_customer(
        "[constant_contact]\nlists_every = \"0 polls\"",
        "constant_contact.lists_every: expected a number of polls or a duration of at least 1s (4 polls, 1h, 7d), for \
         example lists_every = \"4 polls\"; found \"0 polls\"",
    );
    refuses_customer(
        "[virtuous]\nsignature_header = \"X Sig\"",
        "virtuous.signature_header: expected the name of an HTTP header, for example signature_header = \
         \"X-Virtuous-Signature\"; found \"X Sig\"",
    );
}

#[test]
fn mapping_problems_name_the_place_and_what_was_expected() {
    refuses_customer(
        "[mapping]\nlists = \"field:\"",
        "mapping.lists: expected \"tags\" or \"field:\" and the name of a Virtuous custom field, for example \
         lists = \"field:Email Lists\"; found \"field:\"",
    );
    refuses_customer(
        "[mapping]\nnameless = { first = \"A\" }",
        "mapping.nameless: expected \"hold\" or a first and a last name, for example \
         nameless = { first = \"Friend\", last = \"Unknown\" }; found a table",
    );
    refuses_customer(
        "[mapping]\nprofile = \"always\"",
        "mapping.profile: expected \"create_only\" or \"transaction\", for example profile = \"create_only\"; found \"always\"",
    );
    refuses_customer(
        "[mapping]\nonly_lists = [1]",
        "mapping.only_lists: expected a list of texts that are not empty, for example only_lists = [\"Newsletter\"]; \
         found a list",
    );
    refuses_customer(
        "[mapping]\ncc_tags = true\ncc_tag_prefix = \"CC: \"",
        "mapping.cc_tag_prefix: expected another text than tag_prefix while cc_tags is true",
    );
    refuses_customer(
        "[mapping.fields]\nShoe = 9",
        "mapping.fields.Shoe: expected the name of a Virtuous field, for example \"Program Interest\"",
    );
    refuses_customer(
        "[mapping.fields]\nA = \"X\"\nB = \"x\"",
        "mapping.fields.B: maps to \"x\", as \"A\" already does; a field has one source",
    );
}

#[test]
fn consent_brake_and_import_name_the_place_and_what_was_expected() {
    refuses_customer(
        "[consent]\ncomplaint = \"block\"",
        "consent.complaint: expected \"opt_out\", \"note\" or \"ignore\", for example complaint = \"opt_out\"; found \"block\"",
    );
    refuses_customer(
        "[brake]\nshare = 1.5",
        "brake.share: expected a number from 0 to 1, for example share = 0.05; found 1.5",
    );
    refuses_customer(
        "[import]\nbatch_size = 1001",
        "import.batch_size: expected a whole number from 1 to 1000, for example batch_size = 100; found 1001",
    );
    refuses_customer(
        "[import]\nwindow = \"always\"",
        "import.window: expected two times of day, or an empty text for any time, for example window = \"20:00-06:00\"; \
         found \"always\"",
    );
}

#[test]
fn secrets_name_the_place_and_what_was_expected() {
    refuses_customer(
        "[virtuous]\napi_key = \"env:NOT_THERE\"",
        "virtuous.api_key: the environment variable \"NOT_THERE\" that it names is not set",
    );
    refuses_customer(
        "[virtuous]\napi_key = \"env:EMPTY\"",
        "virtuous.api_key: the environment variable \"EMPTY\" that it names is empty",
    );
    refuses_customer(
        "[virtuous]\napi_key = 77",
        "virtuous.api_key: expected a text, for example api_key = \"env:NAME\" or \"file:PATH\"; found a whole number",
    );
    refuses_customer(
        "[virtuous]\nwebhook_token = \"a/b\"",
        "virtuous.webhook_token: expected letters, digits, - and _ only: it is a part of the receiver's address",
    );
}

#[test]
fn all_problems_come_together() {
    let text = "typo = 1\n[constant_contact]\npoll_every = 5\n[import]\nbatch_size = 0\nbacth = 1";
    assert_eq!(problems(customer(text)).len(), 4);
}

#[test]
fn text_that_is_no_toml_is_not_quoted() {
    let found = problems(customer("[virtuous]\napi_key = \"hush-hush"));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("customers/hope.toml: line 2 is no valid TOML: "), "{found:?}");
    assert!(!found[0].contains("hush"), "{found:?}");
}

#[test]
fn choices_other_than_the_defaults_are_read() {
    let text = r#"
        [constant_contact]
        lists_every = "30s"
        [mapping]
        lists = "field:Email Lists"
        nameless = { first = "Friend", last = "Unknown" }
        profile = "transaction"
        only_lists = ["News", " 7b "]
        [consent]
        soft_bounce = "note"
        complaint = "ignore"
        [import]
        window = ""
        [brake]
        share = 1
    "#;
    let settings = customer(text).unwrap();
    assert_eq!(settings.constant_contact.lists_every, Every::Time(Duration::from_secs(30)));
    assert_eq!(settings.mapping.lists, ListsAs::Field("Email Lists".to_owned()));
    let placeholder = Nameless::Placeholder { first: "Friend".to_owned(), last: "Unknown".to_owned() };
    assert_eq!(settings.mapping.nameless, placeholder);
    assert_eq!(settings.mapping.profile, Profile::Transaction);
    assert_eq!(settings.mapping.only_lists, ["News", "7b"]);
    assert_eq!(settings.consent.soft_bounce, BounceAction::Note);
    assert_eq!(settings.consent.complaint, BounceAction::Ignore);
    assert_eq!(settings.import.window, ImportWindow::Any);
    assert!((settings.brake.share - 1.0).abs() < f64::EPSILON);
}

#[test]
fn secrets_come_from_three_places_and_are_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("key"), "from-file\n").unwrap();
    let text = "[constant_contact]\nrefresh_token = \"in-place\"\nwebhook_secret = \"file:key\"\n\
                [virtuous]\napi_key = \"env:HOPE_KEY\"";
    let environment = Environment::of(&[("HOPE_KEY", " from-env\n")]);
    let settings = CustomerSettings::from_toml(text, &dir.path().join("hope.toml"), &environment).unwrap();
    assert_eq!(settings.constant_contact.refresh_token.expose(), "in-place");
    assert_eq!(settings.constant_contact.webhook_secret.expose(), "from-file");
    assert_eq!(settings.virtuous.api_key.expose(), "from-env");
    let shown = format!("{settings:?} {environment:?}");
    assert!(!shown.contains("in-place") && !shown.contains("from-"), "{shown}");

    let missing = CustomerSettings::from_toml(
        "[virtuous]\napi_key = \"file:nowhere\"",
        &dir.path().join("hope.toml"),
        &environment,
    );
    assert!(problems(missing)[0].contains("virtuous.api_key: cannot read the file"), "names the file");
}

#[test]
fn a_secret_is_matched_by_itself_only() {
    let secret = Secret::new(" abc ");
    assert!(secret.matches("abc"));
    assert!(!secret.matches("abcd") && !secret.matches(""));
    assert!(!Secret::default().matches(""), "an empty secret is not set, so nothing shows it");
    assert_eq!(secret.fingerprint(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ne!(secret.fingerprint(), fingerprint("abd"));
}

#[test]
fn a_missing_default_file_means_defaults_and_a_missing_given_one_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("tandem.toml");
    let found = problems(load_with(Some(&missing), &Environment::default()));
    assert!(found[0].starts_with(&format!("{}: cannot be read: ", missing.display())), "{found:?}");
    std::fs::write(&missing, PROCESS).unwrap();
    let settings = load_with(Some(&missing), &Environment::default()).unwrap();
    assert_eq!(settings.data_dir, dir.path().join("tandem-data"));
}

#[test]
fn a_folder_of_customers_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    assert!(load_customers(&dir.path().join("nowhere")).unwrap().is_empty());
    write("b.toml", "name = \"B\"");
    write("a.toml", "id = \"zeta\"");
    write(".a.toml.swp.toml", "not toml at all");
    write("notes.txt", "neither");
    let ids =
        |customers: &[CustomerSettings]| customers.iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&load_customers(dir.path()).unwrap()), ["b", "zeta"]);

    write("bad.toml", "typo = 1");
    write("worse.toml", "paused = 1");
    write("zeta.toml", "");
    let read = read_customers(dir.path(), &Environment::default());
    assert_eq!(
        ids(&read.customers),
        ["b"],
        "a file that is wrong, and an id that two files claim, are left out"
    );
    assert_eq!(read.problems.0.len(), 3);
    assert!(
        read.problems.to_string().contains("zeta.toml: id: the customer \"zeta\" is in "),
        "{}",
        read.problems
    );
    assert_eq!(problems(load_customers(dir.path())).len(), 3);
}
