//! Carries an edit out: lists, networks and operators here, people and staff beside.

use serde_json::json;
use tandem::simulator::faults::{ErrorBody, Fault, FaultKind, System};

use crate::{
    history::{Address, Edit, Trouble},
    running::{NAMES, Running},
};

impl Running {
    pub async fn edit(&mut self, edit: &Edit) {
        if edit.person().is_some_and(|who| who >= self.people.len()) {
            return;
        }
        match *edit {
            Edit::RenameList(list, _) | Edit::DeleteList(list) => self.outdate_wishes(None, Some(list)),
            Edit::Join(who, list) | Edit::Leave(who, list) => self.outdate_wishes(Some(who), Some(list)),
            Edit::StaffTagsList(who, list) | Edit::StaffUntagsList(who, list) => {
                if let Some(contact) = self.contact(&self.people[who]) {
                    self.wish(&contact, list, matches!(edit, Edit::StaffTagsList(..)));
                }
            }
            Edit::StaffTag(..) | Edit::StaffUntag(..) | Edit::StaffOptIn(_) => {}
            _ => {
                if let Some(who) = edit.person() {
                    self.outdate_wishes(Some(who), None);
                }
            }
        }
        match *edit {
            Edit::Trouble(in_cc, trouble, times) => self.trouble(in_cc, trouble, times),
            Edit::Panic(in_cc) => self.world().tripwire.arm(if in_cc { "/v3/contacts" } else { "/api/" }),
            Edit::Restart => {
                let world = self.world.take().unwrap();
                self.world = Some(world.restarted(&self.setup).await);
            }
            Edit::Nothing => {}
            Edit::RenameList(list, made) if !self.lists[list].deleted => {
                let count = self.lists[list].names.len();
                let (old, new) = (self.lists[list].name().to_owned(), format!("{} {count}", NAMES[list]));
                self.cc("rename-list", &json!({"list": old, "name": new}));
                if made {
                    self.world().control("virtuous/add-tag", &json!({"name": format!("CC: {new}")}));
                }
                self.lists[list].names.push(new);
            }
            Edit::DeleteList(list) if !self.lists[list].deleted => {
                self.cc("delete-list", &json!({"list": self.lists[list].name()}));
                self.lists[list].deleted = true;
            }
            Edit::RenameList(..) | Edit::DeleteList(_) => {}
            Edit::Subscribe(number) => {
                let first = self.people[number].address(Address::First, false);
                if self.people[number].id.is_none() && self.is_free(&first) {
                    self.add(number);
                }
            }
            Edit::StaffOptOut(number, _)
            | Edit::StaffOptIn(number)
            | Edit::StaffTag(number, _)
            | Edit::StaffUntag(number, _)
            | Edit::StaffTagsList(number, _)
            | Edit::StaffUntagsList(number, _) => self.by_staff(number, edit),
            Edit::Unsubscribe(number)
            | Edit::Complain(number)
            | Edit::Resubscribe(number, _)
            | Edit::Delete(number)
            | Edit::Erase(number)
            | Edit::Revive(number)
            | Edit::Hold(number)
            | Edit::Release(number)
            | Edit::Join(number, _)
            | Edit::Leave(number, _)
            | Edit::Email(number, ..)
            | Edit::Bounce(number, _)
            | Edit::Rename(number) => self.by_the_person(number, edit),
        }
        self.remember();
    }

    pub fn trouble(&mut self, in_cc: bool, trouble: Trouble, times: u32) {
        let kind = match trouble {
            Trouble::LostRequest => FaultKind::DropBefore,
            Trouble::LostAnswer => FaultKind::DropAfter,
            Trouble::Error => FaultKind::Status { status: 500, body: ErrorBody::Html },
            Trouble::Throttled => FaultKind::Throttled,
            Trouble::Malformed => FaultKind::Malformed,
            Trouble::Slow => FaultKind::Latency(90_000),
        };
        let system = if in_cc { System::ConstantContact } else { System::Virtuous };
        let reading = matches!(trouble, Trouble::Throttled | Trouble::Slow);
        for method in ["GET", "POST", "PUT", "DELETE"] {
            if reading || method != "GET" || in_cc {
                self.world().fault(Fault {
                    method: Some(method.to_owned()),
                    // A refresh whose answer is lost has lost its token for good, which is not what this is about.
                    path_prefix: if in_cc { "/v3".to_owned() } else { String::new() },
                    remaining: Some(times),
                    ..Fault::once(system, kind.clone())
                });
            }
        }
        self.troubled = true;
    }
}
