use std::time::Duration;

use super::*;
use crate::{
    domain::Lane,
    metrics::{BudgetSnapshot, COMMIT, CustomerSnapshot, VERSION},
    store::StoreCounters,
};

fn customer(name: &str) -> CustomerId {
    name.parse().unwrap()
}

fn of_customer(name: &str) -> CustomerSnapshot {
    CustomerSnapshot {
        customer: customer(name),
        oldest_unapplied_opt_out: Duration::from_millis(1500),
        subjects: vec![("in_sync", 10), ("held", 2)],
        work: vec![(Lane::Consent, 1)],
        poll_lag: vec![("changes", Duration::from_secs(3))],
        brake: true,
        paused: Some("refused"),
        connected: vec![(System::ConstantContact, true), (System::Virtuous, false)],
    }
}

/// The whole text, without the histogram's buckets.
const TEXT: &str = r#"# HELP tandem_calls Calls made to either system.
# TYPE tandem_calls counter
tandem_calls_total{customer="hope",system="constant_contact",outcome="ok"} 2
# HELP tandem_webhook_requests Requests to the webhook receivers.
# TYPE tandem_webhook_requests counter
tandem_webhook_requests_total{customer="",source="virtuous",code="404"} 1
# HELP tandem_effects Effects carried out or tried.
# TYPE tandem_effects counter
tandem_effects_total{customer="hope",effect="opt_out",outcome="done"} 1
# HELP tandem_repeated_effects Effects written for the third time or more within a day.
# TYPE tandem_repeated_effects counter
tandem_repeated_effects_total{customer="hope",effect="add_tag"} 1
# HELP tandem_oldest_unapplied_opt_out_seconds Age of the oldest opt-out that is not applied yet, 0 if there is none.
# TYPE tandem_oldest_unapplied_opt_out_seconds gauge
tandem_oldest_unapplied_opt_out_seconds{customer="hope"} 1.5
# HELP tandem_subjects Subscribers in each state.
# TYPE tandem_subjects gauge
tandem_subjects{customer="hope",state="in_sync"} 10
tandem_subjects{customer="hope",state="held"} 2
# HELP tandem_work Unfinished work in each lane.
# TYPE tandem_work gauge
tandem_work{customer="hope",lane="consent"} 1
tandem_work{customer="hope",lane="change"} 0
tandem_work{customer="hope",lane="import"} 0
tandem_work{customer="hope",lane="verify"} 0
# HELP tandem_budget_remaining Calls that are left of a limit.
# TYPE tandem_budget_remaining gauge
tandem_budget_remaining{system="constant_contact",key="an \"odd\"\\\nname"} 9999
# HELP tandem_poll_lag_seconds Time since the end of what each stream last read whole.
# TYPE tandem_poll_lag_seconds gauge
tandem_poll_lag_seconds{customer="hope",stream="changes"} 3
# HELP tandem_brake 1 while opt-outs or tags wait at the brake for a person.
# TYPE tandem_brake gauge
tandem_brake{customer="hope"} 1
# HELP tandem_backup_age_seconds Age of the newest backup, or how long there was none.
# TYPE tandem_backup_age_seconds gauge
tandem_backup_age_seconds 90
# HELP tandem_alerts_waiting Alerts that have not arrived yet.
# TYPE tandem_alerts_waiting gauge
tandem_alerts_waiting 3
# HELP tandem_customer_paused 1 while nothing is read or written for a customer.
# TYPE tandem_customer_paused gauge
tandem_customer_paused{customer="hope",reason="refused"} 1
# HELP tandem_customer_connected 1 where a customer has a grant of a system, or a key that it took.
# TYPE tandem_customer_connected gauge
tandem_customer_connected{customer="hope",system="constant_contact"} 1
tandem_customer_connected{customer="hope",system="virtuous"} 0
# HELP tandem_build_info 1, with the version and the commit of this build.
# TYPE tandem_build_info gauge
tandem_build_info{version="VERSION",commit="COMMIT"} 1
# HELP tandem_store_sync_seconds Time to make one group of writes durable.
# TYPE tandem_store_sync_seconds histogram
tandem_store_sync_seconds_sum 0.003
tandem_store_sync_seconds_count 1
# EOF
"#;

#[test]
fn the_whole_text() {
    let metrics = Metrics::new();
    let other = metrics.clone();
    metrics.call(&customer("hope"), System::ConstantContact, "ok");
    other.call(&customer("hope"), System::ConstantContact, "ok");
    metrics.webhook_request(None, System::Virtuous, 404);
    metrics.effect(&customer("hope"), "opt_out", "done");
    metrics.repeated_effect(&customer("hope"), "add_tag");
    let key = "an \"odd\"\\\nname".to_owned();
    let snapshot = Snapshot {
        backup_age: Some(Duration::from_secs(90)),
        alerts_waiting: Some(3),
        customers: vec![of_customer("hope")],
        budgets: vec![BudgetSnapshot { system: System::ConstantContact, key, remaining: 9_999 }],
        store: StoreCounters {
            sync_total: Duration::from_millis(3),
            sync_buckets: std::array::from_fn(|at| u64::from(at == 3)),
            ..StoreCounters::default()
        },
    };
    let text = metrics.render(&snapshot);
    let (buckets, rest): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.contains("_bucket{"));
    let build = |text: &str| text.replace("VERSION", VERSION).replace("COMMIT", COMMIT);
    assert_eq!(rest.join("\n") + "\n", build(TEXT));
    assert_eq!(buckets.len(), 12);
    assert!(buckets[0].starts_with("tandem_store_sync_seconds_bucket{le=\"0.0005\"} 0"), "{}", buckets[0]);
    assert!(buckets[11].starts_with("tandem_store_sync_seconds_bucket{le=\"+Inf\"} 1"), "{}", buckets[11]);
}

#[test]
fn with_no_customer_yet_every_gauge_is_named() {
    // The library leaves out counters that nothing has counted.
    let text = Metrics::new().render(&Snapshot::default());
    for name in ["store_sync_seconds", "subjects", "work", "budget_remaining", "poll_lag_seconds", "brake"] {
        assert!(text.contains(&format!("# TYPE tandem_{name} ")), "{name}");
    }
}

#[test]
fn ten_thousand_customers_render_in_reasonable_size() {
    let metrics = Metrics::new();
    let mut snapshot = Snapshot::default();
    for number in 0..10_000 {
        let name = format!("customer-{number}");
        metrics.call(&customer(&name), System::Virtuous, "ok");
        snapshot.customers.push(of_customer(&name));
    }
    let text = metrics.render(&snapshot);
    assert!(text.len() < 10_000_000, "{}", text.len());
    assert_eq!(text.lines().filter(|line| line.starts_with("tandem_brake{")).count(), 10_000);
}

#[test]
fn b3_a_customers_counters_are_there_before_anything_is_counted() {
    let metrics = Metrics::new();
    metrics.begin(&customer("hope"));
    metrics.begin(&customer("hope"));
    let text = metrics.render(&Snapshot::default());
    for line in [
        r#"tandem_calls_total{customer="hope",system="virtuous",outcome="ok"} 0"#,
        r#"tandem_webhook_requests_total{customer="hope",source="constant_contact",code="202"} 0"#,
        r#"tandem_effects_total{customer="hope",effect="opt_out",outcome="done"} 0"#,
        r#"tandem_repeated_effects_total{customer="hope",effect="opt_out"} 0"#,
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in {text}");
    }
}
