//! The way from a route to its question.

use super::{Operation, QUESTIONS};

impl Operation {
    /// The question at a route, with the parameters of its path; `path` is below `/api/v1`.
    #[must_use]
    pub fn at(method: &str, path: &str) -> Option<(&'static Self, Vec<(String, String)>)> {
        let of_method = QUESTIONS.iter().filter(|operation| operation.method.as_str() == method);
        of_method.into_iter().find_map(|operation| Some((operation, operation.match_path(path)?)))
    }
}
