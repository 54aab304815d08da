//! Whether secrets can be read, and by whom.

use super::{Kind, Problem};
use crate::{auth::certificate, config::open_to_others, operator::OperatorContext};

/// The key that seals secrets is missing or wrong.
pub(super) fn problem(context: &OperatorContext) -> Option<Problem> {
    let what = context.deps.store.sealing_problem()?;
    let remedy =
        "put the key file back and start tandem again; customers then go on by themselves".to_owned();
    Some(Problem { customer: None, place: "store: key".to_owned(), what, remedy, kind: Kind::Person })
}

/// The certificate of the HTTP side cannot be used: the next start would fail, and until then the former one is served.
pub(super) fn certificate(context: &OperatorContext) -> Option<Problem> {
    let error = certificate::read(context.deps.settings.http.tls.as_ref()?).err()?;
    let remedy = "mend the files; they are read again by themselves".to_owned();
    let (place, what) = ("settings".to_owned(), error.to_string());
    Some(Problem { customer: None, place, what, remedy, kind: Kind::Settings })
}

/// Files with secrets in them that others on this machine may read. They keep nothing from working.
pub(super) fn warnings(context: &OperatorContext) -> Vec<Problem> {
    let open = open_to_others(&context.deps.settings);
    let warning = open.into_iter().map(|one| Problem {
        customer: None,
        place: "files".to_owned(),
        what: format!("{} holds secrets, and its mode is {:04o}", one.path.display(), one.mode),
        remedy: format!("chmod {:o} {}", one.wanted, one.path.display()),
        kind: Kind::Other,
    });
    let links = context.deps.settings.http.links_without_tls().map(|what| Problem {
        customer: None,
        place: "settings".to_owned(),
        what,
        remedy: "write https:// in http.public_url, or leave it empty, and start tandem again".to_owned(),
        kind: Kind::Settings,
    });
    warning.chain(links).collect()
}
