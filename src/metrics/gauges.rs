//! The gauges of a scrape, written straight from a [`Snapshot`] into the text, one metric after another: with ten thousand
//! customers a registry of labelled gauges would be built and thrown away at every scrape.

use super::{
    build_info::{COMMIT, VERSION},
    snapshot::{CustomerSnapshot, Snapshot},
};
use crate::{
    domain::Lane,
    store::{SYNC_BUCKETS, StoreCounters},
};
use std::fmt::Write as _;

/// Appends every gauge.
pub(super) fn write(out: &mut String, snapshot: &Snapshot) {
    let customers = &snapshot.customers;
    head(
        out,
        "tandem_oldest_unapplied_opt_out_seconds",
        "Age of the oldest opt-out that is not applied yet, 0 if there is none",
    );
    for one in customers {
        let age = one.oldest_unapplied_opt_out.as_secs_f64();
        sample(out, "tandem_oldest_unapplied_opt_out_seconds", &[customer(one)], &age.to_string());
    }
    head(out, "tandem_subjects", "Subscribers in each state");
    for one in customers {
        for (state, number) in &one.subjects {
            sample(out, "tandem_subjects", &[customer(one), ("state", state)], &number.to_string());
        }
    }
    head(out, "tandem_work", "Unfinished work in each lane");
    for one in customers {
        for lane in Lane::ALL {
            let number = one.work.iter().filter(|(of, _)| *of == lane).map(|(_, number)| number).sum::<u64>();
            sample(out, "tandem_work", &[customer(one), ("lane", lane.as_str())], &number.to_string());
        }
    }
    head(out, "tandem_budget_remaining", "Calls that are left of a limit");
    for budget in &snapshot.budgets {
        let labels = [("system", budget.system.as_str()), ("key", budget.key.as_str())];
        sample(out, "tandem_budget_remaining", &labels, &budget.remaining.to_string());
    }
    head(out, "tandem_poll_lag_seconds", "Time since the end of what each stream last read whole");
    for one in customers {
        for (stream, lag) in &one.poll_lag {
            let labels = [customer(one), ("stream", stream)];
            sample(out, "tandem_poll_lag_seconds", &labels, &lag.as_secs_f64().to_string());
        }
    }
    head(out, "tandem_brake", "1 while opt-outs or tags wait at the brake for a person");
    for one in customers {
        sample(out, "tandem_brake", &[customer(one)], if one.brake { "1" } else { "0" });
    }
    if let Some(age) = snapshot.backup_age {
        head(out, "tandem_backup_age_seconds", "Age of the newest backup, or how long there was none");
        sample(out, "tandem_backup_age_seconds", &[], &age.as_secs_f64().to_string());
    }
    if let Some(waiting) = snapshot.alerts_waiting {
        head(out, "tandem_alerts_waiting", "Alerts that have not arrived yet");
        sample(out, "tandem_alerts_waiting", &[], &waiting.to_string());
    }
    head(out, "tandem_customer_paused", "1 while nothing is read or written for a customer");
    for one in customers {
        if let Some(reason) = one.paused {
            sample(out, "tandem_customer_paused", &[customer(one), ("reason", reason)], "1");
        }
    }
    write_connected(out, customers);
}

/// Appends who is connected, and which build this is.
fn write_connected(out: &mut String, customers: &[CustomerSnapshot]) {
    head(
        out,
        "tandem_customer_connected",
        "1 where a customer has a grant of a system, or a key that it took",
    );
    for one in customers {
        for (system, is_connected) in &one.connected {
            let labels = [customer(one), ("system", system.as_str())];
            sample(out, "tandem_customer_connected", &labels, if *is_connected { "1" } else { "0" });
        }
    }
    head(out, "tandem_build_info", "1, with the version and the commit of this build");
    sample(out, "tandem_build_info", &[("version", VERSION), ("commit", COMMIT)], "1");
}

/// Appends the histogram of the store's syncs, from the store's own counters.
pub(super) fn write_store(out: &mut String, store: &StoreCounters) {
    const NAME: &str = "tandem_store_sync_seconds";
    out.push_str("# HELP tandem_store_sync_seconds Time to make one group of writes durable.\n");
    out.push_str("# TYPE tandem_store_sync_seconds histogram\n");
    let mut below = 0;
    let bounds = SYNC_BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(store.sync_buckets) {
        below += count;
        sample(out, &format!("{NAME}_bucket"), &[("le", &bound)], &below.to_string());
    }
    let _ = writeln!(out, "{NAME}_sum {}\n{NAME}_count {below}", store.sync_total.as_secs_f64());
}

fn customer(one: &CustomerSnapshot) -> (&'static str, &str) {
    ("customer", one.customer.as_str())
}

fn head(out: &mut String, name: &str, help: &str) {
    head_of(out, name, help, "gauge");
}

/// Appends what stands above the samples of a metric.
pub(super) fn head_of(out: &mut String, name: &str, help: &str, kind: &str) {
    for part in ["# HELP ", name, " ", help, ".\n# TYPE ", name, " ", kind, "\n"] {
        out.push_str(part);
    }
}

/// Appends a sample.
pub(super) fn sample(out: &mut String, name: &str, labels: &[(&str, &str)], value: &str) {
    out.push_str(name);
    for (at, (label, text)) in labels.iter().enumerate() {
        out.push(if at == 0 { '{' } else { ',' });
        out.push_str(label);
        out.push_str("=\"");
        for character in text.chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                other => out.push(other),
            }
        }
        out.push('"');
    }
    out.push_str(if labels.is_empty() { " " } else { "} " });
    out.push_str(value);
    out.push('\n');
}
