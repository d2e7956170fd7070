//! Webhook subscriptions: which our app has in the shop, and making, changing and deleting them.

use cynic::{Id, InputObject, MutationBuilder, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::customer_writes::{UserError, refused};
use super::order_query::PageInfo;
use super::schema::{self, WebhookSubscriptionFormat, WebhookSubscriptionTopic};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::{Error, Meaning};

/// A subscription that our app has in the shop. Those of the app's own configuration are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `gid://shopify/WebhookSubscription/…`.
    pub id: String,
    /// As GraphQL names it: `ORDERS_CREATE`.
    pub topic: String,
    pub uri: String,
    pub name: Option<String>,
    /// `JSON` or `XML`.
    pub format: String,
    pub filter: Option<String>,
    /// All fields if empty.
    pub include_fields: Vec<String>,
    /// Whether metafields are added to the body.
    pub has_metafields: bool,
    /// The API version its bodies are written in: the app's.
    pub api_version: String,
}

/// What a subscription is to be: JSON, without filter and metafields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub uri: String,
    /// Unique in the shop; absent, it is left as it is.
    pub name: Option<String>,
    pub include_fields: Vec<String>,
}

impl Client {
    /// All that our app has in the shop, oldest first.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn subscriptions(&self, journal: &Journal) -> Result<Vec<Subscription>, Error> {
        let ask = Ask::read("read shopify webhook subscriptions".to_owned());
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let operation = Subscriptions::build(SubscriptionsVariables { after });
            let found = self.transport.run(journal, &ask, &operation).await?;
            let page = found.webhook_subscriptions;
            all.extend(page.nodes.into_iter().map(Subscription::from));
            if !page.page_info.has_next_page {
                return Ok(all);
            }
            after = page.page_info.end_cursor;
        }
    }

    /// Makes a subscription. Shopify takes each address once for a topic, so a repetition is refused.
    ///
    /// # Errors
    ///
    /// [`Meaning::Exists`] when the address or the name is taken.
    pub async fn subscribe(
        &self,
        journal: &Journal,
        topic: &str,
        wish: &Wish,
    ) -> Result<Subscription, Error> {
        let ask = Ask::write(format!("write shopify webhook subscription of {topic}"));
        let operation = SubscriptionCreate::build(CreateVariables {
            topic: WebhookSubscriptionTopic(topic.to_owned()),
            subscription: input(wish),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let payload = done.webhook_subscription_create;
        let payload = payload.map(|it| (it.webhook_subscription, it.user_errors));
        written(&ask, payload)
    }

    /// Makes a subscription what is wished. Absolute, so repeating it is harmless.
    ///
    /// # Errors
    ///
    /// [`Meaning::Absent`] when it is gone.
    pub async fn resubscribe(
        &self,
        journal: &Journal,
        id: &str,
        wish: &Wish,
    ) -> Result<Subscription, Error> {
        let ask = Ask::write(format!("write shopify webhook subscription {}", last(id)));
        let operation = SubscriptionUpdate::build(UpdateVariables {
            id: Id::new(id),
            subscription: input(wish),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let payload = done.webhook_subscription_update;
        let payload = payload.map(|it| (it.webhook_subscription, it.user_errors));
        written(&ask, payload)
    }

    /// Deletes a subscription; one that is gone already is no error.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn unsubscribe(&self, journal: &Journal, id: &str) -> Result<(), Error> {
        let ask = Ask::write(format!("delete shopify webhook subscription {}", last(id)));
        let operation = SubscriptionDelete::build(DeleteVariables { id: Id::new(id) });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let Some(payload) = done.webhook_subscription_delete else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        match refused(&ask, payload.user_errors) {
            Err(error) if error.meaning() == Some(Meaning::Absent) => Ok(()),
            ended => ended,
        }
    }
}

/// The number of a gid, for people.
fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn written(
    ask: &Ask,
    payload: Option<(Option<Node>, Vec<UserError>)>,
) -> Result<Subscription, Error> {
    let Some((node, errors)) = payload else {
        return Err(ask.unreadable("a mutation without payload"));
    };
    refused(ask, errors)?;
    node.map(Subscription::from)
        .ok_or_else(|| ask.unreadable("a written subscription that is not shown"))
}

fn input(wish: &Wish) -> WebhookSubscriptionInput {
    WebhookSubscriptionInput {
        uri: Some(wish.uri.clone()),
        name: wish.name.clone(),
        format: WebhookSubscriptionFormat("JSON".to_owned()),
        // Empty, not null: what is left out stays as it is.
        filter: Some(String::new()),
        include_fields: Some(wish.include_fields.clone()),
        metafield_namespaces: Some(Vec::new()),
        metafields: Some(Vec::new()),
    }
}

impl From<Node> for Subscription {
    fn from(node: Node) -> Self {
        Self {
            id: node.id.into_inner(),
            topic: node.topic.0,
            uri: node.uri,
            name: node.name,
            format: node.format.0,
            filter: node.filter.filter(|filter| !filter.is_empty()),
            include_fields: node.include_fields,
            has_metafields: !(node.metafield_namespaces.is_empty() && node.metafields.is_empty()),
            api_version: node.api_version.handle,
        }
    }
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct SubscriptionsVariables {
    after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "SubscriptionsVariables"
)]
struct Subscriptions {
    #[arguments(first: 100, after: $after, sortKey: ID)]
    webhook_subscriptions: SubscriptionConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "WebhookSubscriptionConnection")]
struct SubscriptionConnection {
    nodes: Vec<Node>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "WebhookSubscription")]
