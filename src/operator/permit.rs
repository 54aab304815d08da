//! Whether a caller may ask a question.

use super::OperatorError;
use crate::auth::{Caller, Scope};

/// What is asked, as far as it matters for that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The question's command, for messages.
    pub command: &'a str,
    /// What the caller has to be allowed.
    pub scope: Scope,
    /// Whether the answer leaves out what the caller may not see.
    pub is_filtered: bool,
    /// The customer that it is about.
    pub customer: Option<&'a str>,
}

/// Whether the caller's scope is enough, and what it asks about is among what it may see. A customer that is hidden from it is answered as
/// if it were not there.
///
/// # Errors
/// [`OperatorError::Forbidden`], [`OperatorError::Unknown`].
pub(super) fn permit(wanted: Wanted<'_>, caller: &Caller) -> Result<(), OperatorError> {
    let Wanted { command, scope, is_filtered, customer } = wanted;
    if caller.scope < scope {
        return Err(OperatorError::Forbidden(format!(
            "`{command}` needs the scope {scope}, and this token has {}: make one with `tandem token create --scope {scope}`",
            caller.scope
        )));
    }
    let Some(only) = &caller.only else { return Ok(()) };
    match customer {
        Some(customer) if only.iter().any(|seen| seen.as_str() == customer) => Ok(()),
        Some(customer) => Err(OperatorError::Unknown(format!("there is no customer \"{customer}\""))),
        None if is_filtered => Ok(()),
        None => Err(OperatorError::Forbidden(format!(
            "`{command}` concerns every customer, and this token is for single ones"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_caller_may_what_its_scope_and_its_customers_allow() {
        let may = |has, only: &[&str], scope, customer| {
            let only: BTreeSet<_> = only.iter().map(|id| id.parse().unwrap()).collect();
            let only = (!only.is_empty()).then_some(only);
            let (name, from) = ("token 1".to_owned(), "here".to_owned());
            let wanted = Wanted { command: "ask", scope, is_filtered: false, customer };
            permit(wanted, &Caller { name, from, scope: has, only })
        };
        let of_hope: &[&str] = &["hope"];
        assert_eq!(may(Scope::Read, &[], Scope::Read, Some("hope")), Ok(()));
        assert_eq!(may(Scope::Read, of_hope, Scope::Read, Some("hope")), Ok(()));
        assert_eq!(may(Scope::Admin, of_hope, Scope::Operate, Some("hope")), Ok(()));
        assert_eq!(may(Scope::Admin, &[], Scope::Admin, None), Ok(()));
        for (has, only, scope, customer) in [
            (Scope::Read, of_hope, Scope::Operate, Some("hope")),
            (Scope::Operate, &[], Scope::Admin, None),
            (Scope::Admin, of_hope, Scope::Read, None),
        ] {
            let refused = may(has, only, scope, customer).unwrap_err();
            assert!(matches!(refused, OperatorError::Forbidden(_)), "{refused}");
        }
        let unknown = may(Scope::Admin, of_hope, Scope::Read, Some("mercy")).unwrap_err();
        assert!(matches!(unknown, OperatorError::Unknown(_)), "{unknown}");
    }
}
