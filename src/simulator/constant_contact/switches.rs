//! What can be set otherwise: behaviours that the reference marks GUESS, and the limits of the key.

use serde::{Deserialize, Serialize};

/// Where it is unknown outside what Constant Contact does, both ways can be had; Tandem must be right under either.
/// The defaults are the reference's guesses, or the nastier way where it has none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Single-use refresh tokens; otherwise "long lived" ones (reference 1.4).
    pub rotating_refresh_tokens: bool,
    /// Presenting a spent refresh token ends the whole grant, as other servers of this make do (1.5).
    pub reuse_revokes_grant: bool,
    /// A new consent ends the account's older refresh tokens (1.5).
    pub consent_ends_older_grants: bool,
    /// A refresh ends the access tokens given before (1.4).
    pub refresh_ends_access_tokens: bool,
    /// The consent page says no.
    pub deny_consent: bool,
    /// `updated_at` moves when lists change other than by PUT (4).
    pub list_moves_touch_updated_at: bool,
    /// `updated_at` moves when tags change other than by PUT (4).
    pub tag_moves_touch_updated_at: bool,
    /// `updated_at` moves when somebody unsubscribes or subscribes again (4: it does not).
    pub consent_touches_updated_at: bool,
    /// `updated_at` moves when the address changes other than by PUT (4).
    pub email_change_touches_updated_at: bool,
    /// `updated_at` moves on delete and revive (4).
    pub delete_touches_updated_at: bool,
    /// An unsubscribe takes the contact off all lists (4).
    pub unsubscribe_strips_lists: bool,
    /// `opt_in_*` is not shown while unsubscribed (10.7).
    pub unsubscribed_hides_opt_in: bool,
    /// `deleted_at` is a bare date, as the contract says; otherwise a full time (3.3).
    pub deleted_at_is_date: bool,
    /// A single GET of a deleted contact finds it (3.4); otherwise 404.
    pub get_finds_deleted: bool,
    /// `..._after` and `..._before` include their own second (11, test 2).
    pub bounds_are_inclusive: bool,
    /// `next` in a cursor is a page number instead of a record's position (3.2).
    pub cursor_counts_pages: bool,
    /// A cursor carries `include` along (3.2); otherwise later pages come bare unless asked again.
    pub cursor_carries_include: bool,
    /// A query parameter that is not in the contract is refused.
    pub refuse_unknown_parameters: bool,
    /// PUT that would lift an `opt_out_source=Contact` unsubscribe is refused with 409 (6.2).
    pub put_refuses_to_lift_own_opt_out: bool,
    /// PUT without `email_address` clears it, as it does names (6.2).
    pub put_without_email_clears_it: bool,
    /// The last page of a report shows `"next": {"href": null}` (4).
    pub reports_end_with_null: bool,
    /// Confirmed opt-in is on: new sign-ups wait as `pending_confirmation` (6.1).
    pub confirmed_opt_in: bool,
    /// How long an activity takes once those before it are done (6.3).
    pub activity_millis: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            rotating_refresh_tokens: true,
            reuse_revokes_grant: false,
            consent_ends_older_grants: true,
            refresh_ends_access_tokens: false,
            deny_consent: false,
            list_moves_touch_updated_at: false,
            tag_moves_touch_updated_at: false,
            consent_touches_updated_at: false,
            email_change_touches_updated_at: false,
            delete_touches_updated_at: true,
            unsubscribe_strips_lists: true,
            unsubscribed_hides_opt_in: true,
            deleted_at_is_date: true,
            get_finds_deleted: true,
            bounds_are_inclusive: false,
            cursor_counts_pages: false,
            cursor_carries_include: true,
            refuse_unknown_parameters: true,
            put_refuses_to_lift_own_opt_out: true,
            put_without_email_clears_it: false,
            reports_end_with_null: false,
            confirmed_opt_in: false,
            activity_millis: 2_000,
        }
    }
}

/// Limits of every API key, which all accounts share (reference 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls within any second.
    pub per_second: u32,
    /// Calls within a UTC day.
    pub per_day: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_second: 4, per_day: 10_000 }
    }
}