struct Node {
    id: Id,
    topic: WebhookSubscriptionTopic,
    uri: String,
    name: Option<String>,
    format: WebhookSubscriptionFormat,
    filter: Option<String>,
    include_fields: Vec<String>,
    metafield_namespaces: Vec<String>,
    metafields: Vec<Identifier>,
    api_version: ApiVersion,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "WebhookSubscriptionMetafieldIdentifier"
)]
struct Identifier {
    #[expect(dead_code, reason = "that there is one is all that counts")]
    key: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct ApiVersion {
    handle: String,
}

#[derive(InputObject)]
#[cynic(schema = "shopify", schema_module = "schema::admin")]
struct WebhookSubscriptionInput {
    uri: Option<String>,
    #[cynic(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    format: WebhookSubscriptionFormat,
    filter: Option<String>,
    include_fields: Option<Vec<String>>,
    metafield_namespaces: Option<Vec<String>>,
    metafields: Option<Vec<HasMetafieldsMetafieldIdentifierInput>>,
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
struct HasMetafieldsMetafieldIdentifierInput {
    key: String,
    namespace: Option<String>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CreateVariables {
    topic: WebhookSubscriptionTopic,
    subscription: WebhookSubscriptionInput,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CreateVariables"
)]
struct SubscriptionCreate {
    #[arguments(topic: $topic, webhookSubscription: $subscription)]
    webhook_subscription_create: Option<WebhookSubscriptionCreatePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct WebhookSubscriptionCreatePayload {
    webhook_subscription: Option<Node>,
    user_errors: Vec<UserError>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct UpdateVariables {
    id: Id,
    subscription: WebhookSubscriptionInput,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "UpdateVariables"
)]
struct SubscriptionUpdate {
    #[arguments(id: $id, webhookSubscription: $subscription)]
    webhook_subscription_update: Option<WebhookSubscriptionUpdatePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct WebhookSubscriptionUpdatePayload {
    webhook_subscription: Option<Node>,
    user_errors: Vec<UserError>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct DeleteVariables {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "DeleteVariables"
)]
struct SubscriptionDelete {
    #[arguments(id: $id)]
    webhook_subscription_delete: Option<WebhookSubscriptionDeletePayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct WebhookSubscriptionDeletePayload {
    user_errors: Vec<UserError>,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let wish = Wish {
        uri: "https://waybill.example.com/webhooks/shopify".to_owned(),
        name: None,
        include_fields: Vec::new(),
    };
    let id = Id::new("gid://shopify/WebhookSubscription/1");
    vec![
        Subscriptions::build(SubscriptionsVariables { after: None }).query,
        SubscriptionCreate::build(CreateVariables {
            topic: WebhookSubscriptionTopic("ORDERS_CREATE".to_owned()),
            subscription: input(&wish),
        })
        .query,
        SubscriptionUpdate::build(UpdateVariables {
            id: id.clone(),
            subscription: input(&wish),
        })
        .query,
        SubscriptionDelete::build(DeleteVariables { id }).query,
    ]
}
