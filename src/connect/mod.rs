//! Our webhook subscriptions in the shops: what they must be, how they stand, and mending them.
//!
//! Repeatable: a second run changes nothing. What waybill did not make it leaves alone.

mod compare;
mod report;
mod topics;
mod watch;

use crate::config::{Config, Store};
use crate::journal::Journal;
use crate::remote::{Error, Meaning, Refusal};
use crate::shopify::Client;
use crate::shopify::subscriptions::{Subscription, Wish};

pub use compare::{Comparison, Standing, Surplus, compare, differences};
pub use report::{ByHand, Foreign, Line, OfStore, Report, State};
pub use topics::{Need, Topic, is_granted};
pub use watch::{Shown, Sight, Trouble, Watch};

/// Why there is nothing to subscribe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    #[error("[public] url is not set: it is the address that Shopify sends to")]
    NotSet,
    #[error("[public] url must be https: Shopify sends to no other address")]
    NotHttps,
}

/// Where Shopify sends to.
///
/// # Errors
///
/// [`NoAddress`] when `[public] url` cannot be subscribed. Plain HTTP is usable on this machine only.
pub fn address(config: &Config) -> Result<String, NoAddress> {
    let url = config.public.url.as_deref().ok_or(NoAddress::NotSet)?;
    let parsed = reqwest::Url::parse(url).map_err(|_| NoAddress::NotHttps)?;
    let host = parsed.host_str().unwrap_or_default();
    let here = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
    if parsed.scheme() != "https" && !here {
        return Err(NoAddress::NotHttps);
    }
    Ok(format!("{}/webhooks/shopify", url.trim_end_matches('/')))
}

/// How the subscriptions of a store stand. Reads only, one or two calls.
///
/// # Errors
///
/// Any [`Error`] of a read.
pub async fn look(
    client: &Client,
    store: &Store,
    address: &str,
    journal: &Journal,
) -> Result<Comparison, Error> {
    let scopes = client.shop(journal).await?.scopes;
    let held = client.subscriptions(journal).await?;
    Ok(compare(&topics::of(store), held, &scopes, address))
}

/// Makes the subscriptions of a store what its flows need.
pub async fn mend(client: &Client, store: &Store, address: &str, journal: &Journal) -> OfStore {
    let comparison = match look(client, store, address, journal).await {
        Ok(comparison) => comparison,
        Err(error) => return OfStore::failed(&store.name, told(&error)),
    };
    let mut report = OfStore::beside(&store.name, &comparison);
    let ended = Mending {
        client,
        address,
        journal,
        lines: &mut report.topics,
    }
    .run(&comparison)
    .await;
    report.failed = ended.err().map(|error| told(&error));
    report
}

/// A report of every store, and of what a person must set.
#[must_use]
pub fn report(address: &str, stores: Vec<OfStore>) -> Report {
    Report {
        address: address.to_owned(),
        stores,
        by_hand: ByHand::at(address),
    }
}

/// A failure with the shop's own words: they are about the app, and about no customer.
#[must_use]
pub fn told(error: &Error) -> String {
    match error {
        Error::Refused { refusal, .. } => format!("{error}: {}", refusal.detail),
        Error::NoAnswer { .. }
        | Error::Unavailable { .. }
        | Error::Throttled { .. }
        | Error::Unreadable { .. }
        | Error::Unrecorded { .. } => error.to_string(),
    }
}

struct Mending<'a> {
    client: &'a Client,
    address: &'a str,
    journal: &'a Journal,
    lines: &'a mut Vec<Line>,
}

impl Mending<'_> {
    /// Topic by topic; a refusal is told and the others go on.
    async fn run(&mut self, comparison: &Comparison) -> Result<(), Error> {
        for (topic, standing) in &comparison.topics {
            let line = match standing {
                Standing::Right | Standing::NotAllowed => Ok(report::line(topic, standing)),
                Standing::Missing => self
                    .create(topic)
                    .await
                    .map(|_| Line::new(topic, State::Created).what(sends(topic))),
                Standing::Wrong { id, differs } => self
                    .repair(topic, id)
                    .await
                    .map(|()| Line::new(topic, State::Repaired).what(differs.join("; "))),
            };
            let line = line.or_else(|error| refused(topic, error))?;
            self.lines.push(line);
        }
        for (subscription, why) in &comparison.surplus {
            self.client
                .unsubscribe(self.journal, &subscription.id)
                .await?;
            let topic = report::name_of(&subscription.topic);
            self.lines
                .push(report::too_many(&topic, *why, State::Removed));
        }
        Ok(())
    }

    async fn create(&self, topic: &Topic) -> Result<Subscription, Error> {
        let name = topic.enum_name();
        let wish = self.wish(topic, Some(topic.subscription()));
        match self.client.subscribe(self.journal, &name, &wish).await {
            // The name is another installation's: it is only how we know ours again.
            Err(Error::Refused { refusal, .. }) if is_about_the_name(&refusal) => {
                let wish = self.wish(topic, None);
                self.client.subscribe(self.journal, &name, &wish).await
            }
            ended => ended,
        }
    }

    /// Changes it, or replaces it where Shopify keeps something of the old one.
    async fn repair(&self, topic: &Topic, id: &str) -> Result<(), Error> {
        let wish = self.wish(topic, None);
        match self.client.resubscribe(self.journal, id, &wish).await {
            Ok(now) if differences(topic, &now, self.address).is_empty() => return Ok(()),
            Ok(_) => self.client.unsubscribe(self.journal, id).await?,
            Err(error) if error.meaning() == Some(Meaning::Absent) => {}
            Err(error) => return Err(error),
        }
        self.create(topic).await.map(|_| ())
    }

    fn wish(&self, topic: &Topic, name: Option<String>) -> Wish {
        Wish {
            uri: self.address.to_owned(),
            name,
            include_fields: topic.fields(),
        }
    }
}

fn sends(topic: &Topic) -> String {
    format!("sends {}", topic.fields.join(", "))
}

fn is_about_the_name(refusal: &Refusal) -> bool {
    let path = refusal.path.as_deref();
    path.is_some_and(|path| path.rsplit('.').next() == Some("name"))
}

/// What Shopify refuses of one topic is told; any other failure ends the store.
fn refused(topic: &Topic, error: Error) -> Result<Line, Error> {
    let of_topic = [Meaning::Invalid, Meaning::Exists, Meaning::Forbidden];
    if !error.meaning().is_some_and(|it| of_topic.contains(&it)) {
        return Err(error);
    }
    Ok(Line::new(topic, State::Refused)
        .what(told(&error))
        .remedy("mend what Shopify names, then run `waybill connect`"))
}
