//! Lists, tags and custom fields. Source: reference/constant-contact.md 5.

use serde::Deserialize;

use super::lenient::{Lenient, Text, wire};

/// Makes the envelope of a page. The items' field is required, since a page without it must not be read as an empty one;
/// an item that is no object reads as `None`.
macro_rules! page {
    ($(#[$doc:meta])* $name:ident { $field:ident: $item:ident }) => {
        $(#[$doc])*
        #[derive(Deserialize)]
        pub(in crate::constant_contact) struct $name<'a> {
            #[serde(borrow, deserialize_with = "super::reference_data::items")]
            pub(in crate::constant_contact) $field: Vec<Option<$item<'a>>>,
            #[serde(default, rename = "_links")]
            pub(in crate::constant_contact) links: Option<super::Links>,
        }
    };
}
pub(super) use page;

/// Reads a list whose odd items are told from the good ones.
pub(in crate::constant_contact) fn items<'de, D, T>(deserializer: D) -> Result<Vec<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Lenient<'de>,
{
    struct Item<T>(Option<T>);
    impl<'de, T: Lenient<'de>> Deserialize<'de> for Item<T> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::lenient(deserializer).map(Item)
        }
    }
    Ok(Vec::<Item<T>>::deserialize(deserializer)?.into_iter().map(|item| item.0).collect())
}

page! {
    /// `GET /contact_lists`.
    ListsPage { lists: ContactList }
}

wire! {
    /// A list.
    ContactList { list_id: Text<'a>, name: Text<'a>, deleted_at: Text<'a>, membership_count: Text<'a>, }
}

page! {
    /// `GET /contact_tags`.
    TagsPage { tags: Tag }
}

wire! {
    /// A tag.
    Tag { tag_id: Text<'a>, name: Text<'a>, }
}

page! {
    /// `GET /contact_custom_fields`.
    CustomFieldsPage { custom_fields: CustomField }
}

wire! {
    /// A custom field.
    CustomField {
        custom_field_id: Text<'a>,
        label: Text<'a>,
        name: Text<'a>,
        r#type: Text<'a>,
        choices: Vec<Choice<'a>>,
    }
}

wire! {
    /// An option of a select field. `choice_id` is a string or a number.
    Choice { choice_id: Text<'a>, choice_label: Text<'a>, }
}
