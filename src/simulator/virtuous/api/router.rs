//! The table of routes.

use super::{
    contacts, individuals, methods, notes, query, query_options, references, setup, submit, tags, webhooks,
};
use crate::{
    simulator::virtuous::{answer::Outcome, call::Call, organisation::Organisation},
    transport::Method,
};

/// One route: how it is counted, and what it does.
pub(crate) struct Route {
    method: Method,
    /// Segments after `/api`; `{id}` is a whole number, `{text}` anything.
    path: &'static [&'static str],
    /// The pattern as counted.
    pub(crate) pattern: &'static str,
    /// Whether it changes anything.
    pub(crate) write: bool,
    /// What it does.
    pub(crate) run: fn(&mut Organisation, &Call<'_>) -> Outcome,
}

macro_rules! route {
    ($method:ident read $pattern:literal [$($segment:literal),+] $run:path) => {
        Route { method: Method::$method, path: &[$($segment),+], pattern: $pattern, write: false, run: $run }
    };
    ($method:ident write $pattern:literal [$($segment:literal),+] $run:path) => {
        Route { method: Method::$method, path: &[$($segment),+], pattern: $pattern, write: true, run: $run }
    };
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route!(Get read "/api/Organization/Current" ["Organization", "Current"] setup::current),
    route!(Get read "/api/Contact/Types" ["Contact", "Types"] setup::contact_types),
    route!(Get read "/api/ContactMethod/Types" ["ContactMethod", "Types"] setup::method_types),
    route!(Get read "/api/Contact/CustomFields" ["Contact", "CustomFields"] setup::contact_fields),
    route!(Get read "/api/ContactIndividual/CustomFields" ["ContactIndividual", "CustomFields"] setup::individual_fields),
    route!(Get read "/api/ContactNote/Types" ["ContactNote", "Types"] setup::note_types),
    route!(Get read "/api/Contact/QueryOptions" ["Contact", "QueryOptions"] query_options::contact),
    route!(Get read "/api/Tag" ["Tag"] tags::list),
    route!(Post read "/api/Tag/Search" ["Tag", "Search"] tags::search),
    route!(Post read "/api/Contact/Query" ["Contact", "Query"] query::abbreviated),
    route!(Post read "/api/Contact/Query/FullContact" ["Contact", "Query", "FullContact"] query::full),
    route!(Get read "/api/Contact/Find" ["Contact", "Find"] contacts::find),
    route!(Get read "/api/Contact/ByTag/{id}" ["Contact", "ByTag", "{id}"] query::by_tag),
    route!(Get read "/api/Contact/{id}" ["Contact", "{id}"] contacts::by_id),
    route!(Get read "/api/Contact/{referenceSource}/{referenceId}" ["Contact", "{text}", "{text}"] contacts::by_reference),
    route!(Put write "/api/Contact/{id}" ["Contact", "{id}"] contacts::update),
    route!(Post write "/api/Contact/Transaction" ["Contact", "Transaction"] submit::transaction),
    route!(Post write "/api/Contact/Batch" ["Contact", "Batch"] submit::batch),
    route!(Get read "/api/ContactIndividual/Find" ["ContactIndividual", "Find"] individuals::find),
    route!(Get read "/api/ContactIndividual/{id}" ["ContactIndividual", "{id}"] individuals::by_id),
    route!(Get read "/api/ContactIndividual/ByContact/{id}" ["ContactIndividual", "ByContact", "{id}"] individuals::by_contact),
    route!(Put write "/api/ContactIndividual/{id}" ["ContactIndividual", "{id}"] individuals::update),
    route!(Get read "/api/ContactMethod/{id}" ["ContactMethod", "{id}"] methods::by_id),
    route!(Post write "/api/ContactMethod" ["ContactMethod"] methods::create),
    route!(Put write "/api/ContactMethod/{id}" ["ContactMethod", "{id}"] methods::update),
    route!(Get read "/api/ContactTag/ByContact/{id}" ["ContactTag", "ByContact", "{id}"] tags::by_contact),
    route!(Post write "/api/ContactTag" ["ContactTag"] tags::apply),
    route!(Delete write "/api/ContactTag/{id}" ["ContactTag", "{id}"] tags::remove),
    route!(Post write "/api/ContactReference" ["ContactReference"] references::create),
    route!(Delete write "/api/ContactReference/{referenceSource}" ["ContactReference", "{text}"] references::remove),
    route!(Post write "/api/ContactNote" ["ContactNote"] notes::create),
    route!(Get read "/api/ContactNote/ByContact/{id}" ["ContactNote", "ByContact", "{id}"] notes::by_contact),
    route!(Post read "/api/ContactNote/Query" ["ContactNote", "Query"] notes::query),
    route!(Post write "/api/Webhook" ["Webhook"] webhooks::create),
    route!(Get read "/api/Webhook/{id}" ["Webhook", "{id}"] webhooks::by_id),
    route!(Put write "/api/Webhook/{id}" ["Webhook", "{id}"] webhooks::replace),
    route!(Delete write "/api/Webhook/{id}" ["Webhook", "{id}"] webhooks::remove),
    route!(Put write "/api/Webhook/{id}/Active" ["Webhook", "{id}", "Active"] webhooks::activate),
];

/// The route of a call, if there is one.
pub(crate) fn find(method: Method, segments: &[String]) -> Option<&'static Route> {
    let fits = |(pattern, segment): (&&str, &String)| match *pattern {
        "{id}" => segment.parse::<i64>().is_ok(),
        "{text}" => !segment.is_empty(),
        literal => literal == segment,
    };
    ROUTES.iter().find(|route| {
        route.method == method
            && route.path.len() == segments.len()
            && route.path.iter().zip(segments).all(fits)
    })
}
