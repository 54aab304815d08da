//! How a contact's permission moves by calls, edits and sign-ups alike (reference 4).

use super::{
    model::{ConfirmStatus, Contact, Permission, Source},
    switches::Switches,
};
use crate::simulator::ids::Stamp;

/// With what evidence somebody subscribes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The person confirmed: explicit, by the contact, now.
    Confirmed,
    /// The person asked through a form that sets no explicit permission: implicit, by the contact, now.
    Asked,
    /// Staff did it: implicit, by the account, now.
    Staff,
    /// The permission is back and nothing says why: no source, no date.
    Nothing,
}

impl Contact {
    /// Whether the contact is opted out.
    #[must_use]
    pub fn is_unsubscribed(&self) -> bool {
        self.permission() == Some(Permission::Unsubscribed)
    }

    /// The email's permission, if there is an email.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        self.email.as_ref().map(|email| email.permission)
    }

    /// Opts out. Only the email's clock moves, which is why `updated_after` misses it.
    pub(super) fn opt_out(
        &mut self,
        source: Source,
        reason: Option<&str>,
        now: Stamp,
        switches: &Switches,
    ) -> bool {
        let Some(email) = self.email.as_mut().filter(|email| email.permission != Permission::Unsubscribed)
        else {
            return false;
        };
        email.permission = Permission::Unsubscribed;
        email.opt_out_source = Some(source);
        email.opt_out_date = Some(now);
        email.opt_out_reason = reason.map(Into::into);
        email.updated_at = now;
        if switches.unsubscribe_strips_lists {
            self.lists.clear();
        }
        if switches.consent_touches_updated_at {
            self.updated_at = now;
        }
        true
    }

    /// Opts in again; `opt_out_*` vanish, and the one confirmation email may be sent after a next opt-out (GUESS).
    pub(super) fn opt_in(
        &mut self,
        permission: Permission,
        source: Option<Source>,
        now: Stamp,
        switches: &Switches,
    ) {
        let Some(email) = self.email.as_mut() else { return };
        email.permission = permission;
        email.opt_in_source = source;
        email.opt_in_date = source.map(|_| now);
        email.opt_out_source = None;
        email.opt_out_date = None;
        email.opt_out_reason = None;
        email.updated_at = now;
        self.resubscribe_sent = None;
        if switches.consent_touches_updated_at {
            self.updated_at = now;
        }
    }

    pub(super) fn opt_in_with(&mut self, proof: Proof, now: Stamp, switches: &Switches) {
        let (permission, source) = match proof {
            Proof::Confirmed => (Permission::Explicit, Some(Source::Contact)),
            Proof::Asked => (Permission::Implicit, Some(Source::Contact)),
            Proof::Staff => (Permission::Implicit, Some(Source::Account)),
            Proof::Nothing => (Permission::Implicit, None),
        };
        self.opt_in(permission, source, now, switches);
        if let Some(email) = self.email.as_mut().filter(|_| proof == Proof::Confirmed) {
            email.confirm_status = ConfirmStatus::Confirmed;
        }
    }

    /// Soft-deletes: the lists go, the rest stays, and only `status=all` or `deleted` shows it.
    pub(super) fn delete(&mut self, now: Stamp, switches: &Switches) -> bool {
        if self.deleted_at.is_some() {
            return false;
        }
        self.deleted_at = Some(now);
        self.lists.clear();
        if switches.delete_touches_updated_at {
            self.updated_at = now;
        }
        true
    }

    pub(super) fn revive(&mut self, now: Stamp, switches: &Switches) -> bool {
        let revived = self.deleted_at.take().is_some();
        if revived && switches.delete_touches_updated_at {
            self.updated_at = now;
        }
        revived
    }
}
