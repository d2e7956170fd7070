//! `@idempotent(key:)`: the same key with the same variables is executed once.

use apollo_compiler::Name;
use apollo_compiler::resolvers::{FieldError, ResolveInfo};
use apollo_compiler::response::JsonValue;

use super::Ctx;
use super::node::refused;

/// What a key means for the call that carries it.
pub(super) enum Key {
    /// Not seen in the last 24 hours.
    New(String),
    /// Seen with these arguments: answer without executing.
    Repeated(String),
    /// Seen with others.
    Mismatch,
}

impl Ctx {
    /// Reads the key of a mutation that demands one.
    pub(super) fn idempotency(&self, info: &ResolveInfo<'_>) -> Result<Key, FieldError> {
        let directive = info
            .field_selections()
            .iter()
            .find_map(|field| field.directives.get("idempotent"));
        let missing = || {
            refused("The @idempotent directive is required for this mutation but was not provided.")
        };
        let directive = directive.ok_or_else(missing)?;
        let written = directive
            .specified_argument_by_name("key")
            .ok_or_else(missing)?;
        let variable = |name: &Name| self.variables.get(name.as_str())?.as_str();
        let key = match written.as_variable() {
            Some(name) => variable(name),
            None => written.as_str(),
        };
        let key = key.map(str::to_owned);
        let key = key.filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| refused("The idempotency key cannot be empty."))?;
        let arguments = arguments(info);
        let held = self.state(|state| state.idempotency.get(&key).cloned());
        Ok(match held {
            None => Key::New(key),
            Some(before) if before == arguments => Key::Repeated(key),
            Some(_) => Key::Mismatch,
        })
    }

    /// Remembers that a key was used with these arguments.
    pub(super) fn remember(&self, key: String, info: &ResolveInfo<'_>) {
        let mut state = super::super::lock(&self.shop.state);
        state.idempotency.insert(key, arguments(info));
    }
}

fn arguments(info: &ResolveInfo<'_>) -> String {
    let field = info.field_name();
    let arguments = super::plain(&JsonValue::Object(info.arguments().clone()));
    format!("{field} {arguments}")
}
