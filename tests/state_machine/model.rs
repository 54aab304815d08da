//! A plain model of the rules of consent, written from `docs/RULES.md` and from nothing of Tandem's code: what happened to
//! a person, and what must therefore be so in the end. Times are whole seconds: the same second proves nothing (P3).

/// The last second of the day of a moment, which is the account's own: it ends 12 hours after the UTC day at the latest. A deletion
/// is dated by the day.
fn end_of_day(at: i64) -> i64 {
    at - at.rem_euclid(86_400) + 86_399 + 12 * 3_600
}

/// What made an opt-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An unsubscribe or complaint in Constant Contact (P1, P4).
    Unsubscribed,
    /// A deletion there (D1).
    Deleted,
    /// Mail to this address came back (P4).
    Bounced(String),
    /// Staff, in Virtuous (P1).
    Staff,
    /// Staff, on this contact and of another subscriber, before this one took the address over. It speaks of this one only if that is the
    /// contact that it is linked to: an opt-out stays with its person, who may have another address by then (P6).
    StaffBefore(i64),
}

/// An opt-out that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOut {
    pub at: i64,
    pub by: By,
    /// It stood while everything was seen. One that was taken back before anybody could look may never be known.
    pub seen: bool,
}

impl Log {
    /// What happened, as a contact shows it.
    pub fn at(&self, contact: i64) -> Self {
        let mut log = self.clone();
        log.outs.retain(|out| !matches!(out.by, By::StaffBefore(on) if on != contact));
        for out in log.outs.iter_mut().filter(|out| matches!(out.by, By::StaffBefore(_))) {
            out.by = By::Staff;
        }
        log
    }
}

impl OptOut {
    fn latest(&self) -> i64 {
        if self.by == By::Deleted { end_of_day(self.at) } else { self.at }
    }
}

/// What may be said of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Mailable,
    Unsubscribed,
    /// Unconfirmed, on hold, not set.
    Silent,
}

/// What Constant Contact has of a person now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub said: Said,
    /// When the person opted in, as far as that is evidence: explicit, or by the person.
    pub proof: Option<i64>,
    /// When anybody opted them in.
    pub said_at: Option<i64>,
    /// In small letters.
    pub address: String,
    pub deleted: bool,
    pub named: bool,
    /// Names of the lists that still are.
    pub lists: Vec<String>,
}

/// What happened to a person.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub outs: Vec<OptOut>,
    /// When staff opted them in again in Virtuous.
    pub staff_ins: Vec<i64>,
    /// Constant Contact has shown them as mailable at least once.
    pub was_mailable: bool,
    /// All addresses that they ever had there, in small letters.
    pub addresses: Vec<String>,
    /// The dates of every evidence of an opt-in that Constant Contact ever showed.
    pub proofs: Vec<i64>,
}

/// What the opt-in of a person's address must be in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptIn {
    Must(bool),
    /// It hangs on what could be seen when, or on staff's own word.
    Either,
}

/// An event's standing against the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Against {
    Beaten,
    Stands,
    /// By a day's date alone nobody can tell.
    Unclear,
}

fn against(out: &OptOut, proof: Option<i64>) -> Against {
    match proof {
        Some(proof) if proof > out.latest() => Against::Beaten,
        Some(proof) if proof > out.at => Against::Unclear,
        _ => Against::Stands,
    }
}

/// Whether an opt-out speaks of the address of now: mail that came back from a former one does not block it (P6).
fn concerns(out: &OptOut, record: &Record) -> bool {
    !matches!(&out.by, By::Bounced(address) if *address != record.address)
}

/// Whether Constant Contact says that the person is out, now (P1, P4, D1). Nobody there any more is a deletion.
pub fn is_out(record: Option<&Record>, log: &Log) -> bool {
    let Some(record) = record else { return true };
    let bounced = |out: &OptOut| {
        matches!(&out.by, By::Bounced(address) if *address == record.address)
            && against(out, record.proof) == Against::Stands
    };
    record.deleted || record.said == Said::Unsubscribed || log.outs.iter().any(bounced)
}

