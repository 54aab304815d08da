//! The rules of docs/RULES.md in plain words, for people who read a rule's number and want to know what it means for them.

/// A rule in plain words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// Its number in docs/RULES.md.
    pub rule: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// What Tandem does, and what a person can do.
    pub text: &'static str,
}

/// The explanation of a rule, whatever the case of its letter.
#[must_use]
pub fn explain(rule: &str) -> Option<&'static Explained> {
    EXPLAINED.iter().find(|known| known.rule.eq_ignore_ascii_case(rule.trim()))
}

/// The rules that a wrong number may have meant: those of its letter, else those of its digit; all, if it has neither.
#[must_use]
pub fn near(rule: &str) -> Vec<&'static str> {
    let rule = rule.trim().to_ascii_uppercase();
    let all = || EXPLAINED.iter().map(|known| known.rule);
    let of_letter: Vec<_> = all().filter(|known| rule.starts_with(&known[..1])).collect();
    let of_digit = || all().filter(|known| rule.ends_with(&known[1..])).collect::<Vec<_>>();
    let near = if of_letter.is_empty() { of_digit() } else { of_letter };
    if near.is_empty() { all().collect() } else { near }
}

macro_rules! explained {
    ($($rule:ident $title:literal $text:literal)*) => {
        /// Every rule, in the order of docs/RULES.md.
        pub const EXPLAINED: &[Explained] =
            &[$(Explained { rule: stringify!($rule), title: $title, text: $text }),*];
    };
}

