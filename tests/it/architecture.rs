//! The tree is the architecture: lower modules never name higher ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest. A module names modules of lower layers only, so those side by side know nothing of each other.
const LAYERS: [&[&str]; 10] = [
    &["money", "event", "remote"],
    &["problem", "config", "postgres", "cli"],
    &[
        "plan",
        "journal",
        "link",
        "stamp",
        "database",
        "telemetry",
        "action",
    ],
    &["token", "exchange", "outbox"],
    &["shopify", "netsuite", "privacy"],
    &["connect"],
    &["inbound", "explain", "check", "flows"],
    &["sweep", "replay"],
    &["dispatch", "operator"],
    &["app"],
];

/// Past this, a file is two things.
const LONGEST_FILE: usize = 400;

/// Longer files, and why they are one thing all the same.
const LONG_FILES: [(&str, &str); 1] = [(
    "shopify/order_query.rs",
    "one query, whose fields are one structure",
)];

struct File {
    /// Below `src`.
    path: String,
    text: String,
}

impl File {
    /// The top-level module it belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    /// Its lines without comments and without the unit tests at its end.
    fn code(&self) -> String {
        let product = self
            .text
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default();
        let lines = product.lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        code.collect::<Vec<_>>().join("\n")
    }

    /// The top-level modules that it names: `crate::a`, and each of `crate::{a, b::c}`.
    fn names(&self) -> BTreeSet<String> {
        let code = self.code();
        code.split("crate::")
            .skip(1)
            .flat_map(first_segments)
            .collect()
    }
}

fn first_segments(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return vec![segment(path)];
    };
    let mut depth = 0_usize;
    let mut segments = vec![segment(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => segments.push(segment(&group[at + 1..])),
            _ => {}
        }
    }
    segments.retain(|name| !name.is_empty());
    segments
}

fn segment(path: &str) -> String {
    let path = path.trim_start();
    path.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn source() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.push(File { path, text });
            }
        }
    }
    assert!(files.len() > 10, "the source was not found");
    files
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn lower_modules_never_name_higher_ones() {
    let mut wrong = Vec::new();
    for file in source() {
        // The map, and the binary: they stand above all layers.
        if ["lib", "main", "commands"].contains(&file.module()) {
            continue;
        }
        let Some(own) = layer(file.module()) else {
            wrong.push(format!(
                "{}: give `{}` a place in LAYERS",
                file.path,
                file.module()
            ));
            continue;
        };
        for name in file.names() {
            if name != file.module() && layer(&name).is_some_and(|other| other >= own) {
                wrong.push(format!(
                    "{} names crate::{name}, which is not below it",
                    file.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_product_knows_nothing_of_the_sandbox() {
    for file in source() {
        assert!(!file.code().contains("sandbox::"), "{}", file.path);
    }
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert!(manifest["dependencies"].get("sandbox").is_none());

    let twins =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/sandbox/Cargo.toml")).unwrap();
    let twins: toml::Table = twins.parse().unwrap();
    assert!(twins["dependencies"].get("waybill").is_none());
}

#[test]
fn no_file_is_named_for_anything_at_all() {
    let vague = [
        "util", "utils", "common", "helper", "helpers", "manager", "misc", "shared",
    ];
    for file in source() {
        let parts = file.path.trim_end_matches(".rs").split('/');
        let named: Vec<&str> = parts.filter(|part| vague.contains(part)).collect();
        assert!(named.is_empty(), "{}", file.path);
    }
}

#[test]
fn a_file_says_first_what_it_is_and_is_one_thing() {
    let mut wrong = Vec::new();
    for file in source().iter().filter(|file| !file.is_test()) {
        if !file.text.starts_with("//! ") {
            wrong.push(format!("{} does not begin with //!", file.path));
        }
        let lines = file
            .text
            .split("#[cfg(test)]\nmod ")
            .next()
            .unwrap_or_default()
            .lines()
            .count();
        let known = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if lines > LONGEST_FILE && !known {
            wrong.push(format!(
                "{} has {lines} lines: which two things is it?",
                file.path
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_grouped_import_names_each_of_its_modules() {
    let file = File {
        path: "flows/order/mod.rs".to_owned(),
        text: "//! x\nuse crate::{\n    event::{Document, Kind},\n    money,\n};\nuse crate::plan::Plan;\n// crate::app\n".to_owned(),
    };
    let names: Vec<String> = file.names().into_iter().collect();
    assert_eq!(names, ["event", "money", "plan"]);
    assert_eq!(file.module(), "flows");
}
