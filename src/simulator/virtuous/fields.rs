//! Custom field definitions and what values they take (section 7).

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DataType {
    /// Any text.
    Text,
    /// Digits.
    Number,
    /// An ISO date.
    Date,
    /// `true` or `false`.
    Boolean,
    /// One of the options, exactly.
    Dropdown,
}

/// A custom field of contacts or of individuals.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldDefinition {
    /// The name that reads and writes use.
    pub name: String,
    /// The name that staff see.
    pub display_name: String,
    /// The type.
    pub data_type: DataType,
    /// The options of a dropdown.
    #[serde(default)]
    pub options: Vec<String>,
}

impl FieldDefinition {
    /// A field whose display name is its name.
    #[must_use]
    pub fn new(name: &str, data_type: DataType, options: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            display_name: name.to_owned(),
            data_type,
            options: options.iter().map(|&option| option.to_owned()).collect(),
        }
    }

    /// The type's name, as the docs write it or as old recordings do.
    #[must_use]
    pub const fn type_name(&self, old: bool) -> &'static str {
        match (self.data_type, old) {
            (DataType::Text, _) => "Text",
            (DataType::Number, false) => "Number",
            (DataType::Number, true) => "Text",
            (DataType::Date, false) => "Date",
            (DataType::Date, true) => "DateTime",
            (DataType::Boolean, _) => "Boolean",
            (DataType::Dropdown, false) => "Dropdown",
            (DataType::Dropdown, true) => "List",
        }
    }

    /// The value as it is stored, or none if the field does not take it. Empty clears.
    #[must_use]
    pub fn accept(&self, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() {
            return Some(String::new());
        }
        match self.data_type {
            DataType::Text => Some(value.to_owned()),
            DataType::Number => value.parse::<f64>().is_ok_and(f64::is_finite).then(|| value.to_owned()),
            // As writes have it (reference 7): what reads show, `4/23/2016` or `True`, is not taken back.
            DataType::Date if value.contains('/') => None,
            DataType::Date => Timestamp::parse(value).map(Timestamp::to_date),
            DataType::Boolean => match value {
                text @ ("true" | "false") => Some(text.to_owned()),
                _ => None,
            },
            DataType::Dropdown => self.options.iter().any(|o| o == value).then(|| value.to_owned()),
        }
    }

    /// The stored value as reads give it: the UI's writing (`True`, `4/23/2016`) or the stored one.
    #[must_use]
    pub fn show(&self, value: &str, as_shown: bool) -> String {
        if !as_shown {
            return value.to_owned();
        }
        match self.data_type {
            DataType::Boolean if value == "true" => "True".to_owned(),
            DataType::Boolean => "False".to_owned(),
            DataType::Date => Timestamp::parse(value)
                .map_or_else(|| value.to_owned(), |at| at.to_datetime().format("%-m/%-d/%Y").to_string()),
            _ => value.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_by_type() {
        let check = |data_type, value: &str, expect: Option<&str>| {
            let field = FieldDefinition::new("F", data_type, &["Arts", "Sport"]);
            assert_eq!(field.accept(value).as_deref(), expect, "{data_type:?} {value}");
        };
        check(DataType::Dropdown, "Arts", Some("Arts"));
        check(DataType::Dropdown, "arts", None);
        check(DataType::Dropdown, "", Some(""));
        check(DataType::Boolean, "true", Some("true"));
        check(DataType::Boolean, "True", None);
        check(DataType::Boolean, "yes", None);
        check(DataType::Number, "12", Some("12"));
        check(DataType::Number, "a dozen", None);
        check(DataType::Date, "2016-04-23", Some("2016-04-23"));
        check(DataType::Date, "4/23/2016", None);
        check(DataType::Date, "soon", None);
    }

    #[test]
    fn values_are_read_as_the_ui_shows_them() {
        let date = FieldDefinition::new("D", DataType::Date, &[]);
        assert_eq!(date.show("2016-04-23", true), "4/23/2016");
        assert_eq!(date.show("2016-04-23", false), "2016-04-23");
        let flag = FieldDefinition::new("B", DataType::Boolean, &[]);
        assert_eq!(flag.show("true", true), "True");
    }
}
