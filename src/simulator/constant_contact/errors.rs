//! The three error bodies (reference 9): an array from the API, an object for access and limits, OAuth's own.

use serde_json::json;

use crate::simulator::wire::SimResponse;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    #[error("{0}")]
    Validation(String),
    #[error("the requested resource was not found")]
    NotFound,
    #[error("{0}")]
    Conflict(String),
    #[error("unauthorized")]
    Unauthorized,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("no such path")]
    UnknownPath,
    #[error("no such method on this path")]
    MethodNotAllowed,
    #[error("the body is not JSON")]
    UnsupportedMediaType,
    #[error("too many calls in a second")]
    Throttled,
    #[error("too many calls in a day")]
    QuotaExceeded,
    #[error("too many activities wait")]
    ActivitiesFull,
    #[error("{message}")]
    Report { status: u16, message: String },
    #[error("{error}: {description}")]
    Oauth { status: u16, error: &'static str, description: &'static str },
}

/// What a handler gives.
pub(super) type Reply = Result<SimResponse, ApiError>;

impl ApiError {
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::Validation(message.into())
    }

    /// The same refusal in the words of the reports, which answer with an object.
    pub(super) fn for_report(self) -> Self {
        match self {
            Self::Validation(message) => Self::Report { status: 400, message },
            Self::NotFound => Self::Report { status: 404, message: "Not Found".to_owned() },
            other => other,
        }
    }

    pub(super) fn into_response(self) -> SimResponse {
        let list = |status, key: &str, message: &str| {
            SimResponse::json(status, &[json!({"error_key": key, "error_message": message})])
        };
        let object = |status, key: &str, message: &str| {
            SimResponse::json(status, &json!({"error_key": key, "error_message": message}))
        };
        match self {
            Self::Validation(message) => list(400, "contacts.api.validation.error", &message),
            Self::NotFound => list(404, "not_found", "The requested resource was not found."),
            Self::Conflict(message) => list(409, "contacts.api.conflict", &message),
            Self::Unauthorized => object(401, "unauthorized", "Unauthorized"),
            Self::Forbidden(message) => object(403, "forbidden", message),
            // Unknown paths get the gateway's answer, not a 404.
            Self::UnknownPath => SimResponse::json(403, &json!({"message": "Forbidden"})),
            Self::MethodNotAllowed => object(405, "method_not_allowed", "Method Not Allowed"),
            Self::UnsupportedMediaType => object(415, "unsupported_media_type", "Unsupported Media Type"),
            // Without headers that would say when to come back: reference 2.
            Self::Throttled => object(429, "throttled", "Too Many Requests"),
            Self::QuotaExceeded => object(429, "quota_exceeded", "Limit Exceeded"),
            Self::ActivitiesFull => {
                list(429, "activities.api.too_many_requests", "There are too many activities in progress.")
            }
            Self::Report { status: 404, message } => {
                object(404, "reportingsvc.not_found.invalid_path_param.campaign_ids.", &message)
            }
            Self::Report { status, message } => object(status, "reportingsvc.bad_request", &message),
            Self::Oauth { status, error, description } => {
                SimResponse::json(status, &json!({"error": error, "error_description": description}))
            }
        }
    }
}
