//! Names of the backups that Tandem makes by itself: they sort by time, and only such names are ever deleted.

use chrono::NaiveDateTime;

use crate::domain::Timestamp;

const BEGIN: &str = "tandem-";
const TIME: &str = "%Y%m%dT%H%M%SZ";
const END: &str = ".backup";
/// What the name of an unfinished file ends with.
pub(super) const PART: &str = ".part";

/// The name of a backup of this time.
pub(super) fn of(at: Timestamp) -> String {
    format!("{BEGIN}{}{END}", at.to_datetime().format(TIME))
}

/// The time of a backup with this name; `None` for a name that Tandem does not give.
pub(super) fn time(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let time = NaiveDateTime::parse_from_str(text, TIME).ok()?.and_utc();
    let at = Timestamp::from_datetime(time);
    (of(at) == name).then_some(at)
}

/// Whether a file is what a backup of Tandem's own was to become.
pub(super) fn is_part(name: &str) -> bool {
    name.strip_suffix(PART).is_some_and(|name| time(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_and_read_back_and_other_names_are_nobodys() {
        let at = Timestamp::from_secs(1_795_813_743);
        assert_eq!(of(at), "tandem-20261127T210903Z.backup");
        assert_eq!(time(&of(at)), Some(at));
        assert!(of(at) < of(Timestamp::from_secs(1_795_813_744)));
        assert!(is_part("tandem-20261127T210903Z.backup.part") && !is_part(&of(at)));
        for name in [
            "tandem-2026.backup",
            "tandem-20261127T210903Z.backup.old",
            "my-tandem-20261127T210903Z.backup",
            "tandem-20261127T2109030Z.backup",
            "tandem-20261327T210903Z.backup",
            "notes.part",
            "",
        ] {
            assert_eq!((time(name), is_part(name)), (None, false), "{name}");
        }
    }
}
