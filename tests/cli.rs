//! The real binary, offline, in a folder of its own: exit codes, JSON, and errors that name the thing.

#![expect(clippy::unwrap_used, reason = "in a test a failure may panic")]

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tandem::{
    domain::{Cause, CustomerRecord, Held, Reason, Rule, Timestamp},
    store::{Mode, Options, Store},
};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        // Ports of this machine on which nobody listens.
        place.write(
            "tandem.toml",
            "[http]\nlisten = \"127.0.0.1:9\"\n[constant_contact]\nclient_id = \"id\"\n\
             api_url = \"http://127.0.0.1:9\"\nauth_url = \"http://127.0.0.1:9\"\n\
             [virtuous]\napi_url = \"http://127.0.0.1:9\"\n",
        );
        place.write(
            "customers/hope.toml",
            "name = \"Hope\"\n[constant_contact]\nrefresh_token = \"rt-1\"\n[virtuous]\napi_key = \"k\"\n",
        );
        place
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tandem"))
            .current_dir(self.0.path())
            .env_clear()
            .args(words)
            .output()
            .unwrap()
    }

    fn json(&self, words: &[&str], code: i32) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn fails(&self, words: &[&str], code: i32) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{words:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn has_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

#[test]
fn wrong_usage_and_settings_are_2() {
    let place = Place::new();
    place.fails(&["no-such-command"], 2);
    place.fails(&["contact", "hope"], 2);
    place.fails(&["import", "hope", "dance"], 2);
    place.fails(&["work", "hope", "drop"], 2);
    place.fails(&["work", "hope", "accept", "x", "--contact", "1", "--tag", "2"], 2);
    assert!(place.fails(&["--config", "none.toml", "customer", "list"], 2).contains("none.toml"));
    place.write("customers/hope.toml", "colour = \"red\"\n");
    let error = place.fails(&["customer", "apply"], 2);
    assert!(error.contains("colour") && error.contains("hope.toml"), "{error}");
    let checked = place.json(&["check"], 2);
    assert_eq!(checked["ok"], false);
    has_keys(&checked["problems"][0], &["customer", "where", "what", "remedy"]);
    assert_eq!(checked["problems"][0]["customer"], "hope");
    // The others can be asked about all the same (B4).
    place.write("customers/other.toml", "[virtuous]\napi_key = \"k\"\n");
    assert!(place.fails(&["customer", "apply"], 2).contains("colour"));
    assert_eq!(place.json(&["customer", "list"], 0)["customers"][0]["id"], "other");
    let checked = place.json(&["check"], 2).to_string();
    assert!(checked.contains("colour") && checked.contains("constant_contact: token"), "{checked}");
    std::fs::remove_file(place.0.path().join("customers/other.toml")).unwrap();
    place.write("tandem.toml", "data_dri = \"x\"\n");
    let error = place.fails(&["customer", "list"], 2);
    assert!(error.contains("data_dri") && error.contains("tandem.toml"), "{error}");
}

#[test]
fn customers_are_applied_shown_paused_and_removed() {
    let place = Place::new();
    assert_eq!(place.json(&["customer", "list"], 0)["customers"], Value::Array(Vec::new()));
    let error = place.fails(&["customer", "show", "hope"], 1);
    assert!(error.contains("hope") && error.contains("customer apply"), "{error}");
    let applied = place.json(&["customer", "apply"], 0);
    assert_eq!(applied["changes"][0], "hope: enrolled");
    assert_eq!(place.json(&["customer", "apply"], 0)["changes"], Value::Array(Vec::new()));
    let shown = place.json(&["customer", "show", "hope"], 0);
    assert_eq!((&shown["stage"], &shown["connected"]), (&"observing".into(), &true.into()));
    has_keys(&shown["lanes"], &["consent", "change", "import", "verify"]);
    has_keys(&shown["states"], &["in_sync", "pending", "submitted", "held", "review", "failed", "excluded"]);

    place.json(&["customer", "pause", "hope"], 0);
    assert_eq!(place.json(&["customer", "show", "hope"], 0)["pause"]["by_operator"], true);
    place.json(&["customer", "resume", "hope"], 0);
    assert_eq!(place.json(&["customer", "show", "hope"], 0)["pause"], Value::Null);

    // The file's pause comes and goes with the file; a new token there replaces the stored one.
    place.write("customers/hope.toml", "paused = true\n[constant_contact]\nrefresh_token = \"rt-2\"\n");
    let changes = place.json(&["customer", "apply"], 0)["changes"].to_string();
    assert!(changes.contains("refresh token") && changes.contains("paused"), "{changes}");
    place.write("customers/hope.toml", "[constant_contact]\nrefresh_token = \"rt-2\"\n");
    assert_eq!(place.json(&["customer", "apply"], 0)["changes"][0], "hope: no longer paused by its file");

    let link = place.json(&["customer", "link", "hope"], 0)["url"].as_str().unwrap().to_owned();
    assert!(link.contains("/oauth/constant-contact/start/hope?expires="), "{link}");
    assert!(place.fails(&["customer", "remove", "hope"], 1).contains("hope.toml"));
    std::fs::remove_file(place.0.path().join("customers/hope.toml")).unwrap();
    place.json(&["customer", "remove", "hope"], 0);
    assert_eq!(place.json(&["customer", "list"], 0)["customers"], Value::Array(Vec::new()));
}

#[test]
fn import_contact_work_and_plan_have_their_shapes() {
    let place = Place::new();
    place.json(&["customer", "apply"], 0);
    let status = place.json(&["import", "hope", "status"], 0);
    assert_eq!((&status["stage"], &status["percent"]), (&"observing".into(), &0.0.into()));
    assert!(place.fails(&["import", "hope", "pause"], 1).contains("import hope start"));
    assert_eq!(place.json(&["import", "hope", "start"], 0)["stage"], "observing");
    assert_eq!(place.json(&["import", "hope", "pause"], 0)["paused"], true);
    assert_eq!(place.json(&["import", "hope", "resume"], 0)["paused"], false);

    let error = place.fails(&["contact", "hope", "nobody@example.org"], 1);
    assert!(error.contains("hope") && error.contains("nobody@example.org"), "{error}");
    let work = place.json(&["work", "hope"], 0);
    has_keys(&work, &["lanes", "states", "reviews", "dead_letters", "brake", "missing_tags"]);
    assert_eq!(place.json(&["work", "hope", "retry"], 0)["items"], 0);
    assert!(place.fails(&["work", "hope", "accept", "no-such-item"], 1).contains("no-such-item"));
    let plan = place.json(&["plan", "hope"], 0);
    let keys = ["create", "update", "opt_out", "opt_in", "tag", "untag", "note", "to_cc", "held", "review"];
    has_keys(&plan, &keys);
    has_keys(&plan, &["excluded", "calls_virtuous", "calls_cc", "hours", "samples", "missing_tags"]);
    for words in [&["plan", "hope"][..], &["work", "hope"], &["inspect"], &["customer", "list"]] {
        let output = place.run(words);
        assert!(output.status.success() && !output.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn a_check_with_nobody_at_the_other_end_is_1_and_says_where() {
    let place = Place::new();
    let checked = place.json(&["check"], 1);
    let places: Vec<&str> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|problem| problem["where"].as_str())
        .collect();
    assert_eq!(places, ["constant_contact: token", "virtuous"]);
    assert!(!checked.to_string().contains("rt-1"));
    place.write("customers/hope.toml", "[constant_contact]\nrefresh_token = \"rt-1\"\n");
    assert_eq!(place.json(&["check"], 3)["problems"][1]["where"], "virtuous: api_key");
}

/// Changes the record of the customer, as a service did that has ended since.
fn change(place: &Place, change: impl FnOnce(&mut CustomerRecord) + Send + 'static) {
    let options = Options { mode: Mode::Inline, ..Options::default() };
    let store = Store::open(&place.0.path().join("tandem-data/store"), options).unwrap();
    let record = store.customer(&"hope".parse().unwrap()).unwrap().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.of(record.number).update_customer(change)).unwrap();
    store.stop().unwrap();
}

#[test]
fn b1_a_brake_that_holds_is_3_until_somebody_accepts() {
    let place = Place::new();
    place.json(&["customer", "apply"], 0);
    assert!(place.fails(&["work", "hope", "accept", "brake"], 1).contains("does not hold"));
    change(&place, |record| {
        let reason = Reason::about(Rule::B1, Cause::Brake, "3000 of 10000 linked");
        record.brake.held = Some(Held { since: Timestamp::from_secs(1_800_000_000), count: 3000, reason });
    });
    let brake = place.json(&["work", "hope"], 3)["brake"].clone();
    assert_eq!(brake["count"], 3000);
    assert!(brake["reason"].as_str().unwrap().contains("3000 of 10000"), "{brake}");
    assert!(text(&place.run(&["work", "hope"]).stdout).contains("accept brake"));
    assert_eq!(place.json(&["customer", "show", "hope"], 3)["brake"]["count"], 3000);
    assert_eq!(place.json(&["plan", "hope"], 3)["brake"]["count"], 3000);
    assert!(place.fails(&["work", "hope", "drop", "brake"], 1).contains("only takes accept"));
    place.json(&["work", "hope", "accept", "brake"], 0);
    assert_eq!(place.json(&["work", "hope"], 0)["brake"], Value::Null);
    // Neither system can be reached here, so that it is the plan of a part.
    let plan = place.json(&["plan", "hope"], 1);
    assert_eq!(plan["brake"], Value::Null);
    assert!(plan["incomplete"]["why"].as_str().unwrap().contains("not reachable"), "{plan}");
    assert_eq!(plan["incomplete"]["needs_person"], false);
}

#[test]
fn the_demo_syncs_an_account_and_a_week_of_edits_and_lists_what_waits_for_a_person() {
    // It waits for real seconds; `.ci/run` sets `TANDEM_FULL`, and plays a larger demo besides.
    if std::env::var_os("TANDEM_FULL").is_none() {
        println!("left out: TANDEM_FULL=1 plays it");
        return;
    }
    let place = Place::new();
    let report = place.json(&["demo", "--until-synced", "--contacts", "200", "--seed", "7"], 0);
    has_keys(&report, &["created", "updated", "opted_out", "held", "calls_cc", "calls_virtuous", "seconds"]);
    assert_eq!((&report["contacts"], &report["differences"]), (&200.into(), &0.into()), "{report}");
    let ids = |value: &Value| -> BTreeSet<String> {
        let ids = value.as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let week = &report["week"];
    assert_eq!(week["bounced"].as_array().unwrap().len(), 7, "{week}");
    for kind in ["deleted", "disappeared", "moved", "proved", "bare"] {
        assert!(!ids(&week[kind]).is_empty(), "{kind} in {week}");
    }
    // A bare re-subscribe waits for a person (P3), and an address that somebody else has (P6); nothing else of the week.
    let mut expected: Vec<(String, &str)> = ids(&week["bare"]).into_iter().map(|id| (id, "P3")).collect();
    expected.push((week["taken"].as_str().unwrap().to_owned(), "P6"));
    expected.sort();
    let before = ids(&report["reviews_before"]);
    let reviews = report["reviews"].as_array().unwrap().iter();
    let word = |review: &Value, key: &str| review[key].as_str().unwrap().to_owned();
    let reviews: Vec<(String, String)> = reviews.map(|one| (word(one, "id"), word(one, "rule"))).collect();
    let mut asked: Vec<(String, &str)> = reviews
        .iter()
        .filter(|(id, _)| !before.contains(id))
        .map(|(id, rule)| (id.clone(), rule.as_str()))
        .collect();
    asked.sort();
    assert_eq!(asked, expected, "{report}");
    assert_eq!(report["review"], reviews.len(), "{report}");
    assert_eq!(reviews.len(), before.len() + expected.len(), "{report}");
}

#[test]
fn a_store_is_backed_up_restored_compacted_and_rebuilt() {
    let place = Place::new();
    place.json(&["customer", "apply"], 0);
    let made = place.json(&["backup", "mine.backup"], 0);
    has_keys(&made, &["file", "made_at", "records", "bytes", "seconds"]);
    let file = place.0.path().join("mine.backup");
    assert_eq!(made["file"].as_str().map(Path::new), Some(file.canonicalize().unwrap().as_path()));
    place.json(&["backup"], 0);
    assert_eq!(std::fs::read_dir(place.0.path().join("tandem-data/backups")).unwrap().count(), 1);

    place.json(&["customer", "pause", "hope"], 0);
    let restored = place.json(&["restore", "mine.backup"], 0);
    assert_eq!((&restored["customers"], &restored["made_at"]), (&1.into(), &made["made_at"]));
    assert!(restored["before"].as_str().unwrap().contains("store.before-restore-"), "{restored}");
    let shown = place.json(&["customer", "show", "hope"], 0);
    assert_eq!((&shown["pause"], &shown["connected"]), (&Value::Null, &true.into()), "it is the backup's");
    assert_eq!(place.json(&["rebuild", "hope"], 0)["stage"], "observing");
    has_keys(&place.json(&["compact"], 0), &["bytes_before", "bytes_after"]);
    assert_eq!(place.json(&["customer", "list"], 0)["customers"][0]["id"], "hope");

    // What cannot be restored leaves the store as it is.
    let whole = std::fs::read(&file).unwrap();
    place.json(&["customer", "pause", "hope"], 0);
    let tried = |bytes: &[u8], says: &str| {
        std::fs::write(&file, bytes).unwrap();
        let error = place.fails(&["restore", "mine.backup"], 1);
        assert!(error.contains(says), "{error}");
        assert_eq!(place.json(&["customer", "show", "hope"], 0)["pause"]["by_operator"], true);
    };
    tried(&whole[..whole.len() - 1], "damaged: it ends in section 2");
    tried(&[&whole[..11], &[9], &whole[12..]].concat(), "has format 9");
    tried(b"notes", "no backup of tandem");
    std::fs::write(&file, &whole).unwrap();
    let held = Store::open(&place.0.path().join("tandem-data/store"), Options::default()).unwrap();
    for words in [&["restore", "mine.backup"][..], &["compact"]] {
        let error = place.fails(words, 1);
        assert!(error.contains("in use by process"), "{error}");
    }
    held.stop().unwrap();
}

#[test]
fn a_newcomer_finds_the_way_by_the_commands_alone() {
    let place = Place(tempfile::tempdir().unwrap());
    let made = place.json(&["init", "here"], 0)["made"].clone();
    assert_eq!(made, serde_json::json!(["here/tandem.toml", "here/customers/hope.toml"]));
    assert!(place.fails(&["init", "here"], 1).contains("tandem.toml is there already"));
    let file = ["--config", "here/tandem.toml"];
    let with = |words: &[&'static str]| [&file[..], words].concat();

    let added = place
        .json(&with(&["customer", "add", "mercy", "--name", "Mercy", "--time-zone", "Europe/Berlin"]), 0);
    let path = place.0.path().join("here/customers/mercy.toml");
    assert_eq!(added["id"], "mercy");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(place.fails(&with(&["customer", "add", "mercy"]), 1).contains("mercy.toml"));
    place.fails(&with(&["customer", "add", "No Such"]), 2);
    place.fails(&with(&["customer", "add", "other", "--time-zone", "Mars"]), 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);

    let changes = place.json(&with(&["customer", "apply"]), 0)["changes"].to_string();
    assert!(changes.contains("hope: enrolled") && changes.contains("mercy: enrolled"), "{changes}");
    let listed = place.run(&with(&["customer", "list"]));
    assert!(text(&listed.stdout).contains("not connected yet: `tandem customer link mercy`"), "{listed:?}");
    let first = text(&listed.stderr).lines().next().unwrap_or_default().to_owned();
    assert!(first.contains("service is not running"), "{first}");
    assert!(place.fails(&with(&["import", "mercy", "start"]), 1).contains("not connected yet"));
    assert_eq!(place.json(&with(&["import", "start", "mercy", "--yes"]), 0)["stage"], "observing");
    let plan = place.run(&with(&["plan", "hope"]));
    assert_eq!(plan.status.code(), Some(3));
    assert!(text(&plan.stdout).contains("no plan yet"), "{plan:?}");

    let settings = place.json(&with(&["config", "show", "mercy"]), 0);
    let row = |key: &str| {
        let rows = settings["settings"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap().clone()
    };
    assert_eq!((&row("name")["value"], &row("name")["from"]), (&"\"Mercy\"".into(), &"file".into()));
    assert_eq!(row("import.window")["from"], "default");
    assert!(place.fails(&with(&["config", "show", "nobody"]), 1).contains("nobody"));
}

#[test]
fn settings_in_force_hide_secrets_and_name_where_they_come_from() {
    let place = Place::new();
    let shown = place.run(&["config", "show", "hope"]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("virtuous.api_key") && !shown.contains("rt-1"), "{shown}");
    let process = place.json(&["config", "show"], 0);
    let listen =
        process["settings"].as_array().unwrap().iter().find(|row| row["key"] == "http.listen").unwrap();
    assert_eq!((&listen["value"], &listen["from"]), (&"\"127.0.0.1:9\"".into(), &"file".into()));
    place.write("tandem.toml", "data_dri = \"x\"\n");
    place.fails(&["config", "show"], 2);
}

#[test]
fn rules_shells_manuals_and_versions_need_no_settings() {
    let place = Place(tempfile::tempdir().unwrap());
    let explained = place.json(&["explain", "p3"], 0);
    assert_eq!(explained["rule"], "P3");
    assert!(place.json(&["explain"], 0)["rules"].as_array().unwrap().len() > 40);
    assert!(place.fails(&["explain", "P9"], 2).contains("P1, P2, P3"));
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]);
        assert!(script.status.success() && text(&script.stdout).contains("people"), "{shell}");
    }
    place.fails(&["completions", "no-such-shell"], 2);
    assert!(place.json(&["man", "pages"], 0)["pages"].as_u64().unwrap() > 30);
    assert!(place.0.path().join("pages/tandem-people.1").exists());
    let version = text(&place.run(&["--version"]).stdout);
    assert!(version.starts_with("tandem 0.") && version.contains("(commit "), "{version}");
    let left: Vec<_> = std::fs::read_dir(place.0.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no store was made: {left:?}");
}

#[test]
fn people_and_polls_have_their_shapes() {
    let place = Place::new();
    place.json(&["customer", "apply"], 0);
    let people = place.json(&["people", "hope", "--state", "held", "--rule", "S4", "--search", "ann"], 0);
    assert_eq!(people, serde_json::json!({ "people": [], "next": null }));
    let csv = place.run(&["people", "hope", "--csv"]);
    assert_eq!(text(&csv.stdout), "email,id,name,state,rule,reason,since\n");
    assert!(place.fails(&["people", "hope", "--state", "asleep"], 2).contains("in_sync"));
    place.fails(&["people", "nobody"], 1);
    let polled = place.json(&["poll", "hope"], 0);
    has_keys(&polled, &["due", "from", "service", "held_by"]);
    assert_eq!(polled["service"], false);
    let shown = text(&place.run(&["poll", "hope"]).stdout);
    assert!(shown.contains("CST") || shown.contains("CDT"), "by the customer's clocks: {shown}");
}
