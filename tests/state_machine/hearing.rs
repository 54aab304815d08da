//! Events of Virtuous on their way to Tandem: lost, doubled, late, in another order.

use crate::{history::Hearing, running::Running, world::MINUTE};

impl Running {
    /// Delivers what Virtuous has to tell, as well as this history lets it. An answer that is not 2xx is a loss.
    pub async fn hear(&mut self) {
        let due = self.world().events_due();
        if self.hearing == Hearing::Off {
            return;
        }
        let mut now = Vec::new();
        for delivery in due {
            self.heard += 1;
            match (self.hearing, self.heard % 5) {
                (Hearing::Bad, 0) => {}
                (Hearing::Bad, 1) => now.extend([delivery.clone(), delivery]),
                (Hearing::Bad, 2) => self.late.push(delivery),
                _ => now.push(delivery),
            }
        }
        if self.hearing == Hearing::Bad {
            now.reverse();
            if self.heard.is_multiple_of(3) {
                now.append(&mut self.late);
            }
        }
        for delivery in now {
            self.world().deliver(&delivery).await;
        }
    }

    /// Everything that is late comes at last, twice.
    pub async fn hear_the_rest(&mut self) {
        self.hear().await;
        for delivery in std::mem::take(&mut self.late) {
            self.world().deliver(&delivery).await;
            self.world().deliver(&delivery).await;
        }
        self.world().pass(MINUTE).await;
    }
}
