//! What consent rests on, with dates, and what stands in the way.

use crate::{
    domain::{CcView, CustomerRules, EmailMethod, Permission, Subject, Timestamp, VirtuousView},
    sync::consent::{CcConsent, cc_consent},
};

/// What consent rests on, and what stands in the way: a line each.
pub(super) fn because(subject: &Subject, rules: &CustomerRules) -> Vec<String> {
    let mut lines = vec![in_constant_contact(&subject.cc, rules)];
    if let Some(bounce) = &subject.cc.bounce {
        let (code, campaign) = (bounce.code, &bounce.campaign);
        lines.push(format!("the last bounce {}, code {code}, campaign \"{campaign}\"", on(Some(bounce.at))));
    }
    lines.extend(in_virtuous(subject));
    if let Some(submission) = &subject.submission {
        lines.push(format!("a row was sent to Virtuous' import {} (V1)", on(Some(submission.sent_at))));
    }
    if let Some(failure) = &subject.failure {
        let (effect, tries) = (&failure.effect, failure.attempts);
        lines.push(format!("{effect} failed {}, tries: {tries}: {}", on(Some(failure.at)), failure.response));
    }
    lines
}

fn on(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "at an unknown time".to_owned(), |at| format!("on {at}"))
}

fn in_constant_contact(cc: &CcView, rules: &CustomerRules) -> String {
    let permission = cc.permission.as_str();
    match cc_consent(cc, rules) {
        CcConsent::Out { at, reason } => {
            let said = cc.opt_out_reason.as_deref().filter(|_| cc.permission == Permission::Unsubscribed);
            let said = said.map(|said| format!(", reason given: {said}")).unwrap_or_default();
            format!("Constant Contact: {reason} {}, by rule {}{said}", on(at), reason.rule)
        }
        CcConsent::Active { proof: Some(at), .. } => {
            format!("Constant Contact: {permission}, which proves an opt-in {}", on(Some(at)))
        }
        CcConsent::Active { proof: None, said_at } => {
            format!("Constant Contact: {permission} {}, which proves no opt-in (P3)", on(said_at))
        }
        CcConsent::Silent => format!("Constant Contact: {permission}, which says nothing"),
    }
}

fn in_virtuous(subject: &Subject) -> Vec<String> {
    let key = subject.cc.email_key().unwrap_or_default();
    match &subject.virtuous {
        VirtuousView::Linked(person) => {
            let held = format!("Virtuous: contact {}, individual {}", person.contact.0, person.individual.0);
            let told = |held: &str, method: &EmailMethod| {
                let word = if method.opted_in { "opted in" } else { "opted out" };
                format!("{held}: {word}, {} last changed {}", method.kind, on(method.modified_at))
            };
            let own = person.methods_of(&key).map(|method| told(&held, method));
            let beside = format!("Virtuous: contact {}, beside the individual's own", person.contact.0);
            let others = person.others.iter().map(|other| told(&beside, &other.method));
            let methods: Vec<String> = own.chain(others).collect();
            if methods.is_empty() { vec![format!("{held}: has not this address")] } else { methods }
        }
        VirtuousView::Candidates(people) => {
            let ids: Vec<String> = people.iter().map(|person| person.contact.0.to_string()).collect();
            vec![format!("Virtuous: it may be any of the contacts {} (I2)", ids.join(", "))]
        }
        VirtuousView::Absent { .. } | VirtuousView::LookAgain | VirtuousView::Unknown => {
            vec!["Virtuous: no contact is known".to_owned()]
        }
    }
}
