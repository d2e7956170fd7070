//! What a pass does with a document: read both sides, plan (pure), apply (repeatable).
//!
//! One file, or folder, per kind of document. A flow never looks at the body of an event: it reads
//! the document as it is now in the system that owns it, and writes only the difference.

pub mod company;
pub mod customer;
mod fresh;
pub mod fulfillment;
pub mod inventory;
pub mod keys;
pub mod order;
pub mod privacy;
pub mod sales_order;
mod states;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use crate::config::{Config, Store};
use crate::event::{Document, Kind, NETSUITE};
use crate::journal::Journal;
use crate::outbox::claim::Claim;
use crate::outbox::end::{Ending, Record};
use crate::plan::Plan;
use crate::problem::{Code, Problem};
use crate::{connect, netsuite, remote, shopify};

pub use keys::Keys;

/// What every pass needs: the settings, the database, the two systems.
#[derive(Debug)]
pub struct Context {
    pub config: Config,
    pub pool: PgPool,
    /// By store name.
    pub shops: BTreeMap<String, Shop>,
    pub netsuite: netsuite::Client,
    pub keys: Arc<Keys>,
    /// How this process saw our webhook subscriptions last.
    pub subscriptions: connect::Watch,
    /// Items that shops were found not to sell.
    pub absent: inventory::Absent,
    /// What our writes of stock left, and no shop has told us of yet.
    pub echoes: inventory::Echoes,
}

/// Why the two systems cannot be called at all.
#[derive(Debug, thiserror::Error)]
pub enum BadContext {
    #[error("the NetSuite client cannot be set up")]
    Netsuite(#[from] netsuite::SetupError),
    #[error("the Shopify client of the store `{store}` cannot be set up")]
    Shopify {
        store: String,
        #[source]
        source: shopify::SetupError,
    },
}

impl Context {
    /// The clients of both systems, built from the settings. Calls nothing.
    ///
    /// # Errors
    ///
    /// [`BadContext`] when a key or a certificate store cannot be used.
    pub fn new(config: Config, pool: PgPool) -> Result<Self, BadContext> {
        let netsuite = netsuite::Client::new(&config.netsuite, &config.timing)?;
        let shops = config
            .stores
            .iter()
            .map(|store| {
                let client = shopify::Client::new(store, &config.timing).map_err(|source| {
                    BadContext::Shopify {
                        store: store.name.clone(),
                        source,
                    }
                })?;
                Ok((
                    store.name.clone(),
                    Shop {
                        store: store.clone(),
                        client,
                    },
                ))
            })
            .collect::<Result<_, BadContext>>()?;
        Ok(Self {
            config,
            pool,
            shops,
            netsuite,
            keys: Arc::default(),
            subscriptions: connect::Watch::default(),
            absent: inventory::Absent::default(),
            echoes: inventory::Echoes::default(),
        })
    }
}

/// One store: its settings and its client.
#[derive(Debug)]
pub struct Shop {
    pub store: Store,
    pub client: shopify::Client,
}

/// One run over one claimed document.
#[derive(Debug)]
pub struct Pass {
    pub claim: Claim,
    pub journal: Journal,
    /// What is written down at the end, whatever the outcome.
    pub record: Record,
}

/// How a flow ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side was changed; look again after this time, or never if it is zero.
    Applied {
        verify_after: Duration,
    },
    /// The other side was changed and has said so: nothing to look at again.
    Done,
    Skipped {
        reason: String,
    },
}

/// What a pass would do now.
#[derive(Debug, Clone)]
pub enum Preview {
    Skip { reason: String },
    Write { plan: Plan },
}

/// Why a flow did not end well.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// The source, or another document, is not there yet.
    #[error("{reason}")]
    NotYet {
        reason: String,
        waits_for: Option<Document>,
        /// What it becomes when it lasts too long.
        then: Box<Problem>,
    },
    /// Something that was sent may still arrive: nothing may be sent before.
    #[error("{reason}")]
    Later { after: Duration, reason: String },
    /// Something must happen in NetSuite first: a bill, a receipt. Looked at now and then.
    #[error("{reason}")]
    Waits {
        reason: String,
        /// How long it goes unreported.
        longest: Duration,
        then: Box<Problem>,
    },
    #[error("{}", .0.what)]
    NeedsOperator(Box<Problem>),
    #[error("the database does not answer")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// The same failure, told of another document of the same pass.
    #[must_use]
    fn again(&self) -> Self {
        match self {
            Self::Remote(error) => Self::Remote(error.again()),
            Self::NotYet {
                reason,
                waits_for,
                then,
            } => Self::NotYet {
                reason: reason.clone(),
                waits_for: waits_for.clone(),
                then: then.clone(),
            },
            Self::Later { after, reason } => Self::Later {
                after: *after,
                reason: reason.clone(),
            },
            Self::Waits {
                reason,
                longest,
                then,
            } => Self::Waits {
                reason: reason.clone(),
                longest: *longest,
                then: then.clone(),
            },
            Self::NeedsOperator(problem) => Self::NeedsOperator(problem.clone()),
            Self::Database(_) => Self::Database(sqlx::Error::PoolTimedOut),
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::NeedsOperator(Box::new(problem))
    }
}

