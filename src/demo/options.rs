//! What the demo is asked for.

/// What the demo is to do.
#[derive(Debug, Clone, Copy)]
pub struct DemoOptions {
    /// Contacts in Constant Contact.
    pub contacts: usize,
    /// The seed of the account.
    pub seed: u64,
    /// End once both sides agree.
    pub until_synced: bool,
}
