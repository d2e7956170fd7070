//! Writing metafields: all or none, each with its own error.

use std::collections::BTreeSet;

use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::metafield::Metafield;
use super::super::state::{Notice, State};
use super::super::time::now;
use super::metafields::{RESERVED, owner_exists};
use super::node::{Record, number_of, user_error_of};

/// Metafields one call may set.
const LIMIT: usize = 25;

pub(super) type SetOutcome<'a> = Result<(Vec<Metafield>, Vec<Notice>), Vec<Record<'a>>>;

/// All or none; each owner is touched once.
pub(super) fn set_all<'a>(
    state: &mut State,
    inputs: &[JsonMap],
) -> Result<SetOutcome<'a>, FieldError> {
    if inputs.len() > LIMIT {
        let message = format!("Exceeded the maximum metafields input limit of {LIMIT}.");
        return Ok(Err(vec![metafield_error(
            None,
            "metafields",
            "LESS_THAN_OR_EQUAL_TO",
            &message,
        )]));
    }
    let mut set = Vec::new();
    let mut errors = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        match check(state, input)? {
            Ok(metafield) => set.push(metafield),
            Err((field, code, message)) => {
                errors.push(metafield_error(Some(index), field, code, message))
            }
        }
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let mut owners = BTreeSet::new();
    for metafield in &mut set {
        if metafield.id == 0 {
            metafield.id = state.ids.take();
        }
        owners.insert(metafield.owner.clone());
        let key = (
            metafield.owner.clone(),
            metafield.namespace.clone(),
            metafield.key.clone(),
        );
        state.metafields.insert(key, metafield.clone());
    }
    let mut notices = Vec::new();
    for owner in owners {
        if let Some(id) = number_of("Order", &owner)? {
            let touched = state.change(id, &[], |_, _, _| Ok(()));
            notices.extend(touched.map(|(_, (), notices)| notices).unwrap_or_default());
        } else if let Some(id) = number_of("Customer", &owner)? {
            notices.extend(state.touch_customer(id, "customers/update", now()));
        }
    }
    Ok(Ok((set, notices)))
}

type Wrong = (&'static str, &'static str, &'static str);

fn check(state: &State, input: &JsonMap) -> Result<Result<Metafield, Wrong>, FieldError> {
    let text = |key: &str| {
        input
            .get(key)
            .and_then(JsonValue::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let owner = text("ownerId");
    if !owner_exists(state, &owner)? {
        return Ok(Err(("ownerId", "INVALID", "Owner does not exist.")));
    }
    let namespace = match input.get("namespace").and_then(JsonValue::as_str) {
        Some(namespace) => namespace.to_owned(),
        None => RESERVED.to_owned(),
    };
    let key = text("key");
    let held = state
        .metafields
        .get(&(owner.clone(), namespace.clone(), key.clone()));
    let kind = match (input.get("type").and_then(JsonValue::as_str), held) {
        (Some(kind), _) => kind.to_owned(),
        (None, Some(held)) => held.kind.clone(),
        (None, None) => return Ok(Err(("type", "BLANK", "Type can't be blank"))),
    };
    let value = text("value");
    if let Some(wrong) = mistake(input, &namespace, &key, &value, held) {
        return Ok(Err(wrong));
    }
    let now = now();
    Ok(Ok(Metafield {
        id: held.map_or(0, |held| held.id),
        owner,
        namespace,
        key,
        kind,
        value,
        created_at: held.map_or(now, |held| held.created_at),
        updated_at: now,
    }))
}

fn mistake(
    input: &JsonMap,
    namespace: &str,
    key: &str,
    value: &str,
    held: Option<&Metafield>,
) -> Option<Wrong> {
    if value.is_empty() {
        return Some(("value", "BLANK", "Value can't be blank."));
    }
    if key.len() < 2 || namespace.len() < 2 {
        return Some(("key", "TOO_SHORT", "is too short (minimum is 2 characters)"));
    }
    // A null digest means that the metafield must not exist yet.
    let expected = input.get("compareDigest")?;
    let stale = expected.as_str() != held.map(Metafield::digest).as_deref();
    let message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.";
    stale.then_some(("compareDigest", "STALE_OBJECT", message))
}

fn metafield_error<'a>(index: Option<usize>, field: &str, code: &str, message: &str) -> Record<'a> {
    let position = index.map(|index| index.to_string());
    let path: Vec<&str> = match &position {
        Some(position) => vec!["metafields", position, field],
        None => vec![field],
    };
    user_error_of("MetafieldsSetUserError", &path)
        .leaf("message", message)
        .leaf("code", code)
        .leaf(
            "elementIndex",
            index.and_then(|index| i64::try_from(index).ok()),
        )
}
