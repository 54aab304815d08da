//! Whether the store was backed up of late.

use super::{Kind, Problem};
use crate::{
    care, config::format_duration, deps::Deps, domain::Timestamp, operator::OperatorContext,
    store::StoreError,
};

/// What is wrong with the backups, if anything is.
pub(super) fn problem(context: &OperatorContext) -> Result<Option<Problem>, StoreError> {
    let late = late_backup(&context.deps, context.now())?;
    Ok(late.map(|(what, remedy)| Problem {
        customer: None,
        place: "store: backup".to_owned(),
        what,
        remedy,
        kind: Kind::Person,
    }))
}

/// What is wrong with the backups, and what to do.
///
/// # Errors
/// When the store cannot be read.
pub fn late_backup(deps: &Deps, now: Timestamp) -> Result<Option<(String, String)>, StoreError> {
    let settings = &deps.settings.store;
    if settings.backup_every.is_zero() {
        return Ok(None);
    }
    let folder = settings.backup_dir.display();
    let found = match care::backups(settings) {
        Ok(found) => found,
        Err(error) => {
            let what = format!("the folder {folder} cannot be read ({error})");
            return Ok(Some((what, "mend its owner, or set store.backup_dir to another folder".to_owned())));
        }
    };
    let since = deps
        .store
        .customers_apart()?
        .into_iter()
        .filter_map(|(_, record)| record.ok().flatten())
        .map(|record| record.created_at)
        .min();
    let age = found.age(since, now).unwrap_or_default();
    if !care::is_late(age, settings.backup_every) {
        return Ok(None);
    }
    let whole_hours = std::time::Duration::from_secs(age.as_secs() / 3600 * 3600);
    let age = if whole_hours.is_zero() { age } else { whole_hours };
    let remedy = "look for `could not be backed up` in the log of the service, make room in the folder or set store.backup_dir to \
                  another one, then `tandem backup`";
    Ok(Some((
        format!("there is no backup in {folder} of the last {}", format_duration(age)),
        remedy.to_owned(),
    )))
}
