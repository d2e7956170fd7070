//! What a subscription may be: the input of its mutations, and what Shopify says against it.

use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::state::State;
use super::super::webhook::{self, Subscription};
use super::node::{Record, user_error};

/// Puts the given fields on, and says what is wrong with them.
pub(super) fn apply<'a>(
    state: &State,
    subscription: &mut Subscription,
    input: &JsonMap,
) -> Vec<Record<'a>> {
    let text = |key: &str| input.get(key).and_then(JsonValue::as_str);
    if let Some(uri) = text("uri").or(text("callbackUrl")) {
        uri.clone_into(&mut subscription.uri);
    }
    if let Some(name) = text("name") {
        subscription.name = Some(name.to_owned());
    }
    if let Some(filter) = text("filter") {
        subscription.filter = (!filter.trim().is_empty()).then(|| filter.to_owned());
    }
    if let Some(format) = text("format") {
        format.clone_into(&mut subscription.format);
    }
    if let Some(fields) = texts(input, "includeFields") {
        subscription.include_fields = fields;
    }
    if let Some(namespaces) = texts(input, "metafieldNamespaces") {
        subscription.metafield_namespaces = namespaces;
    }
    if let Some(metafields) = input.get("metafields").and_then(JsonValue::as_array) {
        subscription.metafields = metafields.iter().filter_map(identifier).collect();
    }
    mistakes(state, subscription)
}

fn texts(input: &JsonMap, key: &str) -> Option<Vec<String>> {
    let list = input.get(key)?.as_array()?;
    let texts = list.iter().filter_map(JsonValue::as_str);
    Some(texts.map(str::to_owned).collect())
}

fn identifier(metafield: &JsonValue) -> Option<(String, String)> {
    let text = |key: &str| Some(metafield.get(key)?.as_str()?.to_owned());
    Some((text("namespace")?, text("key")?))
}

fn mistakes<'a>(state: &State, subscription: &Subscription) -> Vec<Record<'a>> {
    let at =
        |field: &'static str, message: &str| user_error(&["webhookSubscription", field], message);
    let others = || {
        let all = state.subscriptions.values();
        all.filter(|other| other.id != subscription.id)
    };
    let mut errors = Vec::new();
    if let Some(scope) = lacking(state, &subscription.topic) {
        // That it is refused is documented; the words are assumed.
        let message = format!(
            "You do not have permission to create or update webhooks with {} topic. Required access: `{scope}` access scope.",
            subscription.topic
        );
        errors.push(user_error(&["topic"], &message));
    }
    if let Some(message) = unusable(&subscription.uri, state.settings.loopback_webhooks) {
        errors.push(at("callbackUrl", message));
    } else if others()
        .any(|other| other.uri == subscription.uri && other.topic == subscription.topic)
    {
        errors.push(at(
            "callbackUrl",
            "Address for this topic has already been taken",
        ));
    }
    if !is_within(subscription.filter.as_deref(), &subscription.include_fields) {
        errors.push(at("filter", "Filter fields must be in includeFields"));
    }
    let allowed = |sign: char| sign.is_ascii_alphanumeric() || sign == '-' || sign == '_';
    if let Some(name) = &subscription.name {
        if name.len() > 50 || !name.chars().all(allowed) {
            errors.push(at("name", "Name is invalid"));
        }
        if others().any(|other| other.name.as_ref() == Some(name)) {
            errors.push(at("name", "Name has already been taken"));
        }
    }
    errors
}

/// The scope that the topic needs and the app does not have; `write_x` includes `read_x`.
fn lacking(state: &State, topic: &str) -> Option<&'static str> {
    let scope = webhook::scope_of(topic)?;
    let write = scope.replace("read_", "write_");
    let held = |it: &String| *it == scope || *it == write;
    (!state.settings.scopes.iter().any(held)).then_some(scope)
}

/// Why Shopify would not send to this address: HTTPS, Pub/Sub and EventBridge only, and never to itself.
fn unusable(uri: &str, loopback: bool) -> Option<&'static str> {
    if uri.starts_with("pubsub://") || uri.starts_with("arn:aws:events:") {
        return None;
    }
    let Ok(url) = reqwest::Url::parse(uri) else {
        return Some("Address is invalid");
    };
    let host = url.host_str().unwrap_or_default();
    let own = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
    match (url.scheme(), own) {
        ("https" | "http", true) if loopback => None,
        ("https", false) => None,
        ("https", true) => Some("Address is invalid"),
        ("http", _) => Some("Address protocol http:// is not supported"),
        _ => Some("Address is invalid"),
    }
}

/// Whether a filter names only fields that the body has.
fn is_within(filter: Option<&str>, fields: &[String]) -> bool {
    if fields.is_empty() {
        return true;
    }
    let words = filter.unwrap_or_default().split_whitespace();
    let mut named = words.filter_map(|word| word.trim_matches(['(', ')', '-']).split_once(':'));
    named.all(|(field, _)| fields.iter().any(|it| it == field))
}
