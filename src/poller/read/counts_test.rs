use super::*;
use crate::poller::scripted::World;

async fn read(status: u16, body: &str) -> Result<Option<[Option<i64>; 4]>, TurnError> {
    let world = World::new().on("GET /v3/contacts/counts", status, body);
    world.with(async |reach: &Reach<'_>| super::read(reach).await).await
}

#[tokio::test]
async fn w3_counts_are_read_and_a_number_that_is_not_told_is_none() {
    let counts = read(200, r#"{"explicit":"3","implicit":null,"pending":{},"unsubscribed":2}"#).await;
    assert_eq!(counts.unwrap(), Some([Some(3), None, None, Some(2)]));
}

#[tokio::test]
async fn w3_an_account_without_an_answer_waits_for_its_sweep_and_a_failure_is_told() {
    for status in [400, 403, 404] {
        assert_eq!(read(status, "[]").await.unwrap(), None, "{status}");
    }
    assert!(matches!(read(503, "").await, Err(TurnError::Outside(_))));
}
