//! What is kept of the words of an answer that failed: keys, codes and names of fields that both APIs are known to have. All other
//! words may be a person's name, an address or a secret that the answer repeats, and pass for nothing that a list could tell from
//! them: only what is on these lists goes into logs, dead letters and pages.

/// Words that keys and codes are made of, in order. None is a name.
const OF_KEYS: &[&str] = &[
    "account",
    "accounts",
    "activities",
    "activity",
    "allowed",
    "already",
    "api",
    "argument",
    "auth",
    "bad",
    "body",
    "campaign",
    "campaigns",
    "client",
    "code",
    "conflict",
    "contact",
    "contacts",
    "create",
    "custom",
    "delete",
    "denied",
    "deprecated",
    "disabled",
    "duplicate",
    "email",
    "empty",
    "error",
    "exceeded",
    "exists",
    "expired",
    "failed",
    "field",
    "fields",
    "forbidden",
    "format",
    "found",
    "gateway",
    "grant",
    "id",
    "ids",
    "in",
    "incorrect",
    "internal",
    "invalid",
    "key",
    "length",
    "limit",
    "limited",
    "list",
    "lists",
    "locked",
    "long",
    "max",
    "media",
    "method",
    "min",
    "missing",
    "note",
    "null",
    "not",
    "out",
    "param",
    "parameter",
    "path",
    "permission",
    "query",
    "quota",
    "range",
    "rate",
    "read",
    "redirect",
    "reportingsvc",
    "request",
    "required",
    "scope",
    "server",
    "service",
    "short",
    "tag",
    "tags",
    "throttled",
    "timeout",
    "token",
    "too",
    "type",
    "unauthenticated",
    "unauthorized",
    "unavailable",
    "unique",
    "unknown",
    "unsupported",
    "uri",
    "use",
    "validation",
    "value",
];

/// Fields of both APIs, as they are shown; compared without case and underscores.
const FIELDS: &[&str] = &[
    "address",
    "address1",
    "address2",
    "anniversary",
    "api_key",
    "birthday_day",
    "birthday_month",
    "city",
    "client_id",
    "client_secret",
    "code",
    "company_name",
    "contact",
    "contact_custom_fields",
    "contact_id",
    "contact_individuals",
    "contact_method_id",
    "contact_methods",
    "contact_note",
    "contact_type",
    "country",
    "create_source",
    "custom_field_id",
    "custom_fields",
    "email",
    "email_address",
    "email_type",
    "first_name",
    "grant_type",
    "id",
    "include",
    "is_opted_in",
    "is_primary",
    "job_title",
    "kind",
    "last_name",
    "limit",
    "list_ids",
    "list_memberships",
    "name",
    "note",
    "notes",
    "opt_in",
    "permission_to_send",
    "phone",
    "phone_number",
    "phone_numbers",
    "phone_type",
    "postal",
    "postal_code",
    "redirect_uri",
    "reference_id",
    "reference_source",
    "refresh_token",
    "scope",
    "skip",
    "state",
    "status",
    "street",
    "street_addresses",
    "taggings",
    "tag_ids",
    "tags",
    "take",
    "update_source",
    "value",
];

/// A key or code that is made of known words alone; others are told to be there, and not repeated.
#[must_use]
pub fn key(text: &str) -> String {
    let mut words =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let is_short = text.len() <= 80 && words.peek().is_some();
    let is_known = |word: &str| OF_KEYS.contains(&word.to_ascii_lowercase().as_str());
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte));
    if is_short && is_plain && words.all(is_known) {
        text.trim().to_owned()
    } else {
        "another key".to_owned()
    }
}

/// Adds the names of known fields that a text speaks of, written as one word or as two.
pub fn add_fields(text: &str, found: &mut Vec<&'static str>) {
    // Far more than a message has: a body of megabytes is not walked through.
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<String> = words.filter(|word| !word.is_empty()).take(400).map(letters).collect();
    for (at, word) in words.iter().enumerate() {
        let pair = words.get(at + 1).map(|next| format!("{word}{next}"));
        for told in pair.iter().chain([word]) {
            if let Some(field) = FIELDS.iter().copied().find(|field| letters(field) == *told)
                && !found.contains(&field)
            {
                found.push(field);
            }
        }
    }
}

/// How a word is compared: without case and underscores, as far as a field is long.
fn letters(word: &str) -> String {
    let letters = word.chars().filter(|c| *c != '_').take(40);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Keys and fields in words; `otherwise` where there are none.
#[must_use]
pub fn told(keys: &[String], fields: &[&str], otherwise: &str) -> String {
    match (keys, fields) {
        ([], []) => otherwise.to_owned(),
        (keys, []) => keys.join(", "),
        ([], fields) => format!("{otherwise} about {}", fields.join(", ")),
        (keys, fields) => format!("{} about {}", keys.join(", "), fields.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_keys_and_fields_stay_and_nothing_else() {
        for known in [
            "contacts.api.validation.error",
            "reportingsvc.not_found.invalid_path_param.campaign_ids.",
            "invalid_grant",
            "VALIDATION_FAILED",
            "quota_exceeded",
        ] {
            assert_eq!(key(known), known);
        }
        for other in ["", "dana", "contacts.dana", "k3x-secret", "required@example.org", &"error.".repeat(40)]
        {
            assert_eq!(key(other), "another key", "{other}");
        }
        let mut found = Vec::new();
        add_fields("model.FirstName: 'Dana Lee, 5 Elm Street' LASTNAME email_address k3x-secret", &mut found);
        assert_eq!(found, ["first_name", "street", "last_name", "email_address"]);
        let mut found = Vec::new();
        add_fields("last name is required", &mut found);
        assert_eq!(found, ["last_name", "name"]);
        assert_eq!(told(&["conflict".to_owned()], &["email"], "JSON"), "conflict about email");
        assert_eq!(told(&[], &[], "an empty body"), "an empty body");
    }

    proptest! {
        #[test]
        fn no_word_of_a_text_passes_that_is_not_on_a_list(text in "\\PC{0,80}") {
            let mut found = Vec::new();
            add_fields(&text, &mut found);
            prop_assert!(found.iter().all(|field| FIELDS.contains(field)));
            let kept = key(&text);
            let mut words = kept.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            prop_assert!(kept == "another key" || words.all(|word| OF_KEYS.contains(&word.to_ascii_lowercase().as_str())));
        }
    }
}
