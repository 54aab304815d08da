//! The way from a route to its question.

use std::collections::BTreeSet;

use super::{Operation, QUESTIONS};

impl Operation {
    /// The question at a route, with the parameters of its path; `path` is below `/api/v1`.
    #[must_use]
    pub fn at(method: &str, path: &str) -> Option<(&'static Self, Vec<(String, String)>)> {
        let of_method = QUESTIONS.iter().filter(|operation| operation.method.as_str() == method);
        of_method.into_iter().find_map(|operation| Some((operation, operation.match_path(path)?)))
    }

    /// The methods of the questions at a route.
    #[must_use]
    pub fn methods_at(path: &str) -> Vec<&'static str> {
        let there = QUESTIONS.iter().filter(|operation| operation.match_path(path).is_some());
        let methods: BTreeSet<&'static str> = there.map(|operation| operation.method.as_str()).collect();
        methods.into_iter().collect()
    }
}
