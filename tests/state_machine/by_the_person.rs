//! What people do in Constant Contact, and what happens to their subscriptions there.

use serde_json::json;

use crate::{
    history::{Edit, Evidence},
    model::{By, Said},
    running::Running,
};

impl Running {
    /// What happens to a subscriber in Constant Contact; nothing if there is no sense in it.
    pub fn by_the_person(&mut self, number: usize, edit: &Edit) {
        let Some(record) = self.record(&self.people[number]) else { return };
        let id = self.people[number].id.clone().unwrap();
        let living = !record.deleted;
        let on = |list: usize| record.lists.iter().any(|name| name == self.lists[list].name());
        match *edit {
            Edit::Unsubscribe(_) if living && record.said != Said::Unsubscribed => {
                self.cc("unsubscribe", &json!({"contact": id}));
                self.out(number, By::Unsubscribed);
            }
            Edit::Complain(_) if living && record.said != Said::Unsubscribed => {
                self.cc("complain", &json!({"contact": id}));
                self.out(number, By::Unsubscribed);
                self.people[number].noted += 1;
            }
            Edit::Resubscribe(_, evidence) if living => {
                let proof = match evidence {
                    Evidence::Confirmed => "confirmed",
                    Evidence::Asked => "asked",
                    Evidence::Staff => "staff",
                    Evidence::Nothing => "nothing",
                };
                self.cc("resubscribe", &json!({"contact": id, "proof": proof}));
            }
            Edit::Delete(_) if living => {
                self.cc("delete", &json!({"contact": id}));
                self.out(number, By::Deleted);
                self.people[number].noted += 1;
            }
            Edit::Erase(_) => {
                self.cc("erase", &json!({"contact": id}));
                self.out(number, By::Deleted);
                self.people[number].noted += 1;
            }
            Edit::Revive(_) if !living => self.cc("revive", &json!({"contact": id})),
            Edit::Hold(_) if living && record.said == Said::Mailable => {
                self.cc("permission", &json!({"contact": id, "permission": "temp_hold"}));
            }
            Edit::Release(_) if living && record.said == Said::Silent => {
                self.cc("permission", &json!({"contact": id, "permission": "implicit"}));
            }
            Edit::Join(_, list)
                if living && record.said != Said::Unsubscribed && !self.lists[list].deleted && !on(list) =>
            {
                self.cc("move-lists", &json!({"contact": id, "add": [self.lists[list].name()]}));
            }
            Edit::Leave(_, list) if living && !self.lists[list].deleted && on(list) => {
                self.cc("move-lists", &json!({"contact": id, "remove": [self.lists[list].name()]}));
            }
            Edit::Email(_, to, upper) if living => {
                let to = self.people[number].address(to, upper);
                let is_another = !record.address.eq_ignore_ascii_case(&to);
                let is_known = self.world().subject(&id).is_some();
                // Where reads lag, either address may be the first that is seen: the edit is left out.
                let is_told = is_known || !self.lags;
                if !is_another || is_told && self.is_free(&to) {
                    if is_another && !is_known {
                        // Nobody ever saw the former address: what staff have of it says nothing of this person.
                        let log = &mut self.people[number].log;
                        log.outs.retain(|out| !matches!(out.by, By::Staff | By::StaffBefore(_)));
                        log.addresses.clear();
                    }
                    self.cc("email", &json!({"contact": id, "email": to}));
                }
            }
            Edit::Bounce(_, code) if living && record.said == Said::Mailable => {
                self.cc("bounce", &json!({"contact": id, "code": code.to_string()}));
                if code != 'V' {
                    self.out(number, By::Bounced(record.address));
                    self.people[number].noted += 1;
                }
            }
            Edit::Rename(_) if living => {
                self.cc("edit", &json!({"contact": id, "first_name": "Sam", "last_name": "Other"}));
            }
            _ => {}
        }
    }
}
