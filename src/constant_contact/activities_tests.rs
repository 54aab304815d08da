use super::*;
use crate::constant_contact::test_support::{Script, token};

#[tokio::test]
async fn memberships_change_by_difference_within_the_limits() {
    let script = Script::new();
    script.then(201, r#"{"activity_id":"a1","state":"initialized"}"#);
    script.then(200, r#"{"activity_id":"a1","state":"completed","activity_errors":["no dana@example.com",{"message":"two"}]}"#);
    let client = script.client();
    let (contacts, lists) = ([ContactId::new("c1")], [ListId::new("l1")]);
    let started =
        client.change_memberships(&token(), Membership::Add, &contacts, &lists).await.unwrap().value;
    assert_eq!(started.state, ActivityState::Running);
    let done = client.activity(&token(), &started.id).await.unwrap().value;
    assert_eq!(done.state, ActivityState::Completed);
    assert_eq!(done.errors, ["an error", "an error"]);
    let request = &script.requests()[0];
    assert!(request.url.ends_with("/v3/activities/add_list_memberships"));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({ "source": { "contact_ids": ["c1"] }, "list_ids": ["l1"] }));

    let many = vec![ContactId::new("c1"); CONTACTS_MAX + 1];
    for (contacts, lists) in [(&many[..], &lists[..]), (&[], &lists), (&contacts, &[])] {
        let refused = client.change_memberships(&token(), Membership::Remove, contacts, lists).await;
        assert!(matches!(refused, Err(CcError::Refused { status: 0, .. })));
    }
    assert_eq!(script.requests().len(), 2);
}
