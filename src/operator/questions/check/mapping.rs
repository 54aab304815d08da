//! What the mapping needs and Virtuous does not have.

use super::{customer::CheckedCustomer, problem::Kind};
use crate::{
    domain::{CustomerRecord, CustomerRules, ReferenceData, VirtuousReferenceData},
    operator::{OperatorError, questions::poll},
    sync::Mapping,
};

impl CheckedCustomer<'_> {
    /// Types, tags, fields and query options that the mapping needs.
    pub(super) fn mapping(&mut self, reference: &ReferenceData, rules: &CustomerRules) {
        self.types(&reference.virtuous, rules);
        self.tags_and_fields(reference, rules);
        self.query_options(&reference.virtuous);
    }

    /// Has the service read the tags and fields at once where they are not what it knows: staff made a tag since, say (S4).
    pub(super) async fn hurry_tags(
        &self,
        record: &CustomerRecord,
        read: &VirtuousReferenceData,
    ) -> Result<(), OperatorError> {
        let store = self.context.deps.store.of(record.number);
        let data = store.reference_data()?;
        let known = &data.virtuous;
        if known.read_at.is_some() && (&known.tags, &known.fields) != (&read.tags, &read.fields) {
            poll::ask_for_tags(&store, self.context.now()).await?;
            if let Some(service) = &self.context.service {
                service.nudge(&record.id);
            }
        }
        Ok(())
    }

    fn types(&mut self, reference: &VirtuousReferenceData, rules: &CustomerRules) {
        let file = self.settings.file.display().to_string();
        let types = [
            ("mapping.contact_type", &rules.contact_type, &reference.contact_types),
            ("mapping.email_type", &rules.email_type, &reference.method_types),
            ("mapping.phone_type", &rules.phone_type, &reference.method_types),
        ];
        for (key, wanted, known) in types {
            if !known.is_empty() && !known.iter().any(|known| known.eq_ignore_ascii_case(wanted)) {
                let what = format!("Virtuous has no type \"{wanted}\"");
                let remedy = format!("set {key} in {file} to one of: {}", known.join(", "));
                self.add(Kind::Person, key, what, remedy);
            }
        }
    }

    fn tags_and_fields(&mut self, reference: &ReferenceData, rules: &CustomerRules) {
        let file = self.settings.file.display().to_string();
        let mapping = Mapping::new(reference, rules);
        for field in &mapping.unknown_fields {
            let what = format!("there is no custom field \"{field}\" (F1)");
            let remedy = format!("create it, or correct [mapping.fields] or mapping.lists in {file}");
            self.add(Kind::Person, "mapping.fields", what, remedy);
        }
        for tag in mapping.missing_tags() {
            let what = format!("the tag \"{tag}\" does not exist (S4)");
            let remedy = "create it in Virtuous, exactly so: the API cannot";
            self.add(Kind::Person, "virtuous: tags", what, remedy);
        }
        for tag in mapping.doubled_tags() {
            let what = format!("there are several tags \"{tag}\" (S4)");
            self.add(Kind::Person, "virtuous: tags", what, "delete or rename all but one in Virtuous");
        }
    }

    fn query_options(&mut self, reference: &VirtuousReferenceData) {
        let terms = &reference.query_terms;
        let queries = [
            (
                "modified since",
                terms.modified_since.is_none(),
                "changes by staff are then only seen by webhook (V2)",
            ),
            ("id above", terms.id_above.is_none(), "the first reading then goes page by page (I2)"),
        ];
        for (what, missing, remedy) in queries {
            if missing {
                let what = format!("the query options of Virtuous offer no \"{what}\"");
                self.add(Kind::Other, "virtuous: query", what, remedy);
            }
        }
    }
}
