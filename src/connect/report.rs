//! What `connect` found and did, for people and as JSON.

use std::fmt;

use serde::Serialize;

use super::compare::{Comparison, Standing, Surplus, shown};
use super::topics::{Need, PRIVACY, Topic};

/// The API version that waybill is written for.
const VERSION: &str = "2026-10";

/// Every store, and what must be set by hand.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Where Shopify sends to.
    pub address: String,
    pub stores: Vec<OfStore>,
    pub by_hand: ByHand,
}

/// One store.
#[derive(Debug, Serialize)]
pub struct OfStore {
    pub store: String,
    pub topics: Vec<Line>,
    /// Subscriptions of the app that waybill did not make, and leaves alone.
    pub foreign: Vec<Foreign>,
    /// Why the shop could not be looked at, or not to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What else a person should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One subscription of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub topic: String,
    pub state: State,
    /// What is so, where the state does not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// How to mend it; absent where nothing need be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Right,
    Created,
    Repaired,
    Removed,
    Missing,
    Wrong,
    /// Ours, and one too many.
    Surplus,
    ScopeMissing,
    /// Not subscribed, and nothing depends on it.
    LeftOut,
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreign {
    pub topic: String,
    pub uri: String,
}

/// The topics that no call can subscribe: they are set in the app's own configuration.
#[derive(Debug, Serialize)]
pub struct ByHand {
    pub topics: [&'static str; 3],
    pub how: String,
}

impl ByHand {
    pub(super) fn at(address: &str) -> Self {
        Self {
            topics: PRIVACY,
            how: format!(
                "in the app's shopify.app.toml, then `shopify app deploy` (or in the Dev Dashboard, as the webhooks of a new version):\n\
                 [webhooks]\n\
                 api_version = \"{VERSION}\"\n\
                 [[webhooks.subscriptions]]\n\
                 compliance_topics = [\"customers/data_request\", \"customers/redact\", \"shop/redact\"]\n\
                 uri = \"{address}\""
            ),
        }
    }
}

impl Line {
    pub(super) fn new(topic: &Topic, state: State) -> Self {
        Self {
            topic: topic.name.to_owned(),
            state,
            what: None,
            remedy: None,
        }
    }

    pub(super) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = Some(what.into());
        self
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl State {
    /// Whether something is left to be done.
    #[must_use]
    pub fn is_problem(self) -> bool {
        match self {
            Self::Right | Self::Created | Self::Repaired | Self::Removed | Self::LeftOut => false,
            Self::Missing | Self::Wrong | Self::Surplus | Self::ScopeMissing | Self::Refused => {
                true
            }
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Right => "ok",
            Self::Created => "created",
            Self::Repaired => "repaired",
            Self::Removed => "removed",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Surplus => "surplus",
            Self::ScopeMissing => "NO SCOPE",
            Self::LeftOut => "left out",
            Self::Refused => "REFUSED",
        }
    }
}

/// A topic's standing in words.
pub(super) fn line(topic: &Topic, standing: &Standing) -> Line {
    match standing {
        Standing::Right => Line::new(topic, State::Right),
        Standing::Missing => Line::new(topic, State::Missing).remedy("run `waybill connect`"),
        Standing::Wrong { differs, .. } => Line::new(topic, State::Wrong)
            .what(differs.join("; "))
            .remedy("run `waybill connect`"),
        Standing::NotAllowed => match topic.need {
            Need::Always => Line::new(topic, State::ScopeMissing)
                .what(format!("the app lacks the scope {}", topic.scope))
                .remedy(format!(
                    "add {} to the app's scopes ([access_scopes] in shopify.app.toml, or a new version in the Dev Dashboard), approve it in the shop, then run `waybill connect`",
                    topic.scope
                )),
            Need::IfGranted => Line::new(topic, State::LeftOut).what(format!(
                "only with the scope {}; a sweep or the order's next change finds it without",
                topic.scope
            )),
        },
    }
}

/// One too many, in words.
pub(super) fn too_many(topic: &str, why: Surplus, state: State) -> Line {
    let why = match why {
        Surplus::Doubled => "a second one of this topic",
        Surplus::NotNeeded => "no flow needs it as the store is set up",
    };
    let remedy = (state == State::Surplus).then(|| "run `waybill connect`".to_owned());
    Line {
        topic: topic.to_owned(),
        state,
        what: Some(why.to_owned()),
        remedy,
    }
}

impl OfStore {
    /// A shop as it is found, with nothing done.
    #[must_use]
    pub fn found(store: &str, comparison: &Comparison) -> Self {
        let lines = comparison.topics.iter();
        let mut topics: Vec<Line> = lines.map(|(topic, it)| line(topic, it)).collect();
        let surplus = comparison.surplus.iter();
        topics.extend(surplus.map(|(it, why)| too_many(&name_of(&it.topic), *why, State::Surplus)));
        Self {
            topics,
            ..Self::beside(store, comparison)
        }
    }

