//! `GET /account/summary` and `GET /account/user/privileges` (reference 1.2, 1.6).

use serde_json::json;

use super::{call::Call, errors::Reply};
use crate::simulator::wire::SimResponse;

pub(super) fn summary(call: &mut Call<'_>) -> Reply {
    let account = &call.account;
    Ok(SimResponse::json(
        200,
        &json!({
            "contact_email": "owner@example.org",
            "country_code": "US",
            "encoded_account_id": account.encoded_id,
            "first_name": "Olive",
            "last_name": "Owner",
            "organization_name": account.organization_name,
            "state_code": "MA",
            "time_zone_id": account.time_zone_id,
        }),
    ))
}

/// An Owner has all of these; a Campaign Manager lacks those of contacts.
pub(super) fn privileges(call: &mut Call<'_>) -> Reply {
    let all: &[(u32, &str)] = &[
        (30, "campaign:create"),
        (31, "ui:campaign:metrics"),
        (40, "contacts:read"),
        (41, "contacts:write"),
        (42, "contacts:lists:read"),
        (43, "contacts:lists:write"),
        (50, "account:read"),
    ];
    let count = if call.account.privileged { all.len() } else { 1 };
    let body: Vec<_> =
        all[..count].iter().map(|(id, name)| json!({"privilege_id": id, "privilege_name": name})).collect();
    Ok(SimResponse::json(200, &body))
}
