//! The routes. Paths are case-sensitive; what is not listed is 404, as are the endpoints that only recipes name
//! (`Tag/Bulk`, `ContactNote/Bulk`, `Health`; sections 1, 6 and 8) and anything that would delete a contact.

mod conditions;
mod contacts;
mod individuals;
mod methods;
mod notes;
mod query;
mod query_options;
mod references;
mod router;
mod setup;
mod submit;
mod tags;
mod webhooks;

pub(super) use router::find;
