//! Campaigns and their reports (reference 4): newest first, without a date filter.

use serde_json::{Value, json};

use super::{
    account::Account,
    call::Call,
    campaign::{BounceCode, Campaign, Tracked},
    contact_view::DeletedAt,
    errors::{ApiError, Reply},
    paging::Page,
};
use crate::{
    domain::Timestamp,
    simulator::{
        ids::{Stamp, Uuid},
        wire::SimResponse,
    },
};

impl Campaign {
    fn summary(&self) -> Value {
        let unique = |rows: &[Tracked]| {
            let mut contacts: Vec<Uuid> = rows.iter().map(|row| row.contact).collect();
            contacts.sort_unstable();
            contacts.dedup();
            contacts.len()
        };
        let opens = self.sends / 4;
        json!({
            "campaign_id": self.id,
            "campaign_type": "NEWSLETTER",
            "last_sent_date": millis(self.sent_at),
            "unique_counts": {
                "sends": self.sends, "opens": opens, "clicks": self.sends / 20, "forwards": 0,
                "optouts": unique(&self.optouts), "abuse": self.abuse, "bounces": unique(&self.bounces),
                "not_opened": self.sends - opens,
            },
        })
    }

    fn head(&self) -> Value {
        json!({
            "campaign_id": self.id, "name": self.name, "current_status": "DONE", "type": "NEWSLETTER",
            "type_code": 10, "created_at": self.sent_at, "updated_at": self.sent_at,
        })
    }
}

/// Reports show times with milliseconds: `2019-04-25T11:08:00.000Z`.
fn millis(at: Stamp) -> String {
    at.to_string().replace('Z', ".000Z")
}

fn newest_first(account: &Account) -> Vec<&Campaign> {
    let mut campaigns: Vec<&Campaign> = account.campaigns.iter().collect();
    campaigns.sort_by_key(|campaign| std::cmp::Reverse(campaign.sent_at));
    campaigns
}

pub(super) fn summaries(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 500, call.switches)?;
    let campaigns = newest_first(call.account);
    let (rows, links) =
        page.cut(&campaigns, "/v3/reports/summary_reports/email_campaign_summaries", call.switches);
    let rows: Vec<Value> = rows.iter().map(|campaign| campaign.summary()).collect();
    let links = links.of_report(call.switches);
    Ok(SimResponse::json(200, &json!({"bulk_email_campaign_summaries": rows, "_links": links})))
}

pub(super) fn campaigns(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 50, 500, call.switches)?;
    let date = |name: &str| match page.filter(name) {
        None => Ok(None),
        Some(text) => Timestamp::parse(text)
            .map(|at| Some(Stamp::at(at)))
            .ok_or_else(|| ApiError::Validation(format!("{name} does not have a valid value"))),
    };
    let (after, before) = (date("after_date")?, date("before_date")?);
    let mut campaigns = newest_first(call.account);
    campaigns.retain(|campaign| {
        after.is_none_or(|after| campaign.sent_at > after)
            && before.is_none_or(|before| campaign.sent_at < before)
    });
    let (rows, links) = page.cut(&campaigns, "/v3/emails", call.switches);
    let rows: Vec<Value> = rows.iter().map(|campaign| campaign.head()).collect();
    Ok(SimResponse::json(200, &json!({"campaigns": rows, "_links": links})))
}

pub(super) fn campaign(call: &mut Call<'_>) -> Reply {
    let id = call.id()?;
    let campaign =
        call.account.campaigns.iter().find(|campaign| campaign.id == id).ok_or(ApiError::NotFound)?;
    let mut body = campaign.head();
    body["campaign_activities"] = json!([
        {"campaign_activity_id": campaign.primary, "role": "primary_email"},
        {"campaign_activity_id": campaign.permalink, "role": "permalink"},
    ]);
    Ok(SimResponse::json(200, &body))
}

