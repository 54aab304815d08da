//! The filters of `GET /contacts` (reference 3.1).

use super::{
    contact_view::Include,
    errors::ApiError,
    model::{Contact, Permission},
    paging::Page,
    switches::Switches,
};
use crate::{
    domain::Timestamp,
    simulator::ids::{Stamp, Uuid},
};

/// Which states are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Statuses {
    /// `all` was named: deleted ones too.
    everything: bool,
    deleted: bool,
    permissions: Vec<Permission>,
}

impl Statuses {
    fn parse(csv: &str) -> Option<Self> {
        let mut statuses = Self::default();
        for name in csv.split(',').map(str::trim) {
            match name {
                "all" => statuses.everything = true,
                "deleted" => statuses.deleted = true,
                // GUESS: who may be mailed.
                "active" => statuses.permissions.extend([Permission::Implicit, Permission::Explicit]),
                "not_set" => statuses.permissions.push(Permission::NotSet),
                "pending_confirmation" => statuses.permissions.push(Permission::PendingConfirmation),
                "temp_hold" => statuses.permissions.push(Permission::TempHold),
                "unsubscribed" => statuses.permissions.push(Permission::Unsubscribed),
                _ => return None,
            }
        }
        Some(statuses)
    }

    fn admit(&self, contact: &Contact) -> bool {
        if self.everything {
            return true;
        }
        if contact.deleted_at.is_some() {
            return self.deleted;
        }
        contact.permission().is_some_and(|permission| self.permissions.contains(&permission))
    }
}

/// An open interval of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Span {
    after: Option<Stamp>,
    before: Option<Stamp>,
}

impl Span {
    const fn is_open(self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    fn admit(self, at: Option<Stamp>, inclusive: bool) -> bool {
        if self.is_open() {
            return true;
        }
        let Some(at) = at else { return false };
        let late_enough = |after| if inclusive { at >= after } else { at > after };
        let early_enough = |before| if inclusive { at <= before } else { at < before };
        self.after.is_none_or(late_enough) && self.before.is_none_or(early_enough)
    }
}

/// The latest dates of some contacts that queries ask for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latest {
    pub(super) updated: Option<Stamp>,
    pub(super) opted_out: Option<Stamp>,
}

/// All filters of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContactQuery {
    statuses: Option<Statuses>,
    sms_permissions: Option<Vec<Permission>>,
    pub(super) email: Option<String>,
    lists: Vec<Uuid>,
    tags: Vec<Uuid>,
    updated: Span,
    created: Span,
    opted_out: Span,
    inclusive: bool,
    pub(super) include: Include,
    pub(super) include_count: bool,
}

fn bad(name: &str) -> ApiError {
    ApiError::Validation(format!("{name} does not have a valid value"))
}

impl ContactQuery {
    pub(super) fn read(page: &Page, switches: &Switches) -> Result<Self, ApiError> {
        let time = |name: &str| {
            // ISO 8601 with a zone, as documented; anything laxer is refused, so that no client relies on it.
            let parse = |text: &str| Timestamp::parse(text).filter(|_| text.contains('T')).map(Stamp::at);
            page.filter(name).map(|text| parse(text).ok_or_else(|| bad(name))).transpose()
        };
        let ids = |name: &str, max: usize| -> Result<Vec<Uuid>, ApiError> {
            let Some(csv) = page.filter(name) else { return Ok(Vec::new()) };
            let ids: Result<Vec<Uuid>, _> = csv.split(',').map(|id| id.trim().parse()).collect();
            ids.ok().filter(|ids| ids.len() <= max).ok_or_else(|| bad(name))
        };
        if page.filter("segment_id").is_some() {
            return Err(ApiError::validation("segment_id is not simulated"));
        }
        let span = |after: &str, before: &str| Ok(Span { after: time(after)?, before: time(before)? });
        Ok(Self {
            statuses: page
                .filter("status")
                .map(|csv| Statuses::parse(csv).ok_or_else(|| bad("status")))
                .transpose()?,
            sms_permissions: page
                .filter("sms_status")
                .map(|csv| sms_permissions(csv).ok_or_else(|| bad("sms_status")))
                .transpose()?,
            email: page.filter("email").map(str::to_lowercase),
            lists: ids("lists", 25)?,
            tags: ids("tags", 50)?,
            updated: span("updated_after", "updated_before")?,
            created: span("created_after", "created_before")?,
            opted_out: span("optout_after", "optout_before")?,
            inclusive: switches.bounds_are_inclusive,
            include: page
                .filter("include")
                .map_or(Some(Include::default()), Include::parse)
                .ok_or_else(|| bad("include"))?,
            include_count: page
                .filter("include_count")
                .map_or(Some(false), |text| text.parse().ok())
                .ok_or_else(|| bad("include_count"))?,
        })
    }

    /// Whether any contact of a block may be asked for, by its latest dates.
    pub(super) fn may_admit(&self, latest: Latest) -> bool {
        let reaches =
            |span: Span, latest: Option<Stamp>| span.after.is_none_or(|after| latest >= Some(after));
        reaches(self.updated, latest.updated) && reaches(self.opted_out, latest.opted_out)
    }

    /// Whether a contact is asked for. `updated_*` looks at the contact record's time alone: an unsubscribe does not
    /// move it (reference 4, key fact).
    pub(super) fn admit(&self, contact: &Contact) -> bool {
        let email = contact.email.as_ref();
        let by_state = match &self.statuses {
            Some(statuses) => statuses.admit(contact),
            None => contact.deleted_at.is_none(),
        };
        by_state
            && self.updated.admit(Some(contact.updated_at), self.inclusive)
            && self.created.admit(Some(contact.created_at), self.inclusive)
            && self.opted_out.admit(email.and_then(|email| email.opt_out_date), self.inclusive)
            && (self.lists.is_empty() || contact.lists.iter().any(|list| self.lists.contains(list)))
            && (self.tags.is_empty() || contact.tags.iter().any(|tag| self.tags.contains(tag)))
            && self
                .email
                .as_ref()
                .is_none_or(|asked| email.is_some_and(|email| email.address.to_lowercase() == *asked))
            && self.sms_permissions.as_ref().is_none_or(|asked| {
                contact.sms.as_ref().is_some_and(|sms| asked.is_empty() || asked.contains(&sms.permission))
            })
    }
}

/// The SMS permissions asked for; empty for all.
fn sms_permissions(csv: &str) -> Option<Vec<Permission>> {
    let mut permissions = Vec::new();
    for name in csv.split(',').map(str::trim) {
        permissions.push(match name {
            "all" => return Some(Vec::new()),
            "explicit" => Permission::Explicit,
            "unsubscribed" => Permission::Unsubscribed,
            "pending_confirmation" => Permission::PendingConfirmation,
            "not_set" => Permission::NotSet,
            _ => return None,
        });
    }
    Some(permissions)
}
