//! The list of questions. Commands, routes, `/api/v1/openapi.json` and the schema tests come from it, in this order.
//!
//! A new question is one file in this room's folder `questions/` and one line here. The list also declares the files' modules,
//! which plain `cargo fmt` does not see: `cargo fmt -- src/operator/questions/*.rs` does.

use super::Operation;

macro_rules! questions {
    ($($module:ident::$question:ident),* $(,)?) => {
        $(pub mod $module;)*

        /// Every question.
        pub static QUESTIONS: &[Operation] =
            &[$(Operation::of::<$module::$question>(stringify!($module))),*];
    };
}

questions! {
    check::Check,
    customer_list::CustomerList,
    customer_show::CustomerShow,
    customer_add::CustomerAdd,
    customer_apply::CustomerApply,
    customer_pause::CustomerPause,
    customer_resume::CustomerResume,
    customer_resume_all::CustomerResumeAll,
    customer_remove::CustomerRemove,
    customer_rebind::CustomerRebind,
    customer_link::CustomerLink,
    customer_share::CustomerShare,
    plan::PlanCustomer,
    import_start::ImportStart,
    import_status::ImportStatus,
    import_pause::ImportPause,
    import_resume::ImportResume,
    poll::Poll,
    reconcile::Reconcile,
    contact::ShowContact,
    people::People,
    work::ShowWork,
    retry::Retry,
    drop::Drop,
    accept::Accept,
    confirm::Confirm,
    inspect::Inspect,
    audit::Audit,
    alerts_test::AlertsTest,
    token_create::TokenCreate,
    token_list::TokenList,
    token_revoke::TokenRevoke,
    key_rotate::KeyRotate,
    key_lost::KeyLost,
    backup::Backup,
    rebuild::Rebuild,
    forget::Forget,
}
