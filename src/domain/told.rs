//! What an answer tells, and what it leaves out (E2).

use std::ops::{Deref, DerefMut};

/// A list as an answer tells it. What is absent, null or unreadable is not told, and may still be there (E2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    items: Vec<T>,
    whole: bool,
}

impl<T> Told<T> {
    /// A list that is told whole.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self { items, whole: true }
    }

    /// The readable elements of a list that has others.
    #[must_use]
    pub const fn partly(items: Vec<T>) -> Self {
        Self { items, whole: false }
    }

    /// Whether an element that is not here is not there.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}

/// Not told at all.
impl<T> Default for Told<T> {
    fn default() -> Self {
        Self::partly(Vec::new())
    }
}

impl<T> Deref for Told<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.items
    }
}

/// What is told may change; what is left out stays so.
impl<T> DerefMut for Told<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.items
    }
}

impl<T, U: Into<T>> From<Vec<U>> for Told<T> {
    fn from(items: Vec<U>) -> Self {
        Self::whole(items.into_iter().map(Into::into).collect())
    }
}

impl<T> FromIterator<T> for Told<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::whole(items.into_iter().collect())
    }
}

impl<'a, T> IntoIterator for &'a Told<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// Parts of a contact of Virtuous that are told or not by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts(u8);

impl Parts {
    /// No part.
    pub const NONE: Self = Self(0);
    /// The tags.
    pub const TAGS: Self = Self(1);
    /// The custom fields.
    pub const FIELDS: Self = Self(2);
    /// The email methods, or the opt-in of a method.
    pub const METHODS: Self = Self(4);
    /// The references.
    pub const REFERENCES: Self = Self(8);
    /// Whether the contact is private.
    pub const STANDING: Self = Self(16);
    /// The other individuals.
    pub const NEIGHBOURS: Self = Self(32);

    const NAMED: [(Self, &'static str); 6] = [
        (Self::TAGS, "tags"),
        (Self::FIELDS, "custom fields"),
        (Self::METHODS, "email methods"),
        (Self::REFERENCES, "references"),
        (Self::STANDING, "whether it is private"),
        (Self::NEIGHBOURS, "other individuals"),
    ];

    /// The parts as the store keeps them.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The parts that the store kept so.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of these are among them.
    #[must_use]
    pub const fn has(self, parts: Self) -> bool {
        self.0 & parts.0 == parts.0
    }

    /// The parts that both have.
    #[must_use]
    pub const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Takes parts away.
    pub const fn remove(&mut self, parts: Self) {
        self.0 &= !parts.0;
    }

    /// Adds parts.
    pub const fn add(&mut self, parts: Self) {
        self.0 |= parts.0;
    }

    /// Their names, for people.
    #[must_use]
    pub fn names(self) -> String {
        let named = Self::NAMED.iter().filter(|(part, _)| self.has(*part));
        named.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// What the readings of a contact left out (E2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Parts that the last reading did not tell.
    pub untold: Parts,
    /// Those of them that no reading has told yet: nothing is concluded from them.
    pub unknown: Parts,
    /// Readings in a row that left something out.
    pub readings: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e2_what_is_not_told_is_not_empty() {
        assert!(!Told::<u8>::default().is_whole());
        assert!(Told::<u8>::from(Vec::<u8>::new()).is_whole());
        let mut parts = Parts::NONE;
        parts.add(Parts::METHODS);
        parts.add(Parts::TAGS);
        assert!(parts.has(Parts::TAGS) && !parts.has(Parts::FIELDS));
        assert_eq!(parts.names(), "tags, email methods");
        assert_eq!(Parts::of_bits(parts.bits()), parts);
    }
}
