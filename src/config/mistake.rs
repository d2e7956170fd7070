//! What is wrong with a configuration: the place, the key, and what was expected.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A configuration that cannot be used. Never holds a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "no configuration at {}: copy waybill.example.toml there, or name a file with --config or WAYBILL_CONFIG",
        path.display()
    )]
    Absent { path: PathBuf },
    #[error("the configuration {} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{}", lines(path, mistakes))]
    Wrong {
        path: PathBuf,
        mistakes: Vec<Mistake>,
    },
}

impl Error {
    /// All that is wrong, as far as it could be seen.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        match self {
            Self::Absent { .. } | Self::Unreadable { .. } => &[],
            Self::Wrong { mistakes, .. } => mistakes,
        }
    }
}

/// One thing to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// `store[0].orders.when`; empty where the file is not TOML.
    pub key: String,
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

fn lines(path: &std::path::Path, mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| format!("{}:{mistake}", path.display());
    mistakes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Where each key of a file stands.
pub(super) struct Places<'t> {
    text: &'t str,
    keys: Vec<Place>,
}

struct Place {
    path: String,
    key: Range<usize>,
    value: Range<usize>,
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str, root: &DeTable<'_>) -> Self {
        let mut places = Self {
            text,
            keys: Vec::new(),
        };
        places.table("", root);
        places
    }

    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = match above {
                "" => key.get_ref().to_string(),
                _ => format!("{above}.{}", key.get_ref()),
            };
            self.value(path, key.span(), value);
        }
    }

    fn value(&mut self, path: String, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.table(&path, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(format!("{path}[{index}]"), item.span(), item);
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
        self.keys.push(Place {
            path,
            key,
            value: value.span(),
        });
    }

    /// Whether the file itself gives `path`.
    pub(super) fn gives(&self, path: &str) -> bool {
        self.keys.iter().any(|place| place.path == path)
    }

    /// A mistake in the innermost key whose name or value holds `span`.
    pub(super) fn at(&self, span: Range<usize>, what: String) -> Mistake {
        let holds = |range: &Range<usize>| range.start <= span.start && span.end <= range.end;
        let innermost = self
            .keys
            .iter()
            .filter(|place| holds(&place.key) || holds(&place.value))
            .min_by_key(|place| {
                let held_by = if holds(&place.key) {
                    &place.key
                } else {
                    &place.value
                };
                (held_by.len(), std::cmp::Reverse(place.path.len()))
            });
        self.mistake(
            span.start,
            innermost.map_or(String::new(), |place| place.path.clone()),
            what,
        )
    }

    /// A mistake in the value of `path`; if the file does not give it, the place is the table above.
    pub(super) fn of(&self, path: &str, what: String) -> Mistake {
        let mut above = path;
        loop {
            if let Some(place) = self.keys.iter().find(|place| place.path == above) {
                return self.mistake(place.key.start, path.to_owned(), what);
            }
            let Some(end) = above.rfind(['.', '[']) else {
                return self.mistake(0, path.to_owned(), what);
            };
            above = above.get(..end).unwrap_or_default();
        }
    }

    fn mistake(&self, offset: usize, key: String, what: String) -> Mistake {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Mistake {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            key,
            what,
        }
    }
}
