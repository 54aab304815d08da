//! Custom fields.

use serde::{Serialize, Serializer};

use crate::simulator::virtuous::{fields::FieldDefinition, form::Form, model::FieldValue};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldView<'a> {
    name: &'a str,
    value: Option<String>,
    display_name: &'a str,
    data_type: &'static str,
}

/// Every defined field; those without a value are null.
pub(super) struct FieldViews<'a> {
    pub(super) definitions: &'a [FieldDefinition],
    pub(super) values: &'a [FieldValue],
    /// As the UI shows them.
    pub(super) as_shown: bool,
    /// With the type names of old recordings.
    pub(super) old_names: bool,
    /// In these forms.
    pub(super) forms: &'a [Form],
}

impl Serialize for FieldViews<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { definitions, values, as_shown, old_names, forms } = *self;
        to.collect_seq(definitions.iter().enumerate().map(|(at, definition)| {
            let value = values.iter().find(|value| usize::from(value.field) == at);
            FieldView {
                name: &definition.name,
                value: value.map(|value| shown(definition, &value.value, as_shown, forms)),
                display_name: &definition.display_name,
                data_type: definition.type_name(old_names),
            }
        }))
    }
}

/// A value in the forms that concern it, else as the UI or the store has it.
fn shown(definition: &FieldDefinition, value: &str, as_shown: bool, forms: &[Form]) -> String {
    let plain = value.to_owned();
    let formed = forms.iter().fold(plain, |value, form| form.show(value, definition.data_type));
    if formed == value { definition.show(value, as_shown) } else { formed }
}