    /// All but the lines.
    pub(super) fn beside(store: &str, comparison: &Comparison) -> Self {
        let foreign = comparison.foreign.iter().map(|it| Foreign {
            topic: name_of(&it.topic),
            uri: shown(&it.uri),
        });
        let version = comparison.api_version.as_deref();
        let note = version.filter(|it| *it != VERSION).map(|it| {
            format!("the app's webhooks are written in API version {it}: set api_version = \"{VERSION}\" in its configuration")
        });
        Self {
            store: store.to_owned(),
            topics: Vec::new(),
            foreign: foreign.collect(),
            failed: None,
            note,
        }
    }

    /// A shop that could not be looked at.
    #[must_use]
    pub fn failed(store: &str, why: String) -> Self {
        Self {
            store: store.to_owned(),
            topics: Vec::new(),
            foreign: Vec::new(),
            failed: Some(why),
            note: None,
        }
    }

    /// The lines that a person must do something about.
    pub fn problems(&self) -> impl Iterator<Item = &Line> {
        self.topics.iter().filter(|line| line.state.is_problem())
    }
}

/// `ORDERS_CREATE` as people read it; which underscore is the slash is not always known.
pub(super) fn name_of(topic: &str) -> String {
    match topic.rsplit_once('_') {
        Some((family, act)) => format!("{family}/{act}").to_lowercase(),
        None => topic.to_lowercase(),
    }
}

impl Report {
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.stores.iter().any(|store| store.failed.is_some())
    }

    #[must_use]
    pub fn has_problems(&self) -> bool {
        self.stores
            .iter()
            .any(|store| store.problems().next().is_some())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for store in &self.stores {
            writeln!(f, "{}: webhooks to {}", store.store, self.address)?;
            write!(f, "{store}")?;
        }
        writeln!(
            f,
            "{} cannot be subscribed by a call. Set them {}",
            self.by_hand.topics.join(", "),
            self.by_hand.how
        )
    }
}

impl fmt::Display for OfStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.topics {
            write!(f, "  {:<9} {}", line.state.as_str(), line.topic)?;
            if let Some(what) = &line.what {
                write!(f, ": {what}")?;
            }
            writeln!(f)?;
            if let Some(remedy) = &line.remedy {
                writeln!(f, "            → {remedy}")?;
            }
        }
        for foreign in &self.foreign {
            writeln!(
                f,
                "  left alone {} to {}: waybill did not make it",
                foreign.topic, foreign.uri
            )?;
        }
        if let Some(note) = &self.note {
            writeln!(f, "  {note}")?;
        }
        if let Some(failed) = &self.failed {
            return writeln!(f, "  FAILED: {failed}");
        }
        let changed = |line: &&Line| {
            matches!(
                line.state,
                State::Created | State::Repaired | State::Removed
            )
        };
        match self.topics.iter().filter(changed).count() {
            0 => writeln!(f, "  nothing was changed"),
            1 => writeln!(f, "  1 was changed"),
            count => writeln!(f, "  {count} were changed"),
        }
    }
}
