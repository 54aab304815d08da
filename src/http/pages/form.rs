//! The fields of a form.

/// The fields of a form, in their order.
pub type Fields = Vec<(String, String)>;

/// The value of a field; empty if it is not sent.
#[must_use]
pub fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str())
}