explained! {
    E1 "A write counts once it has been seen"
    "Virtuous may show a change half an hour late. What Tandem wrote counts once a reading has shown it; until then a reading that still shows the old value is late, and nobody's wish. The contact is read again after 1, 5 and 30 minutes. Nothing is to be done."
    E2 "What an answer leaves out is unknown, not empty"
    "If a system leaves a part of a contact out of its answer, Tandem keeps what it knew of that part. A missing list of tags never means that there are no tags. Nothing is to be done, unless `tandem check` names a contact that cannot be read."
    E3 "The same write again and again waits"
    "Some fields come back in another form than they were sent in; Tandem takes that form as agreed. If the same write for the same person is due a third time within a day, the tries wait longer each time, up to a day. An opt-out waits 6 minutes at most. If this shows for many people, look for another tool that writes the same fields."
    E4 "Only an answer of the API decides anything"
    "A page of a proxy, a redirect or a time-out says nothing about a person, a key or a customer: Tandem waits and tries again. If it lasts, check the addresses in tandem.toml and the network."
    E5 "Tandem's own opt-out is never taken for staff's"
    "Tandem remembers which opt-outs in Virtuous it wrote itself, also after its store was lost, by the notes that it left. So they are never sent back to Constant Contact as if staff had made them. Where a note and an opt-out do not fit together, a person is asked whose it is."
    I1 "A person is the contact id of Constant Contact"
    "Tandem tells people apart by the contact id of Constant Contact, not by the address, which may change. The contact in Virtuous carries that id as a reference."
    I2 "How a person is found in Virtuous"
    "First by the reference, then by the address. If one contact has the address, it is linked. If several have it, a person chooses: `tandem work CUSTOMER accept ID --contact NUMBER`. An opt-out goes to all of them meanwhile."
    I3 "Merged, archived, private or deleted in Virtuous"
    "A merged contact is followed to where it went. An archived or private one gets opt-outs and nothing else. If a contact is gone, Tandem looks for another with the reference or address; if there is none, a person is asked, and none is made again."
    I4 "Several subscribers in one household"
    "Several subscribers may belong to one contact of Virtuous. Consent and address belong to the individual; tags, fields and notes to the household. A tag stays as long as anybody of the household is on the list."
    I5 "A customer is one account and one organisation"
    "The account of Constant Contact and the organisation of Virtuous that a customer had first are kept and compared. Another one is refused or pauses the customer, so that no data goes to the wrong organisation. If the change is meant: `tandem customer rebind CUSTOMER`."
    C1 "Who gets a contact in Virtuous"
    "Only people who may be mailed: with a permission, with an address, not deleted, and on a selected list if `mapping.only_lists` names some. Others are left out until that changes."
    C2 "Who is not created"
    "People who have not confirmed yet, or whose permission is unset or on hold, wait. Unsubscribed and deleted people are never created; if Virtuous has them already they still get the opt-out."
    C3 "People without a name"
    "Virtuous needs a name. Without one a person is held, or created with the placeholder of `mapping.nameless`. Add the name in Constant Contact, or set a placeholder in the customer's file."
    C4 "New contacts go through Virtuous' nightly import"
    "Tandem sends new people as rows of an import, which Virtuous runs at night. Nothing is written before `tandem import CUSTOMER start`, and at most one row of a person is under way."
    C5 "The opt-in that an import sets is not consent"
    "Virtuous' import sets the opt-in as it likes. As soon as the new contact is there, Tandem brings its opt-in to what consent says, before anything else. If it cannot be told whether the import or staff set it, a person decides."
    P1 "An opt-out goes to the other side"
    "Unsubscribed in Constant Contact: opted out in Virtuous. Opted out by staff in Virtuous: unsubscribed in Constant Contact, after both were read again. A refused opt-out is tried every hour, and is shown as failed meanwhile."
    P2 "An opt-out reaches every place of the address"
    "Opting out covers every email method with the address, of everybody in the linked contact and of every contact that has it. Opting in covers the linked person's only, and not while another subscriber with that address is opted out."
    P3 "Opting in again needs proof"
    "A person who is opted out on one side is opted in again only if Constant Contact shows a proof that is newer than every opt-out: a date at which the person signed up. A bare \"active\" is none, and then a person decides: `accept` opts in, `drop` leaves it. For somebody who never was opted out, that there is no proof is quite ordinary."
    P4 "Bounces and complaints"
    "Hard bounces, soft bounces and complaints each opt out, add a note, or do nothing, as `[consent]` of the customer's file says. The default is to opt out."
    P5 "Opted in by staff, but unsubscribed in Constant Contact"
    "Nothing is changed on either side; a person decides. `accept` puts the opt-out back, `drop` leaves the difference, `confirm` has Constant Contact send its one confirmation email, whose answer is proof."
    P6 "A changed address"
    "A new address in Constant Contact replaces the old one in Virtuous, and consent stays with the person. If another contact of Virtuous has the new address, a person decides: merge the two in Virtuous, or `drop`."
    P7 "Opted out in Virtuous since the address was added"
    "Such an opt-out is the organisation's default and no person's doing, so Constant Contact is not told. The customer is asked once for all of these people; set `consent.untouched` in its file to \"leave\" or \"opt_out\"."
    S1 "A list is a tag"
    "Being on a list of Constant Contact means a tag with its name in Virtuous, such as \"CC: Newsletter\". By choice all names stand in one custom field instead (`mapping.lists`)."
    S2 "Only Tandem's tags are touched"
    "Tandem puts on, takes off and reads only tags that it put on itself or that carry the prefix and name of a mapped list. Tags of other names are the organisation's own."
    S3 "Renamed and deleted lists"
    "A list that is renamed: the new tag goes on, then the old one off. A list that is deleted: its tag comes off, and if that is many people, the brake asks first (B1)."
    S4 "Tags that are missing or doubled"
    "Virtuous' API cannot make a tag. People who are linked wait until staff create it, exactly as `tandem work CUSTOMER` writes it; `tandem poll CUSTOMER` then reads the tags at once. If two tags have one name, choose: `tandem work CUSTOMER accept NAME --tag ID`."
    S5 "Tags that staff put on or take off"
    "A mapped tag that staff put on or take off changes the list in Constant Contact, never for somebody who is unsubscribed or deleted there. If both sides changed to opposite meanings, Constant Contact wins, and the timeline says so."
    S6 "Tags of Constant Contact"
    "They map like lists, with their own prefix and one way only, if `mapping.cc_tags` is on."
    F1 "Custom fields"
    "A custom field of Constant Contact goes to the field of the same name, or to the one that `[mapping.fields]` names. A value that does not fit, such as a word in a number field, is told and left alone."
    F2 "Name, phone and address belong to the CRM"
    "They are sent when the contact is created, and later only if `mapping.profile = \"transaction\"`. Nothing is ever cleared."
    D1 "Deleted in Constant Contact"
    "A person who is deleted there is opted out in Virtuous, with a note that says when and how it was found. The contact in Virtuous stays."
    D2 "Nobody is deleted because a reading ended early"
    "That somebody is gone is concluded only from a reading of the whole account whose count fits, and after a second look."
    D3 "Back in Constant Contact after a deletion"
    "The ordinary rules hold again; opting in needs proof (P3)."
    N1 "A note is written once"
    "Notes say what happened, when, and where Tandem learnt it. Each carries a marker that is searched for before a second try, so that none appears twice."
    B1 "The brake"
    "If many people would be opted out after deletions, lose a tag, or be unsubscribed in Constant Contact at once, these writes wait for a person; all else goes on. `tandem work CUSTOMER` says what it stops. If it is right: `tandem work CUSTOMER accept brake`. If not, put it right in Constant Contact and it lets go by itself. A person's own unsubscribe never waits."
    B2 "The dry run"
    "`tandem plan CUSTOMER` shows the whole plan with counts, reasons and examples, and writes nothing."
    B3 "A failure stays where it is"
    "One person's failure stops nobody else. Passing ones are tried again; refusals for good are shown by `tandem work CUSTOMER` as dead letters: mend the cause, then `retry`. A refused key or grant pauses its customer, is tried every 15 minutes, and goes on by itself once it is taken."
    B4 "A bug or a damaged value stays with its person or customer"
    "If Tandem cannot work out what to do for a person, it writes nothing for that person, shows it, and goes on with all others. Report it with the log."
    W1 "Readings overlap"
    "Each poll of Constant Contact begins 35 minutes before the last one ended, so that nothing falls between the two."
    W2 "Pages have to add up"
    "A reading of several pages must show as many people as the server counts; else it is read again, and then in smaller parts."
    W3 "What is read how often"
    "Changes, opt-outs, lists, counts, bounces and now and then the whole account, at the paces of the customer's file. A count that moved without a change starts a closer look. `tandem poll CUSTOMER` reads at once."
    W4 "The limits of Constant Contact"
    "Calls are spread so that the limits of a second and of a day are kept, with room left for opt-outs. When the day's calls are used up, everything waits until 00:00 UTC."
    W5 "Hints from Constant Contact"
    "A hint makes Tandem look at once and proves nothing by itself. However many come, they take a bounded share of the calls and never those that are kept for opt-outs."
    W6 "Opt-outs go first"
    "Whatever Tandem is doing, it looks between two calls whether an opt-out is due, and that goes next."
    W7 "A long reading keeps what it has"
    "A part that fails is tried again while the rest goes on. A contact that cannot be read is passed over, and `tandem check` says where it is."
    W8 "A wrong clock does no harm"
    "Times that a clock kept while it was ahead are taken as now, so that nothing waits for a date that is far away."
    V1 "Sent is not done"
    "A row that was sent counts once a reading of Virtuous shows the contact. It is looked up after 24 hours; after 72 a person is asked to look into Virtuous Imports, where somebody may have to run or review the import."
    V2 "What staff change in Virtuous is read every few hours"
    "Beside events, the contacts that changed are asked for, with a day of overlap. `tandem reconcile CUSTOMER` reads both sides whole."
    V3 "Both sides are read whole once a month"
    "This finds what no event, date or count shows. `reconcile_every` of the customer's file says how often."
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rule;

    #[test]
    fn every_rule_of_the_code_and_of_the_page_has_an_explanation() {
        let page = include_str!("../../docs/RULES.md");
        let ids: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("| **")?.split("**").next()).collect();
        let explained: Vec<&str> = EXPLAINED.iter().map(|known| known.rule).collect();
        assert_eq!(explained, ids, "in the order of the page");
        for rule in Rule::ALL {
            assert!(explain(rule.as_str()).is_some_and(|known| !known.text.is_empty()), "{rule}");
        }
    }

    #[test]
    fn a_rule_is_found_in_any_case_and_a_wrong_one_leads_to_near_ones() {
        assert_eq!(explain(" p3 ").map(|known| known.rule), Some("P3"));
        assert_eq!(explain("P9"), None);
        assert_eq!(near("n7"), ["N1"]);
        assert_eq!(near("X3"), ["E3", "I3", "C3", "P3", "S3", "D3", "B3", "W3", "V3"]);
        assert_eq!(near("rule"), EXPLAINED.iter().map(|known| known.rule).collect::<Vec<_>>());
    }

    #[test]
    fn no_explanation_names_a_rule_that_there_is_not() {
        for one in EXPLAINED {
            for part in one.text.split('(').skip(1).filter_map(|part| part.split(')').next()) {
                let is_number = part.len() == 2 && part.ends_with(|c: char| c.is_ascii_digit());
                assert!(!is_number || explain(part).is_some(), "{}: {part}", one.rule);
            }
        }
    }
}
