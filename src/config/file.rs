//! Text → settings. Every mistake that can be seen is reported at once.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::mistake::{Error, Mistake, Places};
use super::secret::{self, Environment, FORM};
use super::{Config, rules};

/// How many unknown keys are named in one go.
const UNKNOWN_KEYS: usize = 50;

/// Reads the configuration at `path`, or at `waybill.toml` in the working directory.
///
/// # Errors
///
/// [`Error::Absent`] and [`Error::Unreadable`] about the file; [`Error::Wrong`] lists what is wrong in it.
pub fn load(path: Option<&Path>) -> Result<Config, Error> {
    let path = path.unwrap_or(Path::new("waybill.toml"));
    let text = std::fs::read_to_string(path).map_err(|source| {
        let path = path.into();
        if source.kind() == std::io::ErrorKind::NotFound {
            return Error::Absent { path };
        }
        Error::Unreadable { path, source }
    })?;
    let text_only = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let environment = std::env::vars_os().filter_map(text_only).collect();
    parse(&text, path, &environment)
}

/// Reads `text` as the configuration; `path` is what errors call it.
///
/// # Errors
///
/// [`Error::Wrong`].
pub fn parse(text: &str, path: &Path, environment: &Environment) -> Result<Config, Error> {
    read(text, environment).map_err(|mistakes| Error::Wrong {
        path: path.into(),
        mistakes,
    })
}

fn read(text: &str, environment: &Environment) -> Result<Config, Vec<Mistake>> {
    let mut root = DeTable::parse(text).map_err(|error| {
        let places = Places::new(text, &DeTable::new());
        let span = error.span().unwrap_or(0..0);
        vec![places.at(span, error.message().to_owned())]
    })?;
    let places = Places::new(text, root.get_ref());
    let mut mistakes = Vec::new();
    loop {
        let (result, unread) = secret::reading(environment, || {
            Config::deserialize(Deserializer::from(root.clone()))
        });
        match result {
            Ok(mut config) => {
                mistakes.extend(unread.into_iter().map(|it| places.at(it.span, it.what)));
                fill_in(&mut config, &places);
                if mistakes.is_empty() {
                    let wrong = rules::broken(&config);
                    mistakes.extend(wrong.into_iter().map(|it| places.of(&it.key, it.what)));
                }
                mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
                return if mistakes.is_empty() {
                    Ok(config)
                } else {
                    Err(mistakes)
                };
            }
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                mistakes.push(places.at(span.clone(), explain(error.message())));
                let known_by_now = mistakes.len() < UNKNOWN_KEYS;
                // Without its unknown key the file is read again, to find what else is wrong.
                if !(known_by_now && unknown(error.message()) && remove(root.get_mut(), &span)) {
                    return Err(mistakes);
                }
            }
        }
    }
}

/// A default that depends on another setting.
fn fill_in(config: &mut Config, places: &Places<'_>) {
    if config.netsuite.concurrency <= 1 && !places.gives("netsuite.reserved_for_live") {
        config.netsuite.reserved_for_live = 0;
    }
}

fn unknown(message: &str) -> bool {
    message.starts_with("unknown field ")
}

/// Takes the key that stands at `span` out of the tables.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let found = table.keys().find(|key| key.span() == *span).cloned();
    match found {
        Some(key) => table.remove(&key).is_some(),
        None => table.iter_mut().any(|(_, value)| remove_below(value, span)),
    }
}

fn remove_below(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    match value.get_mut() {
        DeValue::Table(table) => remove(table, span),
        DeValue::Array(items) => items.iter_mut().any(|item| remove_below(item, span)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => false,
    }
}

/// serde's message, in words for whoever wrote the file.
fn explain(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if message.contains(FORM) {
        // serde's own message would quote what stands there, which may be the secret.
        return FORM.to_owned();
    }
    match quoted.as_slice() {
        [key, known @ ..] if unknown(message) => match nearest(key, known) {
            Some(near) => format!("unknown key `{key}`: did you mean `{near}`?"),
            None => format!("unknown key `{key}`: known here are {}", known.join(", ")),
        },
        [value, known @ ..] if message.starts_with("unknown variant ") => {
            let one_of = format!("`{value}` is not one of {}", known.join(", "));
            match nearest(value, known) {
                Some(near) => format!("{one_of}: did you mean `{near}`?"),
                None => one_of,
            }
        }
        [key] if message.starts_with("missing field ") => format!("the key `{key}` is missing"),
        [number] if message.ends_with(", expected a string") => {
            format!("expected a text: write \"{number}\", in quotes")
        }
        // What stands there is not quoted: it may be a secret in the wrong place.
        _ => match message.split_once(", expected ") {
            Some((_, expected)) if message.starts_with("invalid ") => {
                format!("expected {expected}")
            }
            _ => message.to_owned(),
        },
    }
}

/// The known word most like `word`, if one is near enough to be meant.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance =
        |other: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
    known
        .iter()
        .map(|other| (distance(other), *other))
        .filter(|(distance, other)| *distance <= (other.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}
