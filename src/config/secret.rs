//! A secret is named, never written: `{ env = "NAME" }` or `{ file = "PATH" }`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use toml::Spanned;

/// A secret's value, read when the configuration is; prints as `[REDACTED]`.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value, for the one place that signs or sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The names and values that `{ env = … }` can refer to.
pub type Environment = BTreeMap<String, String>;

/// A secret that could not be read, and where the file asks for it.
pub(super) struct Unread {
    pub(super) span: Range<usize>,
    pub(super) what: String,
}

thread_local! {
    /// What secrets are read from while a file is deserialized. serde hands no context to a
    /// `Deserialize`, and a secret that is read at once cannot be forgotten later.
    static READING: RefCell<(Environment, Vec<Unread>)> = RefCell::default();
}

/// Runs `work` with secrets read from `environment`; also gives those that could not be read, so
/// that all of them are named at once.
pub(super) fn reading<T>(environment: &Environment, work: impl FnOnce() -> T) -> (T, Vec<Unread>) {
    READING.set((environment.clone(), Vec::new()));
    let result = work();
    (result, READING.take().1)
}

/// How a secret is written.
pub(super) const FORM: &str =
    "a secret is named, not written: { env = \"NAME\" } or { file = \"PATH\" }";

enum Reference {
    Env(String),
    File(PathBuf),
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reference = Spanned::<Reference>::deserialize(deserializer)?;
        let value = match reference.get_ref() {
            Reference::Env(name) => from_environment(name),
            Reference::File(path) => std::fs::read_to_string(path)
                .map_err(|error| format!("the file {} cannot be read: {error}", path.display())),
        };
        let value = value.and_then(|value| {
            let value = value.trim_end_matches(['\r', '\n']);
            if value.is_empty() {
                return Err("the secret it names is empty".to_owned());
            }
            Ok(value.to_owned())
        });
        Ok(Self::new(value.unwrap_or_else(|what| {
            let span = reference.span();
            READING.with_borrow_mut(|(_, unread)| unread.push(Unread { span, what }));
            String::new()
        })))
    }
}

fn from_environment(name: &str) -> Result<String, String> {
    READING
        .with_borrow(|(environment, _)| environment.get(name).cloned())
        .ok_or_else(|| format!("the environment variable {name} is not set"))
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceForm)
    }
}

struct ReferenceForm;

impl<'de> Visitor<'de> for ReferenceForm {
    type Value = Reference;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(FORM)
    }

    // serde's own message would quote the text, which may be the secret.
    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Reference, E> {
        Err(E::custom(FORM))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reference, A::Error> {
        let reference = match map.next_entry::<String, String>()? {
            Some((key, name)) if key == "env" => Reference::Env(name),
            Some((key, path)) if key == "file" => Reference::File(path.into()),
            Some(_) | None => return Err(A::Error::custom(FORM)),
        };
        match map.next_key::<String>()? {
            None => Ok(reference),
            Some(_) => Err(A::Error::custom(FORM)),
        }
    }
}
