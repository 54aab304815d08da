use super::*;
use crate::poller::scripted::{World, contact, id};

async fn look(status: u16, body: impl ToString) -> Result<Look, TurnError> {
    let world = World::new().on(&format!("GET /v3/contacts/{}?include=", id(1)), status, body);
    let id = id(1);
    let look = world.with(async |reach: &Reach<'_>| super::look(reach, Lane::Verify, &id).await).await;
    world.is_played();
    look
}

#[tokio::test]
async fn d1_a_contact_is_shown_or_not_found_or_proves_nothing() {
    let Ok(Look::Shown(observation)) = look(200, contact(1)).await else { panic!("not shown") };
    assert_eq!(observation.id, id(1));
    for gone in [404, 410] {
        assert!(matches!(look(gone, "[]").await, Ok(Look::NotFound)), "{gone}");
    }
    assert!(matches!(look(400, "[]").await, Ok(Look::Nothing)));
    assert!(matches!(look(200, "no contact").await, Ok(Look::Nothing)));
}

#[tokio::test]
async fn d1_a_failure_is_no_404() {
    assert!(matches!(look(503, "").await, Err(TurnError::Outside(_))));
    assert!(matches!(look(429, "").await, Err(TurnError::NotNow(_))));
}
