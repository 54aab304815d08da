use serde_json::{Value, json};

use super::*;
use crate::{
    access::scripted::now,
    poller::scripted::{World, id},
};

const SUMMARIES: &str = "GET /v3/reports/summary_reports/email_campaign_summaries?";
const CAMPAIGN: &str = "GET /v3/emails/k1";
const REPORT: &str = "GET /v3/reports/email_reports/a1/tracking/bounces?";

fn row(number: u32, at: &str) -> Value {
    json!({
        "contact_id": id(number).to_string(), "campaign_activity_id": "a1", "bounce_code": "B",
        "email_address": "s@example.com", "created_time": at
    })
}

fn report(rows: &[Value], next: Option<&str>) -> Value {
    let next = next.map(|cursor| json!({"href": format!("/v3/reports/email_reports/a1/{cursor}")}));
    json!({"tracking_activities": rows, "_links": {"next": next}})
}

fn sent() -> World {
    let sendings = json!([{"campaign_activity_id": "a1", "role": "primary_email"}]);
    World::new().on(CAMPAIGN, 200, json!({"name": "Spring", "campaign_activities": sendings}))
}

async fn read(world: &World, mark: Option<CampaignMark>) -> Result<Report<CampaignRead>, TurnError> {
    let summary = CampaignSummary {
        campaign_id: "k1".to_owned(),
        last_sent_at: None,
        bounces: 3,
        opt_outs: 0,
        complaints: 0,
    };
    let read = world.with(async |reach: &Reach<'_>| campaign(reach, &summary, mark).await).await;
    world.is_played();
    read
}

#[tokio::test]
async fn p4_a_report_is_read_down_to_what_was_read_before() {
    let world = sent().on(REPORT, 200, report(&[row(1, "2026-11-20T10:00:00Z")], Some("x"))).on(
        "GET /v3/reports/email_reports/a1/x",
        200,
        report(&[row(2, "2026-11-10T10:00:00Z")], Some("y")),
    );
    let newest = Timestamp::parse("2026-11-15T10:00:00Z").unwrap();
    let Ok(Report::Read(read)) = read(&world, Some(CampaignMark { bounces: 1, newest, read_at: None })).await
    else {
        panic!()
    };
    assert_eq!((read.bounces.len(), read.name.as_deref()), (2, Some("Spring")));
    let newest = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
    assert_eq!(read.mark, CampaignMark { bounces: 3, newest, read_at: Some(now()) });
}

#[tokio::test]
async fn p4_odd_rows_are_skipped_and_deleted_sendings_have_no_report() {
    let world = sent().on(REPORT, 200, report(&[row(1, "2026-11-20T10:00:00Z"), json!({})], None));
    let Ok(Report::Read(found)) = read(&world, None).await else { panic!() };
    assert_eq!(found.bounces.len(), 1);
    let Ok(Report::Read(none)) = read(&sent().on(REPORT, 404, "[]"), None).await else { panic!() };
    assert!(none.bounces.is_empty());
    let Ok(Report::Read(none)) = read(&World::new().on(CAMPAIGN, 404, "[]"), None).await else { panic!() };
    assert_eq!((none.bounces.len(), none.mark.bounces), (0, 3));
}

#[tokio::test]
async fn b3_a_report_that_fails_or_is_refused_concerns_itself_and_a_limit_every_call() {
    for world in [
        World::new().on(CAMPAIGN, 400, "[]"),
        sent().on(REPORT, 400, "[]"),
        World::new().on(CAMPAIGN, 503, ""),
        sent().on(REPORT, 200, "<html>"),
        sent().lost(REPORT),
    ] {
        assert!(matches!(read(&world, None).await, Ok(Report::Failed(_))));
    }
    for world in [World::new().on(CAMPAIGN, 403, "[]"), sent().on(REPORT, 403, "[]")] {
        assert!(matches!(read(&world, None).await, Ok(Report::Forbidden)));
    }
    for world in [World::new().on(CAMPAIGN, 429, ""), sent().on(REPORT, 429, "")] {
        assert!(matches!(read(&world, None).await, Err(TurnError::NotNow(_))));
    }
}

#[tokio::test]
async fn b3_summaries_that_the_grant_does_not_allow_are_none() {
    let all = async |world: World| world.with(async |reach: &Reach<'_>| summaries(reach).await).await;
    assert!(matches!(all(World::new().on(SUMMARIES, 403, "[]")).await, Ok(None)));
    assert!(matches!(all(World::new().on(SUMMARIES, 400, "[]")).await, Err(TurnError::Outside(_))));
    let gained = json!({"bulk_email_campaign_summaries": [{"campaign_id": "k1", "unique_counts": {"bounces": 3}}, {}]});
    let Ok(Some(found)) = all(World::new().on(SUMMARIES, 200, gained)).await else { panic!() };
    assert_eq!((found.len(), found[0].bounces), (1, 3));
}
