//! What readings have not shown yet, show in another form, or have not told; and what waits because of it (E1 to E3).

use crate::domain::{Cause, Reason, Sight, Subject, Unseen, Written};

/// The remarks about a subscriber, a line each; `planned` are those of the plan.
pub(super) fn remarks(subject: &Subject, planned: &[Reason]) -> Vec<String> {
    let late = subject.unseen.iter().filter(is_told).map(not_visible);
    let forms = subject.forms.iter().map(|form| {
        let (name, sent, shown) = (&form.name, &form.sent, &form.shown);
        format!(
            "the field \"{name}\" was sent as \"{sent}\" and is shown as \"{shown}\" since {} (E3)",
            form.since
        )
    });
    let others = planned.iter().filter(|reason| reason.cause != Cause::NotVisibleYet);
    let others = others.map(|reason| format!("{reason} ({})", reason.rule));
    late.chain(forms).chain(others).collect()
}

/// A write that was shown is told only while a reading that does not show it has the contact looked at again.
fn is_told(unseen: &&Unseen) -> bool {
    match unseen.sight {
        Sight::Awaited => unseen.looks > 0,
        Sight::Event | Sight::Reading => unseen.next_look.is_some(),
    }
}

fn not_visible(unseen: &Unseen) -> String {
    let what = match &unseen.facet {
        Written::Tag { name, on: true, .. } => format!("the tag \"{name}\" was put on"),
        Written::Tag { name, on: false, .. } => format!("the tag \"{name}\" was taken off"),
        Written::OptIn { opted_in: true, .. } => "the opt-in was written".to_owned(),
        Written::OptIn { opted_in: false, .. } => "the opt-out was written".to_owned(),
        Written::Email { .. } => "the address was written".to_owned(),
        Written::Field { name, .. } => format!("the field \"{name}\" was written"),
        Written::Reference => "the reference was written".to_owned(),
    };
    let at = unseen.at;
    match unseen.next_look {
        Some(look) if unseen.sight != Sight::Awaited => {
            format!(
                "{what} at {at} and was shown; a reading that lags does not show it, looked at again at {look} (E1)"
            )
        }
        Some(look) => format!("{what} at {at} and is not visible yet, looked at again at {look} (E1)"),
        None => format!("{what} at {at} and was not visible in {} looks (E1)", unseen.looks),
    }
}
