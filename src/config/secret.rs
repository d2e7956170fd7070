//! A secret is named, never written: `{ env = "NAME" }` or `{ file = "PATH" }`.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    env: Option<String>,
    file: Option<std::path::PathBuf>,
}

impl<'de> Deserialize<'de> for Secret {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads secrets from the environment"
    )]
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let value = match Reference::deserialize(deserializer)? {
            Reference {
                env: Some(name),
                file: None,
            } => std::env::var(&name).map_err(|_| {
                D::Error::custom(format!("the environment variable {name} is not set"))
            })?,
            Reference {
                env: None,
                file: Some(path),
            } => std::fs::read_to_string(&path)
                .map_err(|error| D::Error::custom(format!("{}: {error}", path.display())))?,
            Reference { .. } => {
                return Err(D::Error::custom(
                    "a secret is { env = \"NAME\" } or { file = \"PATH\" }",
                ));
            }
        };
        Ok(Self::new(value.trim_end_matches(['\r', '\n']).to_owned()))
    }
}
