//! The keys of a customer's file.

use super::value::{Rows, Value};
use crate::{
    config::{
        customer::{
            BounceAction, BrakeSettings, ConsentSettings, CustomerConstantContact, CustomerSettings,
            CustomerVirtuous, ImportSettings,
        },
        duration::Every,
        mapping::{ListsAs, MappingSettings, Nameless, Profile},
    },
    domain::UntouchedPolicy,
};

/// Every key of a customer's file, in its order.
pub(super) fn rows(settings: &CustomerSettings) -> Rows {
    let CustomerSettings {
        id,
        name,
        time_zone,
        paused,
        shared_account,
        constant_contact,
        virtuous,
        mapping,
        consent,
        brake,
        import,
        file: _,
    } = settings;
    let mut rows = vec![
        ("id", Value::text(id.as_str())),
        ("name", Value::text(name)),
        ("time_zone", Value::text(time_zone.name())),
        ("paused", Value::any(paused)),
        ("shared_account", Value::any(shared_account)),
    ];
    rows.extend(of_constant_contact(constant_contact));
    rows.extend(of_virtuous(virtuous));
    rows.extend(of_mapping(mapping));
    rows.extend(of_consent(*consent));
    let BrakeSettings { share, floor } = brake;
    rows.extend([("brake.share", Value::any(share)), ("brake.floor", Value::any(floor))]);
    let ImportSettings { auto_start, window, calls_per_hour, batch_size } = import;
    rows.extend([
        ("import.auto_start", Value::any(auto_start)),
        ("import.window", Value::text(&window.to_string())),
        ("import.calls_per_hour", Value::any(calls_per_hour)),
        ("import.batch_size", Value::any(batch_size)),
    ]);
    rows
}

fn of_constant_contact(settings: &CustomerConstantContact) -> Rows {
    let CustomerConstantContact {
        refresh_token,
        poll_every,
        sweep_every,
        bounces_every,
        lists_every,
        webhook_token,
        webhook_secret,
    } = settings;
    let lists_every = match lists_every {
        Every::Polls(polls) => Value::text(&format!("{polls} polls")),
        Every::Time(every) => Value::duration(*every),
    };
    vec![
        ("constant_contact.refresh_token", Value::secret(refresh_token)),
        ("constant_contact.poll_every", Value::duration(*poll_every)),
        ("constant_contact.sweep_every", Value::duration(*sweep_every)),
        ("constant_contact.bounces_every", Value::duration(*bounces_every)),
        ("constant_contact.lists_every", lists_every),
        ("constant_contact.webhook_token", Value::secret(webhook_token)),
        ("constant_contact.webhook_secret", Value::secret(webhook_secret)),
    ]
}

fn of_virtuous(settings: &CustomerVirtuous) -> Rows {
    let CustomerVirtuous {
        api_key,
        webhook_token,
        webhook_secret,
        signature_header,
        calls_per_hour,
        reference_source,
        manage_webhook,
        query_every,
        reconcile_every,
        lookup_after,
        review_after,
    } = settings;
    let calls_per_hour =
        calls_per_hour.map_or_else(|| Value::Plain("that of tandem.toml".to_owned()), Value::any);
    vec![
        ("virtuous.api_key", Value::secret(api_key)),
        ("virtuous.webhook_token", Value::secret(webhook_token)),
        ("virtuous.webhook_secret", Value::secret(webhook_secret)),
        ("virtuous.signature_header", Value::text(signature_header)),
        ("virtuous.calls_per_hour", calls_per_hour),
        ("virtuous.reference_source", Value::text(reference_source)),
        ("virtuous.manage_webhook", Value::any(manage_webhook)),
        ("virtuous.query_every", Value::duration(*query_every)),
        ("virtuous.reconcile_every", Value::duration(*reconcile_every)),
        ("virtuous.lookup_after", Value::duration(*lookup_after)),
        ("virtuous.review_after", Value::duration(*review_after)),
    ]
}

fn of_mapping(settings: &MappingSettings) -> Rows {
    let MappingSettings {
        lists,
        tag_prefix,
        only_lists,
        cc_tags,
        cc_tag_prefix,
        contact_type,
        email_type,
        phone_type,
        nameless,
        profile,
        fields,
    } = settings;
    let lists = match lists {
        ListsAs::Tags => "tags".to_owned(),
        ListsAs::Field(name) => format!("field:{name}"),
    };
    let nameless = match nameless {
        Nameless::Hold => Value::text("hold"),
        Nameless::Placeholder { first, last } => {
            Value::Plain(format!("{{ first = {first:?}, last = {last:?} }}"))
        }
    };
    let profile = match profile {
        Profile::CreateOnly => "create_only",
        Profile::Transaction => "transaction",
    };
    let fields: Vec<String> = fields.iter().map(|(label, field)| format!("{label:?} = {field:?}")).collect();
    vec![
        ("mapping.lists", Value::text(&lists)),
        ("mapping.tag_prefix", Value::text(tag_prefix)),
        ("mapping.only_lists", Value::Plain(format!("{only_lists:?}"))),
        ("mapping.cc_tags", Value::any(cc_tags)),
        ("mapping.cc_tag_prefix", Value::text(cc_tag_prefix)),
        ("mapping.contact_type", Value::text(contact_type)),
        ("mapping.email_type", Value::text(email_type)),
        ("mapping.phone_type", Value::text(phone_type)),
        ("mapping.nameless", nameless),
        ("mapping.profile", Value::text(profile)),
        ("mapping.fields", Value::Plain(format!("{{{}}}", fields.join(", ")))),
    ]
}

fn of_consent(settings: ConsentSettings) -> Rows {
    let ConsentSettings { hard_bounce, soft_bounce, complaint, two_way, untouched } = settings;
    let action = |action| match action {
        BounceAction::OptOut => Value::text("opt_out"),
        BounceAction::Note => Value::text("note"),
        BounceAction::Ignore => Value::text("ignore"),
    };
    let untouched = match untouched {
        UntouchedPolicy::Ask => "ask",
        UntouchedPolicy::Leave => "leave",
        UntouchedPolicy::OptOut => "opt_out",
    };
    vec![
        ("consent.hard_bounce", action(hard_bounce)),
        ("consent.soft_bounce", action(soft_bounce)),
        ("consent.complaint", action(complaint)),
        ("consent.two_way", Value::any(two_way)),
        ("consent.untouched", Value::text(untouched)),
    ]
}
