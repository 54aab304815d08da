//! Webhook subscriptions: no list, PUT replaces all, the secret included (section 11.1).

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    call::Call,
    organisation::Organisation,
    webhooks::Subscription,
};

fn read(call: &Call<'_>) -> Result<Subscription, crate::transport::Response> {
    let body: Subscription = call.body("webhookBindingModel")?;
    if !body.payload_url.starts_with("http") {
        return Err(answer::bad_request("The payloadUrl is not valid."));
    }
    Ok(body)
}

pub(super) fn create(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let id = organisation.webhooks.subscribe(read(call)?);
    answer::ok(organisation.webhooks.subscription(id).ok_or_else(answer::not_found)?)
}

pub(super) fn by_id(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    answer::ok(organisation.webhooks.subscription(call.id(1)).ok_or_else(answer::not_found)?)
}

pub(super) fn replace(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let body = read(call)?;
    let held = organisation.webhooks.subscription_mut(call.id(1)).ok_or_else(answer::not_found)?;
    *held = Subscription { id: held.id, ..body };
    answer::ok(held)
}

pub(super) fn remove(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    if organisation.webhooks.unsubscribe(call.id(1)) { answer::empty() } else { Err(answer::not_found()) }
}

pub(super) fn activate(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let held = organisation.webhooks.subscription_mut(call.id(1)).ok_or_else(answer::not_found)?;
    held.active = call.query("active") != Some("false");
    answer::ok(held)
}
