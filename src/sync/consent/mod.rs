//! The consent facet: an opt-out by either side wins; only fresh, proved consent in Constant Contact raises it.

mod active;
mod bounced;
mod decide;
mod decision;
mod evidence;
mod out;
mod shown;

pub use bounced::by_bounce_alone;
pub use decide::decide;
pub use decision::Decision;
pub use evidence::{
    CcConsent, OWN_OPT_OUT_REASON, beside_unanswered, cc_consent, effective_bounce, is_unanswered, newer,
    newest, remember_opt_out,
};
pub use shown::{
    addresses, claim_unsure_opt_out, is_opt_out_in_doubt, is_untold_opt_out, newly_out, note_staff_opt_outs,
    opted_out_at, went_out,
};

#[cfg(test)]
mod row;
#[cfg(test)]
mod table;
#[cfg(test)]
mod table_bounced;