fn line(row: &Tracked, kind: &str, call: &Call<'_>) -> Value {
    let mut line = json!({
        "contact_id": row.contact,
        "campaign_activity_id": row.activity,
        "tracking_activity_type": kind,
        "email_address": row.address,
        "created_time": millis(row.at),
    });
    if let Some(code) = row.code {
        line["bounce_code"] = json!(code);
    }
    if let Some(reason) = &row.reason {
        line["opt_out_reason"] = json!(reason);
    }
    if let Some(contact) = call.account.roster.get(row.contact) {
        line["first_name"] = json!(contact.profile.first_name.as_deref().unwrap_or_default());
        line["last_name"] = json!(contact.profile.last_name.as_deref().unwrap_or_default());
        if let Some(email) = contact.email.as_ref().filter(|_| row.code.is_some()) {
            line["current_email_address"] = json!(email.address);
        }
        if let Some(at) = contact.deleted_at {
            line["deleted_at"] = json!(DeletedAt::new(at, call.switches));
        }
    }
    line
}

/// The rows of one report, newest first.
fn report(call: &Call<'_>, name: &str, kind: &str, codes: &[BounceCode]) -> Reply {
    let page = Page::read(call.request, 500, 500, call.switches)?;
    let activity = call.id()?;
    let campaigns = &call.account.campaigns;
    if campaigns.iter().any(|campaign| campaign.permalink == activity) {
        return Err(ApiError::validation("only the roles primary_email and resend have reports"));
    }
    let campaign =
        campaigns.iter().find(|campaign| campaign.primary == activity).ok_or(ApiError::NotFound)?;
    let all = if kind == "em_bounces" { &campaign.bounces } else { &campaign.optouts };
    let mut rows: Vec<&Tracked> = all.iter().collect();
    rows.retain(|row| codes.is_empty() || row.code.is_some_and(|code| codes.contains(&code)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    let path = format!("/v3/reports/email_reports/{activity}/tracking/{name}");
    let (rows, links) = page.cut(&rows, &path, call.switches);
    let rows: Vec<Value> = rows.iter().map(|row| line(row, kind, call)).collect();
    Ok(SimResponse::json(
        200,
        &json!({"tracking_activities": rows, "_links": links.of_report(call.switches)}),
    ))
}

pub(super) fn bounces(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 500, 500, call.switches)?;
    let codes: Result<Vec<BounceCode>, _> = page
        .filters
        .iter()
        .filter(|(name, _)| name == "bounce_code")
        .map(|(_, code)| serde_json::from_value(json!(code)))
        .collect();
    let codes = codes.map_err(|_| ApiError::validation("bounce_code does not have a valid value"))?;
    report(call, "bounces", "em_bounces", &codes)
}

pub(super) fn optouts(call: &mut Call<'_>) -> Reply {
    report(call, "optouts", "em_optouts", &[])
}

/// One contact's bounces and opt-outs, without bounce codes.
pub(super) fn activity_details(call: &mut Call<'_>) -> Reply {
    let page = Page::read(call.request, 100, 100, call.switches)?;
    let id = call.id()?;
    if call.account.roster.get(id).is_none() {
        return Err(ApiError::NotFound);
    }
    let asked = |(name, _): &&(String, String)| {
        matches!(name.as_str(), "tracking_activities_list" | "tracking_activity_type")
    };
    let kinds: Vec<&str> = page.filters.iter().filter(asked).flat_map(|(_, csv)| csv.split(',')).collect();
    if kinds.is_empty() {
        return Err(ApiError::validation("tracking_activities_list is missing"));
    }
    let named = page.filter("include_campaign_activity_names") != Some("false");
    let mut rows: Vec<(&Tracked, &str, &Campaign)> = Vec::new();
    for campaign in &call.account.campaigns {
        for (kind, all) in [("em_bounces", &campaign.bounces), ("em_optouts", &campaign.optouts)] {
            let ours = all.iter().filter(|row| row.contact == id && kinds.contains(&kind));
            rows.extend(ours.map(|row| (row, kind, campaign)));
        }
    }
    rows.sort_by_key(|(row, ..)| std::cmp::Reverse(row.at));
    let path = format!("/v3/reports/contact_reports/{id}/activity_details");
    let (rows, links) = page.cut(&rows, &path, call.switches);
    let rows: Vec<Value> = rows
        .iter()
        .map(|(row, kind, campaign)| {
            let mut line = json!({
                "contact_id": row.contact, "campaign_activity_id": row.activity,
                "created_time": millis(row.at), "tracking_activity_type": kind,
            });
            if named {
                line["campaign_activity_name"] = json!(campaign.name);
            }
            line
        })
        .collect();
    Ok(SimResponse::json(
        200,
        &json!({"tracking_activities": rows, "_links": links.of_report(call.switches)}),
    ))
}