/// Runs the flow of the pass's document.
///
/// # Errors
///
/// Any [`Error`]; nothing is half done that a second run does not finish.
pub async fn run(context: &Context, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    match document.kind {
        Kind::Order => match context.shops.get(&document.owner) {
            Some(shop) => order::run(context, shop, pass).await,
            None if document.owner == NETSUITE => sales_order::run(context, pass).await,
            None => Ok(not_carried("the store of this order is not configured")),
        },
        Kind::Unreadable => Err(Problem::new(
            Code::Unreadable,
            "a signed event that this version does not understand",
        )
        .into()),
        Kind::Privacy => match context.shops.get(&document.owner) {
            Some(shop) => privacy::run(context, shop, pass).await,
            None => Ok(not_carried("the store of this request is not configured")),
        },
        Kind::Fulfillment => fulfillment::run(context, pass).await,
        Kind::Receipt | Kind::Return => Ok(not_carried("returns are not carried yet")),
        Kind::Customer => match document.as_company() {
            Some(id) => company::run(context, pass, id).await,
            None => customer::run(context, pass).await,
        },
        Kind::Item => Ok(not_carried("stock is carried many items at once")),
        Kind::Product => Ok(not_carried("products are not carried")),
        Kind::Shop => Ok(not_carried("nothing of the shop's own record is carried")),
    }
}

/// What a pass over `document` would do now: reads only, nothing is written anywhere.
///
/// # Errors
///
/// As [`run`].
pub async fn preview(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Preview, Error> {
    match (document.kind, context.shops.get(&document.owner)) {
        (Kind::Order, Some(shop)) => order::preview(context, shop, document, journal).await,
        (Kind::Order, None) if document.owner == NETSUITE => {
            sales_order::preview(context, document, journal).await
        }
        (Kind::Customer, _) => match document.as_company() {
            Some(id) => company::preview(context, document, journal, id).await,
            None => customer::preview(context, document, journal).await,
        },
        (Kind::Privacy, Some(_)) => privacy::preview(context, document).await,
        (Kind::Item, _) => inventory::preview(context, document, journal).await,
        (Kind::Fulfillment, _) => fulfillment::preview(context, document, journal).await,
        _ => Ok(Preview::Skip {
            reason: "nothing is written for documents of this kind".to_owned(),
        }),
    }
}

/// Refuses to apply anything but the plan that an operator approved.
fn approved(plan: &Plan, hash: Option<&str>) -> Result<(), Problem> {
    match hash {
        Some(hash) if hash != plan.hash() => Err(Problem::new(
            Code::PlanMoved,
            "the plan that was approved is not what would be written now",
        )),
        Some(_) | None => Ok(()),
    }
}

impl Context {
    /// The shop of a document of NetSuite's, by the store of the order that it is about.
    ///
    /// # Errors
    ///
    /// `missing_setting` when that store is not configured (any more).
    fn shop_of_order(&self, store: &str) -> Result<&Shop, Problem> {
        self.shops.get(store).ok_or_else(|| {
            let what = format!("its order is of the store {store}, which is not configured");
            Problem::new(Code::MissingSetting, what).because(store)
        })
    }
}

fn not_carried(reason: &str) -> Outcome {
    Outcome::Skipped {
        reason: reason.to_owned(),
    }
}

/// Looks again at settled documents of one kind and store, in bulk.
///
/// Gives each claim its ending, in any order. Repeatable.
pub async fn verify(
    context: &Context,
    claims: Vec<Claim>,
    journal: &Journal,
) -> Vec<(Claim, Ending)> {
    let Some(first) = claims.first() else {
        return Vec::new();
    };
    match (
        first.document.kind,
        context.shops.get(&first.document.owner),
    ) {
        (Kind::Order, Some(shop)) => order::verify(context, shop, claims, journal).await,
        _ => claims
            .into_iter()
            .map(|claim| (claim, Ending::Verified))
            .collect(),
    }
}
