use super::*;
use crate::constant_contact::{
    Campaign, first_bounces, first_summaries, streams,
    test_support::{Script, token},
};

#[tokio::test]
async fn lists_tags_and_fields_are_read_page_by_page() {
    let script = Script::new();
    script.then(
        200,
        r#"{"lists":[{"list_id":"l1","name":" News ","membership_count":12},{"list_id":"l2","name":"Old","deleted_at":"2026-01-01T00:00:00Z"},{"name":"no id"},5],
            "lists_count":2,"_links":{"next":{"href":"/v3/contact_lists?cursor=a"}}}"#,
    );
    script.then(200, r#"{"tags":[{"tag_id":"t1","name":"Major"}],"_links":{}}"#);
    script.then(
        200,
        r#"{"custom_fields":[{"custom_field_id":"f1","label":"Program","name":"program","type":"single_select","metadata":{},
            "choices":[{"choice_id":9,"choice_label":"Arts"},{"choice_id":"9A63BC","choice_label":"Food"}]},
            {"custom_field_id":"f2","name":"only_name","type":"text_area","choices":null}]}"#,
    );
    let client = script.client();
    let lists = client.lists_page(&token(), &streams::lists::first()).await.unwrap().value;
    assert_eq!((lists.items.len(), lists.odd), (2, 2));
    let news = List { name: "News".to_owned(), members: Some(12), ..List::default() };
    assert_eq!(lists.items[0], (ListId::new("l1"), news));
    assert!(lists.items[1].1.deleted);
    assert_eq!(lists.next.unwrap().as_str(), "/v3/contact_lists?cursor=a");
    let tags = client.tags_page(&token(), &streams::lists::first_tags()).await.unwrap().value;
    assert_eq!(tags.items, [(CcTagId::new("t1"), "Major".to_owned())]);
    let fields = client.custom_fields_page(&token(), &streams::fields::first()).await.unwrap().value;
    let (_, program) = &fields.items[0];
    assert_eq!((program.label.as_str(), program.kind), ("Program", FieldKind::SingleSelect));
    assert_eq!(program.choices["9"], "Arts");
    assert_eq!(program.choices["9A63BC"], "Food");
    assert_eq!(fields.items[1].1.label, "only_name");
}

#[tokio::test]
async fn a_page_without_its_items_is_no_empty_page() {
    let script = Script::new();
    script.then(200, "{}").then(200, "[[]]").then(200, "null");
    let client = script.client();
    assert!(client.lists_page(&token(), &streams::lists::first()).await.is_err());
    assert!(client.tags_page(&token(), &streams::lists::first_tags()).await.is_err());
    assert!(client.custom_fields_page(&token(), &streams::fields::first()).await.is_err());
}

#[tokio::test]
async fn campaigns_and_bounces_are_read() {
    let script = Script::new();
    script.then(
        200,
        r#"{"bulk_email_campaign_summaries":[{"campaign_id":"k1","last_sent_date":"2026-11-01T10:00:00.000Z","unique_counts":{"bounces":3,"optouts":1,"abuse":0}}]}"#,
    );
    script.then(
        200,
        r#"{"name":" Spring appeal ","campaign_activities":[{"campaign_activity_id":"a1","role":"primary_email"},{"campaign_activity_id":"a2","role":"permalink"}]}"#,
    );
    script.then(
        200,
        r#"{"tracking_activities":[{"contact_id":"c1","campaign_activity_id":"a1","email_address":"m@example.com","bounce_code":"B","created_time":"2026-11-01T11:08:00.000Z"},{"contact_id":"c2"}],"_links":{"next":{"href":null}}}"#,
    );
    let client = script.client();
    let summaries = client.campaign_summaries_page(&token(), &first_summaries()).await.unwrap().value.items;
    assert_eq!((summaries[0].bounces, summaries[0].opt_outs, summaries[0].complaints), (3, 1, 0));
    let Campaign { name, sendings } = client.campaign_sendings(&token(), "k1").await.unwrap().value;
    assert_eq!((name.as_deref(), &sendings[..]), (Some("Spring appeal"), &["a1".to_owned()][..]));
    let bounces = client.bounces_page(&token(), &first_bounces(&sendings[0]).unwrap()).await.unwrap().value;
    assert_eq!((bounces.items.len(), bounces.odd, bounces.next), (1, 1, None));
    assert_eq!(bounces.items[0].1.code, 'B');
    let url = &script.requests()[2].url;
    assert!(url.ends_with("/v3/reports/email_reports/a1/tracking/bounces?bounce_code=B&bounce_code=D&bounce_code=F&bounce_code=S&bounce_code=X&bounce_code=Z&limit=500"), "{url}");
}

#[tokio::test]
async fn the_account_and_its_privileges_are_read() {
    let script = Script::new();
    script
        .then(200, r#"{"encoded_account_id":"p07e","organization_name":"Hope","time_zone_id":"US/Eastern"}"#);
    script.then(
        200,
        r#"[{"privilege_id":30,"privilege_name":"contacts:write"},{"privilege_name":"campaign:create"},7]"#,
    );
    let client = script.client();
    assert_eq!(client.account(&token()).await.unwrap().value.id, "p07e");
    assert_eq!(client.privileges(&token()).await.unwrap().value, ["campaign:create", "contacts:write"]);
}
