//! What a system refuses a customer (B3).

/// A part of Constant Contact's API, as scopes and privileges part it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiPart {
    /// Contacts.
    Contacts,
    /// Lists.
    Lists,
    /// Custom fields.
    Fields,
    /// Tags.
    Tags,
    /// Activities.
    Activities,
    /// Campaigns and their reports.
    Reports,
    /// The account itself, and all else.
    Other,
}

impl ApiPart {
    /// All parts. A part's place is kept on disk: never changed.
    const ALL: [Self; 7] =
        [Self::Contacts, Self::Lists, Self::Fields, Self::Tags, Self::Activities, Self::Reports, Self::Other];
}

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The key, token or grant as a whole (401): any answer of the system takes it back.
    Access,
    /// The privilege to read a part (403): only another reading of that part says something of it.
    Reading(ApiPart),
    /// The privilege to write a part (403).
    Writing(ApiPart),
}

impl Refused {
    /// The place on disk and between threads. Never changed.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Access => 0,
            Self::Reading(part) => 1 + 2 * part as u8,
            Self::Writing(part) => 2 + 2 * part as u8,
        }
    }

    /// What has this place; an unknown one is the access as a whole.
    #[must_use]
    pub fn from_u8(place: u8) -> Self {
        let part = |place: u8| ApiPart::ALL.get(usize::from(place / 2)).copied();
        match place {
            0 => Self::Access,
            odd if odd % 2 == 1 => part(odd - 1).map_or(Self::Access, Self::Reading),
            even => part(even - 2).map_or(Self::Access, Self::Writing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_what_was_refused_has_a_place_of_its_own_on_disk() {
        let of_parts =
            ApiPart::ALL.into_iter().flat_map(|part| [Refused::Reading(part), Refused::Writing(part)]);
        for (place, refused) in std::iter::once(Refused::Access).chain(of_parts).enumerate() {
            assert_eq!(usize::from(refused.to_u8()), place);
            assert_eq!(Refused::from_u8(refused.to_u8()), refused);
        }
        assert_eq!(Refused::from_u8(200), Refused::Access);
    }
}
