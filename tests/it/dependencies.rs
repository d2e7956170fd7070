//! What is linked: deny.toml's licences, bans and sources, held also where cargo-deny is not installed.

use std::collections::BTreeSet;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    /// Absent: a member of this workspace.
    source: Option<String>,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        // A crate for another system may not be on this machine.
        .args(["--filter-platform", "host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    metadata.packages
}

/// Crates that name their licence by its text only, as it was read. cargo-deny reads it itself.
const BY_TEXT: [(&str, &str); 1] = [("jsonpath-rust", "MIT")];

impl Package {
    fn licence(&self) -> &str {
        let by_text = BY_TEXT.iter().find(|(name, _)| *name == self.name);
        match (&self.license, by_text) {
            (Some(license), _) => license,
            (None, Some((_, license))) => license,
            (None, None) => "none",
        }
    }
}

fn deny() -> toml::Table {
    include_str!("../../deny.toml").parse().unwrap()
}

fn texts<'t>(list: &'t toml::Value, key: Option<&str>) -> BTreeSet<&'t str> {
    let items = list.as_array().unwrap().iter();
    items
        .map(|item| key.map_or(item, |key| &item[key]).as_str().unwrap())
        .collect()
}

/// Whether a licence can be chosen that is allowed: `A OR B` needs one, `A AND B` needs both.
fn is_allowed(license: &str, allowed: &BTreeSet<&str>) -> bool {
    let license = license.replace('/', " OR ").replace(['(', ')'], " ");
    let needed = license.split(" AND ").map(|choice| {
        let mut choices = choice.split(" OR ").map(str::trim);
        choices.any(|one| allowed.contains(one))
    });
    needed.into_iter().all(|one| one)
}

#[test]
fn every_licence_is_one_we_may_link() {
    let deny = deny();
    let allowed = texts(&deny["licenses"]["allow"], None);
    let refused: Vec<String> = packages()
        .into_iter()
        .filter(|package| !is_allowed(package.licence(), &allowed))
        .map(|package| format!("{}: {}", package.name, package.licence()))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn nothing_banned_and_nothing_from_elsewhere_is_linked() {
    let deny = deny();
    let banned = texts(&deny["bans"]["deny"], Some("name"));
    for package in packages() {
        assert!(!banned.contains(package.name.as_str()), "{}", package.name);
        let from = package.source.unwrap_or_else(|| "registry+".to_owned());
        assert!(from.starts_with("registry+"), "{}: {from}", package.name);
    }
}

#[test]
fn a_licence_of_two_parts_needs_both() {
    let allowed = ["MIT", "ISC"].into();
    assert!(is_allowed("MIT OR GPL-3.0", &allowed));
    assert!(is_allowed("(MIT OR GPL-3.0) AND ISC", &allowed));
    assert!(is_allowed("GPL-3.0/MIT", &allowed));
    assert!(!is_allowed("MIT AND GPL-3.0", &allowed));
}
