//! What the shop has against what the flows need: pure.

use super::topics::{Need, Topic};
use crate::shopify::subscriptions::Subscription;

/// What is to be done in one shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub topics: Vec<(Topic, Standing)>,
    /// Ours, and not needed: a second one of a topic, or of a topic that no flow needs any more.
    pub surplus: Vec<(Subscription, Surplus)>,
    /// Of our app, and not made by waybill: left alone.
    pub foreign: Vec<Subscription>,
    /// The version in which Shopify writes the bodies, where it said so.
    pub api_version: Option<String>,
}

/// How a topic's subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Right,
    Missing,
    /// There, and not as it must be.
    Wrong {
        id: String,
        /// What differs: `uri is https://…`.
        differs: Vec<String>,
    },
    /// Missing, and our app lacks its scope.
    NotAllowed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surplus {
    Doubled,
    NotNeeded,
}

/// Compares. A subscription is ours by its address, or by the name that waybill gave it.
#[must_use]
pub fn compare(
    topics: &[Topic],
    held: Vec<Subscription>,
    scopes: &[String],
    address: &str,
) -> Comparison {
    let api_version = held.first().map(|it| it.api_version.clone());
    let (mut ours, foreign): (Vec<_>, Vec<_>) = held
        .into_iter()
        .partition(|it| it.uri == address || is_named_by_us(it));
    // The one at the right address is kept, since no second one of the topic can have it.
    ours.sort_by_key(|it| it.uri != address);
    let mut surplus = Vec::new();
    let mut standings = Vec::new();
    for topic in topics {
        let of_topic = |it: &Subscription| it.topic == topic.enum_name();
        let (mut mine, rest): (Vec<_>, Vec<_>) = ours.into_iter().partition(of_topic);
        ours = rest;
        let others = mine.split_off(mine.len().min(1));
        surplus.extend(others.into_iter().map(|it| (it, Surplus::Doubled)));
        standings.push((*topic, standing(topic, mine.pop(), scopes, address)));
    }
    surplus.extend(ours.into_iter().map(|it| (it, Surplus::NotNeeded)));
    Comparison {
        topics: standings,
        surplus,
        foreign,
        api_version,
    }
}

fn is_named_by_us(subscription: &Subscription) -> bool {
    let name = subscription.name.as_deref();
    name.is_some_and(|name| name.starts_with("waybill-"))
}

fn standing(
    topic: &Topic,
    held: Option<Subscription>,
    scopes: &[String],
    address: &str,
) -> Standing {
    match held {
        Some(held) => match differences(topic, &held, address) {
            differs if differs.is_empty() => Standing::Right,
            differs => Standing::Wrong {
                id: held.id,
                differs,
            },
        },
        None if topic.is_allowed(scopes) => Standing::Missing,
        None => Standing::NotAllowed,
    }
}

/// What is not as it must be, each in a few words.
#[must_use]
pub fn differences(topic: &Topic, held: &Subscription, address: &str) -> Vec<String> {
    let mut differs = Vec::new();
    if held.uri != address {
        differs.push(format!("it goes to {}", shown(&held.uri)));
    }
    if held.format != "JSON" {
        differs.push(format!("it is {}", held.format));
    }
    let (mut has, mut must) = (held.include_fields.clone(), topic.fields());
    has.sort();
    must.sort();
    if has != must {
        differs.push(match has.as_slice() {
            [] => "it sends every field".to_owned(),
            fields => format!("it sends {}", fields.join(", ")),
        });
    }
    if held.filter.is_some() {
        differs.push("a filter keeps some from coming".to_owned());
    }
    if held.has_metafields {
        differs.push("it sends metafields".to_owned());
    }
    differs
}

/// An address without what may be a secret in it.
#[must_use]
pub(super) fn shown(uri: &str) -> String {
    let bare = uri.split(['?', '#']).next().unwrap_or_default();
    match bare
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?)))
    {
        Some((scheme, (_, host))) => format!("{scheme}://{host}"),
        None => bare.to_owned(),
    }
}

impl Comparison {
    /// Whether nothing is to be done, and nothing is missing.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let right = |(topic, standing): &(Topic, Standing)| match standing {
            Standing::Right => true,
            Standing::NotAllowed => topic.need == Need::IfGranted,
            Standing::Missing | Standing::Wrong { .. } => false,
        };
        self.surplus.is_empty() && self.topics.iter().all(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample;
    use crate::connect::topics;

    const HERE: &str = "https://waybill.example.com/webhooks/shopify";

    fn orders_create() -> Topic {
        topics::of(&sample().stores[0])[0]
    }

    fn held(id: &str, uri: &str) -> Subscription {
        Subscription {
            id: id.to_owned(),
            topic: "ORDERS_CREATE".to_owned(),
            uri: uri.to_owned(),
            name: None,
            format: "JSON".to_owned(),
            filter: None,
            include_fields: vec!["updated_at".to_owned(), "id".to_owned()],
            has_metafields: false,
            api_version: "2026-10".to_owned(),
        }
    }

    fn of(held: Vec<Subscription>) -> Comparison {
        compare(&[orders_create()], held, &["read_orders".to_owned()], HERE)
    }

    #[test]
    fn the_order_of_fields_is_no_difference() {
        assert!(of(vec![held("1", HERE)]).is_right());
    }

    #[test]
    fn each_difference_is_named() {
        let wrong = Subscription {
            format: "XML".to_owned(),
            filter: Some("id:1".to_owned()),
            include_fields: Vec::new(),
            has_metafields: true,
            name: Some("waybill-orders-create".to_owned()),
            ..held("1", "https://old.example.com/webhooks/shopify?key=secret")
        };
        let differs = differences(&orders_create(), &wrong, HERE);
        assert_eq!(differs.len(), 5, "{differs:?}");
        assert!(!differs.concat().contains("secret"), "{differs:?}");
        assert!(matches!(
            &of(vec![wrong]).topics[0].1,
            Standing::Wrong { id, .. } if id == "1"
        ));
    }

    #[test]
    fn of_two_the_one_at_the_right_address_is_kept() {
        let old = Subscription {
            name: Some("waybill-orders-create".to_owned()),
            ..held("1", "https://old.example.com/webhooks/shopify")
        };
        let found = of(vec![old.clone(), held("2", HERE)]);
        assert_eq!(found.topics[0].1, Standing::Right);
        assert_eq!(found.surplus, [(old, Surplus::Doubled)]);
        assert!(!found.is_right());
    }

    #[test]
    fn what_waybill_did_not_make_is_foreign_wherever_else_it_goes() {
        let other = held("1", "https://erp.example.com/webhooks/shopify");
        let found = of(vec![other.clone()]);
        assert_eq!(found.topics[0].1, Standing::Missing);
        assert_eq!(found.foreign, [other]);
    }

    #[test]
    fn a_topic_that_no_flow_needs_any_more_is_surplus() {
        let more = Subscription {
            topic: "PRODUCTS_UPDATE".to_owned(),
            ..held("2", HERE)
        };
        let found = of(vec![held("1", HERE), more.clone()]);
        assert_eq!(found.surplus, [(more, Surplus::NotNeeded)]);
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        assert_eq!(shown("https://user:pass@host/a?b=c"), "https://host/a");
        assert_eq!(shown("pubsub://project:topic"), "pubsub://project:topic");
    }
}
