//! Webhook subscriptions: reading, making, changing, deleting.

use apollo_compiler::resolvers::ResolveInfo;
use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::compliance;
use super::super::state::State;
use super::super::time::{now, utc};
use super::super::webhook::{Subscription, topic_of_enum};
use super::Ctx;
use super::connection::page;
use super::node::{Record, Resolved, global, id_argument, user_error};
use super::subscription_input::apply;

pub(super) fn list<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let topics = info.arguments().get("topics").and_then(JsonValue::as_array);
    let uri = info.arguments().get("uri").and_then(JsonValue::as_str);
    let wanted = |it: &&Subscription| {
        !compliance::TOPICS.contains(&it.topic.as_str())
            && topics.is_none_or(|topics| {
                topics
                    .iter()
                    .any(|topic| topic.as_str() == Some(&it.topic_enum()))
            })
            && uri.is_none_or(|uri| uri == it.uri)
    };
    let all: Vec<Subscription> = ctx.state(|state| {
        state
            .subscriptions
            .values()
            .filter(wanted)
            .cloned()
            .collect()
    });
    page(info, all, |it| it.id.to_string(), |it| node(&it))
}

pub(super) fn node<'a>(it: &Subscription) -> Record<'a> {
    let version = Record::new("ApiVersion")
        .leaf("handle", super::super::VERSION)
        .leaf("displayName", super::super::VERSION)
        .leaf("supported", true);
    Record::new("WebhookSubscription")
        .leaf("id", global("WebhookSubscription", it.id))
        .leaf("legacyResourceId", it.id.to_string())
        .leaf("topic", it.topic_enum())
        .leaf("uri", it.uri.as_str())
        .leaf("callbackUrl", it.uri.as_str())
        .leaf("name", it.name.as_deref())
        .leaf("filter", it.filter.as_deref())
        .leaf("format", it.format.as_str())
        .leaves("includeFields", it.include_fields.clone())
        .leaves("metafieldNamespaces", it.metafield_namespaces.clone())
        .records("metafields", it.metafields.iter().map(metafield).collect())
        .leaf("createdAt", utc(it.created_at))
        .leaf("updatedAt", utc(it.updated_at))
        .record("apiVersion", version)
}

fn metafield<'a>((namespace, key): &(String, String)) -> Record<'a> {
    Record::new("WebhookSubscriptionMetafieldIdentifier")
        .leaf("namespace", namespace.as_str())
        .leaf("key", key.as_str())
}

pub(super) fn create<'a>(state: &mut State, info: &ResolveInfo<'_>) -> Record<'a> {
    let topic = info
        .arguments()
        .get("topic")
        .and_then(JsonValue::as_str)
        .unwrap_or_default();
    let empty = JsonMap::new();
    let input = info
        .arguments()
        .get("webhookSubscription")
        .and_then(JsonValue::as_object)
        .unwrap_or(&empty);
    let mut subscription = Subscription::new(0, &topic_of_enum(topic), "", now());
    let errors = apply(state, &mut subscription, input);
    if errors.is_empty() {
        subscription.id = state.ids.take();
        state
            .subscriptions
            .insert(subscription.id, subscription.clone());
    }
    payload("WebhookSubscriptionCreatePayload", &subscription, errors)
}

pub(super) fn update<'a>(state: &mut State, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let type_name = "WebhookSubscriptionUpdatePayload";
    let id = id_argument(info, "id", "WebhookSubscription")?;
    let Some(mut subscription) = id.and_then(|id| state.subscriptions.get(&id).cloned()) else {
        let error = user_error(&["id"], "Webhook subscription does not exist");
        let missing = Record::new(type_name).leaf("webhookSubscription", JsonValue::Null);
        return super::node::object(missing.records("userErrors", vec![error]));
    };
    let empty = JsonMap::new();
    let input = info
        .arguments()
        .get("webhookSubscription")
        .and_then(JsonValue::as_object)
        .unwrap_or(&empty);
    let errors = apply(state, &mut subscription, input);
    if errors.is_empty() {
        subscription.updated_at = now();
        state
            .subscriptions
            .insert(subscription.id, subscription.clone());
    }
    super::node::object(payload(type_name, &subscription, errors))
}

pub(super) fn delete<'a>(state: &mut State, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let removed = id_argument(info, "id", "WebhookSubscription")?
        .filter(|id| state.subscriptions.remove(id).is_some());
    let errors = if removed.is_some() {
        Vec::new()
    } else {
        vec![user_error(&["id"], "Webhook subscription does not exist")]
    };
    let gid = removed.map(|id| global("WebhookSubscription", id));
    super::node::object(
        Record::new("WebhookSubscriptionDeletePayload")
            .leaf("deletedWebhookSubscriptionId", gid)
            .records("userErrors", errors),
    )
}

fn payload<'a>(
    type_name: &'a str,
    subscription: &Subscription,
    errors: Vec<Record<'a>>,
) -> Record<'a> {
    let made = errors.is_empty().then(|| node(subscription));
    Record::new(type_name)
        .object("webhookSubscription", made)
        .records("userErrors", errors)
}
