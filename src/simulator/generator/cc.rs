//! Putting the invented people into Constant Contact.

use super::{AccountSpec, people::Person, words};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::{
            AccountSeed, ContactSeed, EditError, FieldSeed, FieldValue, PhoneInput, Profile, Source,
            StreetInput,
        },
        ids::{Stamp, Uuid},
    },
};

/// Fills a new account; gives the contacts' ids in the order of `people`.
pub(super) fn fill(
    simulator: &mut Simulator,
    spec: &AccountSpec,
    people: &[Person],
    now: Timestamp,
) -> Result<Vec<Uuid>, EditError> {
    let cc = &mut simulator.constant_contact;
    let name = spec.account.as_str();
    let seed = AccountSeed {
        name: name.to_owned(),
        refresh_token: spec.refresh_token(),
        time_zone_id: spec.time_zone.clone(),
        ..AccountSeed::default()
    };
    cc.add_account(&seed, now)?;
    let old = now.minus(std::time::Duration::from_secs(10 * 365 * 86_400));
    let mut lists = Vec::new();
    for (list, _) in words::LISTS {
        lists.push(cc.add_list(name, list, old)?);
    }
    let mut fields = Vec::new();
    for (label, kind) in words::FIELDS {
        let choices: &[&str] = match kind {
            "single_select" => &words::PROGRAMS,
            "multi_select" => &words::INTERESTS,
            _ => &[],
        };
        let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
        let seed = FieldSeed { label: label.to_owned(), kind: kind.to_owned(), choices };
        fields.push(cc.add_custom_field(name, &seed, old)?);
    }
    people.iter().map(|person| cc.add_contact(name, seed_of(person, &lists, &fields), now)).collect()
}

/// A person as Constant Contact takes it.
pub(super) fn seed_of(person: &Person, lists: &[Uuid], fields: &[Uuid]) -> ContactSeed {
    let created = Stamp::at(person.created);
    let by = if person.by_form { Source::Contact } else { Source::Account };
    ContactSeed {
        email: person.email.clone(),
        permission: person.permission,
        opt_in_source: Some(by),
        opt_out_source: Some(if person.opted_out_by_staff { Source::Account } else { Source::Contact }),
        opt_out_date: person.opted_out.map(Stamp::at),
        opt_out_reason: person.reason.map(str::to_owned),
        profile: Profile {
            first_name: person.first.map(Into::into),
            last_name: person.last.map(Into::into),
            ..Profile::default()
        },
        create_source: Some(by),
        created_at: Some(created),
        deleted_at: person.deleted.map(Stamp::at),
        updated_at: person.deleted.map(Stamp::at),
        custom_fields: values(person, fields),
        phone_numbers: person
            .phone
            .iter()
            .map(|number| PhoneInput { phone_number: number.as_str().into(), kind: "mobile".into() })
            .collect(),
        street_addresses: person
            .home
            .iter()
            .map(|home| StreetInput {
                kind: "home".into(),
                street: Some(home.street.as_str().into()),
                city: Some(home.city.into()),
                state: Some(home.state.into()),
                postal_code: Some(home.postal.as_str().into()),
                country: Some("US".into()),
            })
            .collect(),
        lists: person.lists.iter().filter_map(|list| lists.get(*list).copied()).collect(),
        ..ContactSeed::default()
    }
}

/// Select types carry `choice_ids`, all others a text (reference 3.3).
fn values(person: &Person, fields: &[Uuid]) -> Vec<FieldValue> {
    let [program, since, size, interests, volunteer, heard] = fields else { return Vec::new() };
    let text = |field: &Uuid, value: String| FieldValue {
        custom_field_id: *field,
        value: Some(value.into()),
        choice_ids: Vec::new(),
    };
    let choice = |at: usize| format!("{:06}", at + 1).into_boxed_str();
    let answers = &person.answers;
    let mut values = Vec::new();
    if let Some(at) = answers.program {
        values.push(FieldValue { custom_field_id: *program, value: None, choice_ids: vec![choice(at)] });
    }
    values.extend(answers.since.map(|at| text(since, at.to_date())));
    values.extend(answers.size.map(|count| text(size, count.to_string())));
    if !answers.interests.is_empty() {
        let choice_ids = answers.interests.iter().map(|at| choice(*at)).collect();
        values.push(FieldValue { custom_field_id: *interests, value: None, choice_ids });
    }
    values.extend(answers.volunteer.map(|yes| text(volunteer, yes.to_string())));
    values.extend(answers.heard.map(|how| text(heard, how.to_owned())));
    values
}
