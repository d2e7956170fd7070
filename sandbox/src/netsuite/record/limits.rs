//! How many characters a text field holds.
//!
//! An assumption: the record schemas carry no lengths. These are the widths of the fields in the NetSuite
//! user interface; `Settings::text_limits` overrides them one by one.

/// Field name and its characters.
const LIMITS: &[(&str, usize)] = &[
    ("addr1", 150),
    ("addr2", 150),
    ("addr3", 150),
    ("addressee", 83),
    ("attention", 83),
    ("city", 50),
    ("state", 30),
    ("zip", 36),
    ("addrPhone", 32),
    ("addrText", 999),
    ("email", 254),
    ("phone", 32),
    ("firstName", 32),
    ("middleName", 32),
    ("lastName", 32),
    ("companyName", 83),
    ("entityId", 83),
    ("externalId", 255),
    ("label", 150),
    ("otherRefNum", 45),
    ("tranId", 45),
    ("checkNumber", 45),
    ("memo", 999),
    ("message", 999),
    ("description", 4000),
    ("taxDetailsReference", 100),
];

/// The limit of a field, without the account's own settings.
pub fn default_limit(field: &str) -> Option<usize> {
    let found = LIMITS.iter().find(|(name, _)| *name == field);
    found.map(|(_, limit)| *limit)
}