/// Whether the proof of now is newer than every opt-out (P3).
pub fn is_proved(record: &Record, log: &Log) -> bool {
    record.said == Said::Mailable
        && record.proof.is_some()
        && log.outs.iter().all(|out| against(out, record.proof) == Against::Beaten)
}

/// Whether staff opted the person in after the last opt-out: their word stands until a person decides (P5).
pub fn staff_stand(log: &Log) -> bool {
    let last = log.outs.iter().map(|out| out.at).max();
    log.staff_ins.iter().max().is_some_and(|at| last.is_none_or(|last| *at >= last))
}

/// What the opt-in must be.
pub fn opt_in(record: Option<&Record>, log: &Log) -> OptIn {
    if staff_stand(log) {
        return OptIn::Either;
    }
    if is_out(record, log) {
        return OptIn::Must(false);
    }
    let Some(record) = record else { return OptIn::Must(false) };
    if log.outs.is_empty() {
        return if record.said == Said::Mailable { OptIn::Must(true) } else { OptIn::Either };
    }
    if is_proved(record, log) {
        return OptIn::Must(true);
    }
    // What was answered by evidence is answered, whatever Constant Contact shows of that person later.
    let answered =
        |out: &OptOut| log.proofs.iter().any(|proof| against(out, Some(*proof)) == Against::Beaten);
    let stands = |out: &OptOut| {
        concerns(out, record)
            && !answered(out)
            && against(out, record.proof) == Against::Stands
            && (out.seen || out.by == By::Staff)
    };
    if log.outs.iter().any(stands) { OptIn::Must(false) } else { OptIn::Either }
}

/// Whether somebody may be opted in by Tandem now: with proof newer than every opt-out (P3), or where there never was one
/// (C5, what an import set).
pub fn may_be_raised(record: Option<&Record>, log: &Log) -> bool {
    let Some(record) = record else { return false };
    !is_out(Some(record), log)
        && record.said == Said::Mailable
        && log
            .outs
            .iter()
            .filter(|out| concerns(out, record))
            .all(|out| against(out, record.proof) == Against::Beaten)
}

/// Whether a proof that was shown once beat every opt-out that could be seen: where reads lag, Tandem may act on it a moment too late.
pub fn was_proved(log: &Log) -> bool {
    let beats = |proof: &i64| {
        let seen = log.outs.iter().filter(|out| out.seen);
        seen.map(|out| against(out, Some(*proof))).all(|against| against == Against::Beaten)
    };
    log.proofs.iter().any(beats)
}

/// Whether staff's opt-out must have reached Constant Contact (P1): it is the last word on either side.
pub fn must_be_told(record: &Record, log: &Log) -> bool {
    let Some(last) = log.outs.iter().max_by_key(|out| out.latest()) else { return false };
    last.by == By::Staff
        && !staff_stand(log)
        && !is_out(Some(record), log)
        && record.said == Said::Mailable
        && record.said_at.is_some_and(|said| said < last.at)
        && log.outs.iter().all(|out| out == last || against(out, record.proof) == Against::Beaten)
}

/// Whether consent may be for a person to decide (P3, P5).
pub fn may_be_for_review(record: Option<&Record>, log: &Log) -> bool {
    let open = |record: &Record| !log.outs.is_empty() && !is_proved(record, log);
    staff_stand(log) || !log.staff_ins.is_empty() || record.is_some_and(open)
}

/// Whether there must be a contact with the reference (C1 to C3).
pub fn must_be_there(record: Option<&Record>, log: &Log) -> bool {
    record.is_some_and(|record| {
        record.said == Said::Mailable
            && record.named
            && !is_out(Some(record), log)
            && (log.outs.is_empty() || is_proved(record, log))
    })
}
