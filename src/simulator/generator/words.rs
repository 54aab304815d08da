//! Invented people are made of these.

pub(super) const FIRST: &[&str] = &[
    "Ada", "Aaron", "Bea", "Carlos", "Chloe", "Dana", "Deng", "Elena", "Ezra", "Fatima", "Frank", "Grace",
    "Hassan", "Helen", "Ines", "Ivan", "Joan", "José", "Kai", "Keiko", "Lars", "Lena", "Maria", "Miles",
    "Nadia", "Noah", "Olga", "Omar", "Priya", "Quinn", "Rosa", "Ruth", "Sam", "Sofia", "Tariq", "Tess",
    "Uma", "Victor", "Wanda", "Xavier", "Yara", "Zoë",
];

pub(super) const LAST: &[&str] = &[
    "Abbott", "Alvarez", "Baker", "Becker", "Castillo", "Chen", "Dalton", "Diaz", "Eriksen", "Evans",
    "Farouk", "Fischer", "Garcia", "Grant", "Haddad", "Hughes", "Ibarra", "Ito", "Jensen", "Jones", "Kaya",
    "Kim", "Lee", "Lopez", "Mbeki", "Moreau", "Nakamura", "Novak", "O'Brien", "Okafor", "Patel", "Perez",
    "Quist", "Reyes", "Rossi", "Silva", "Svensson", "Tran", "Turner", "Ueda", "Van Dyk", "Vargas", "Walsh",
    "Wong", "Young", "Zhang",
];

pub(super) const HOSTS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "post.example.org",
    "inbox.example.net",
];

pub(super) const CITIES: &[(&str, &str, &str)] = &[
    ("Springfield", "IL", "627"),
    ("Newark", "NJ", "071"),
    ("Austin", "TX", "787"),
    ("Denver", "CO", "802"),
    ("Portland", "OR", "972"),
    ("Madison", "WI", "537"),
    ("Tampa", "FL", "336"),
    ("Boise", "ID", "837"),
];

pub(super) const STREETS: &[&str] =
    &["Main St", "Oak Ave", "Maple Dr", "2nd St", "Park Blvd", "Hill Rd", "Lake View Ln", "Church St"];

/// Lists, and of how many percent of the mailable they are.
pub(super) const LISTS: [(&str, u8); 12] = [
    ("Newsletter", 82),
    ("Events", 34),
    ("Volunteers", 22),
    ("Donor Updates", 28),
    ("Gala 2026", 12),
    ("Youth Program", 9),
    ("Advocacy Alerts", 15),
    ("Monthly Giving", 8),
    ("Board & Friends", 2),
    ("Press", 1),
    ("Summer Camp", 6),
    ("Café Español", 4),
];

pub(super) const REASONS: &[&str] = &[
    "Too many emails",
    "No longer interested",
    "I never signed up",
    "Content not relevant",
    "Moved away",
    "Other",
];

pub(super) const STAFF_TAGS: &[&str] = &[
    "Major Donor",
    "Gala Guest",
    "Board Prospect",
    "Volunteer 2024",
    "Do Not Call",
    "Alumni",
    "Corporate",
    "Thank-a-thon",
];

pub(super) const PROGRAMS: [&str; 4] = ["Arts", "Education", "Environment", "Sports"];
pub(super) const INTERESTS: [&str; 5] = ["Animals", "Music", "Nature", "Reading", "Travel"];
pub(super) const HEARD: &[&str] =
    &["A friend", "Website", "Church", "Radio", "School; newsletter", "Event \"Open House\""];

/// Custom fields: label and type in Constant Contact.
pub(super) const FIELDS: [(&str, &str); 6] = [
    ("Favorite Program", "single_select"),
    ("Member Since", "date"),
    ("Household Size", "number"),
    ("Interests", "multi_select"),
    ("Volunteer", "boolean"),
    ("How Heard", "string"),
];
