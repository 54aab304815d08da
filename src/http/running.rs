//! The running service, as the operators' questions need it.

use std::sync::Arc;

use crate::{
    constant_contact::Session,
    domain::{CustomerId, Outside},
    operator::{LocalAnswer, RunningService},
    service::Service,
};

/// The running service, as the questions need it.
pub struct Running(pub Arc<dyn Service>);

impl RunningService for Running {
    fn session(&self, customer: &CustomerId) -> Option<Session> {
        self.0.session(customer)
    }

    fn outside(&self, customer: &CustomerId) -> Outside {
        self.0.outside(customer)
    }

    fn nudge(&self, customer: &CustomerId) {
        self.0.nudge(customer);
    }

    fn apply(&self) -> LocalAnswer<'_, Vec<String>> {
        self.0.apply()
    }
}
