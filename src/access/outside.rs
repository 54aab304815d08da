//! How the ways of a customer stand: what its calls wait for, and its latest failed call.

use super::{CcAccess, CustomerContext, VirtuousAccess};
use crate::domain::{Awaited, Hindrance, Outside, System, Timestamp};

/// What calls to a system wait for: the second try after a refusal, or a host.
fn awaited(
    system: System,
    second_try: Option<Timestamp>,
    host: Option<Timestamp>,
    now: Timestamp,
) -> Option<Awaited> {
    let of = |hindrance| move |until: Timestamp| Awaited { system, hindrance, until: until.max(now) };
    second_try.map(of(Hindrance::Refused)).or_else(|| host.map(of(Hindrance::Unreachable)))
}

impl CcAccess {
    fn awaited(&self, now: Timestamp) -> Option<Awaited> {
        awaited(System::ConstantContact, self.doubt().second_try(now), self.hosts_wait(), now)
    }
}

impl VirtuousAccess {
    fn awaited(&self, now: Timestamp) -> Option<Awaited> {
        awaited(System::Virtuous, self.doubt().second_try(now), self.host_waits(), now)
    }
}

impl CustomerContext {
    /// How the customer stands with both systems.
    #[must_use]
    pub fn outside(&self) -> Outside {
        let now = self.now();
        let awaited = [self.cc.awaited(now), self.virtuous.awaited(now)].into_iter().flatten();
        let errors = [self.cc.last_error().told(), self.virtuous.last_error().told()].into_iter().flatten();
        Outside {
            awaited: awaited.max_by_key(|awaited| awaited.until),
            last_error: errors.max_by_key(|error| error.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::scripted::{Ways, now},
        domain::{Lane, Refusal},
    };

    #[tokio::test]
    async fn b3_a_refusal_and_what_is_waited_for_are_told() {
        let ways = Ways::default();
        assert_eq!((ways.virtuous.awaited(now()), ways.virtuous.last_error().told()), (None, None));
        ways.on("GET /api/Contact/Types", 401, r#"{"message":"no"}"#);
        let refused = ways.virtuous.call(Lane::Change, |client| async move { client.contact_types().await });
        let error = refused.await.unwrap_err();
        assert!(matches!(ways.virtuous.refusal(error), Refusal::NotNow { .. }));
        let awaited = ways.virtuous.awaited(now()).unwrap();
        assert_eq!((awaited.system, awaited.hindrance), (System::Virtuous, Hindrance::Refused));
        assert_eq!(awaited.until.since(now()).as_secs(), 60);
        let told = ways.virtuous.last_error().told().unwrap();
        assert_eq!((told.at, told.system), (now(), System::Virtuous));
        assert!(told.what.contains("refuses the key"), "{told:?}");
        assert_eq!(ways.cc.last_error().told(), None);
    }
}
