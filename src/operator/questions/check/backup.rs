//! Whether the store was backed up of late.

use super::{Kind, Problem};
use crate::{care, config::format_duration, operator::OperatorContext, store::StoreError};

/// What is wrong with the backups, if anything is.
pub(super) fn problem(context: &OperatorContext) -> Result<Option<Problem>, StoreError> {
    let settings = &context.deps.settings.store;
    if settings.backup_every.is_zero() {
        return Ok(None);
    }
    let folder = settings.backup_dir.display();
    let of = |what: String, remedy: &str| Problem {
        customer: None,
        place: "store: backup".to_owned(),
        what,
        remedy: remedy.to_owned(),
        kind: Kind::Person,
    };
    let found = match care::backups(settings) {
        Ok(found) => found,
        Err(error) => {
            let what = format!("the folder {folder} cannot be read ({error})");
            return Ok(Some(of(what, "mend its owner, or set store.backup_dir to another folder")));
        }
    };
    let since = context.deps.store.customers()?.iter().map(|record| record.created_at).min();
    let age = found.age(since, context.now()).unwrap_or_default();
    if !care::is_late(age, settings.backup_every) {
        return Ok(None);
    }
    let whole_hours = std::time::Duration::from_secs(age.as_secs() / 3600 * 3600);
    let age = if whole_hours.is_zero() { age } else { whole_hours };
    Ok(Some(of(
        format!("there is no backup in {folder} of the last {}", format_duration(age)),
        "look for `could not be backed up` in the log of the service, make room in the folder or set store.backup_dir to \
         another one, then `tandem backup`",
    )))
}
