//! What staff do in Virtuous.

use serde_json::json;

use crate::{
    history::{Edit, STAFF_TAGS},
    model::By,
    running::Running,
    world::HOPE,
};

impl Running {
    pub fn by_staff(&mut self, number: usize, edit: &Edit) {
        let Some(contact) = self.contact(&self.people[number]) else { return };
        let (id, now) = (contact.id, self.world().now());
        let own = &self.people[number].log.addresses;
        let methods: Vec<(i64, bool)> = contact
            .methods()
            .filter(|method| method.is_email() && own.iter().any(|known| method.has_address(known)))
            .map(|method| (method.id, method.opted_in))
            .collect();
        let set = |opted_in: bool, most: usize| {
            let fitting: Vec<_> = methods.iter().filter(|(_, is)| *is != opted_in).take(most).collect();
            let mut simulator = self.world().simulator();
            let organisation = simulator.virtuous.organisation_mut(HOPE).unwrap();
            fitting.iter().filter(|(method, _)| organisation.staff_set_opt_in(*method, opted_in, now)).count()
        };
        let tag_of = |list: usize| format!("CC: {}", self.lists[list].name());
        match *edit {
            Edit::StaffOptOut(_, all) => {
                if set(false, if all { usize::MAX } else { 1 }) > 0 && !self.is_fresh(number) {
                    let is_known = self.people[number].id.is_some();
                    for who in self.sharing(number) {
                        let before = is_known && self.people[who].id.is_none();
                        self.out(who, if before { By::StaffBefore(id) } else { By::Staff });
                    }
                }
            }
            Edit::StaffOptIn(_) => {
                if set(true, usize::MAX) > 0 {
                    for who in self.sharing(number) {
                        self.people[who].log.staff_ins.push(now.as_secs());
                    }
                }
            }
            Edit::StaffTag(_, tag) => {
                self.world()
                    .edit("virtuous/tag", &json!({"contact": id.to_string(), "tag": STAFF_TAGS[tag]}));
                self.staff_tags.entry(id).or_default().insert(STAFF_TAGS[tag]);
            }
            Edit::StaffUntag(_, tag) => {
                self.world()
                    .edit("virtuous/untag", &json!({"contact": id.to_string(), "tag": STAFF_TAGS[tag]}));
                self.staff_tags.entry(id).or_default().remove(STAFF_TAGS[tag]);
            }
            Edit::StaffTagsList(_, list) => {
                self.world().edit("virtuous/tag", &json!({"contact": id.to_string(), "tag": tag_of(list)}));
            }
            Edit::StaffUntagsList(_, list) => {
                self.world().edit("virtuous/untag", &json!({"contact": id.to_string(), "tag": tag_of(list)}));
            }
            _ => {}
        }
    }
}
