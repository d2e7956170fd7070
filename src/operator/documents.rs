//! `GET /api/v1/documents`: the outbox in pages, and one document as `waybill explain` tells it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::Desk;
use super::body::{Address, Parameters};
use super::problem_details::Refusal;
use crate::event::{Document, Kind, NotADocument};
use crate::explain::{self, Explanation};
use crate::outbox::list::{self, Filter, Row, State as Standing};

/// How many documents a page has, unless asked for, and at most.
const PAGE: u16 = 50;
const PAGE_MOST: u16 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    kind: Option<String>,
    store: Option<String>,
    state: Option<Wanted>,
    /// A document, an id in Shopify or NetSuite, or our external id: exact. An order's name is not
    /// stored; `waybill explain "#1001"` asks Shopify for it.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    limit: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Due,
    Settled,
    Skipped,
    Held,
    Dead,
    Running,
}

#[derive(Serialize)]
pub(super) struct Page {
    documents: Vec<Row>,
    /// What to give as `after` for the next page; absent on the last.
    next: Option<String>,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    Parameters(query): Parameters<Query>,
) -> Result<Json<Page>, Refusal> {
    let limit = query.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MOST {
        let detail = format!("limit is 1 to {PAGE_MOST}");
        return Err(Refusal::unusable(detail, Some("limit".to_owned())));
    }
    let filter = query.filter(&desk).await?;
    let mut documents = list::page(&desk.pool, &filter, i64::from(limit) + 1).await?;
    let more = documents.len() > usize::from(limit);
    documents.truncate(usize::from(limit));
    let next = documents
        .last()
        .filter(|_| more)
        .map(|row| row.document.clone());
    Ok(Json(Page { documents, next }))
}

pub(super) async fn show(
    State(desk): State<Desk>,
    Address((kind, owner, id)): Address<(String, String, String)>,
) -> Result<Json<Explanation>, Refusal> {
    let document: Document = format!("{kind}/{owner}/{id}")
        .parse()
        .map_err(|error: NotADocument| Refusal::not_found(error.to_string()))?;
    let explained = explain::document(&desk.pool, &document).await?;
    let unknown = || Refusal::not_found(format!("no event has ever named {document}"));
    explained.map(Json).ok_or_else(unknown)
}

impl Query {
    async fn filter(self, desk: &Desk) -> Result<Filter, Refusal> {
        let documents = match self.q.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(list::search(&desk.pool, text, &desk.owners()).await?),
            None => None,
        };
        Ok(Filter {
            kind: self.kind.as_deref().map(kind).transpose()?,
            owner: self.store,
            state: self.state.and_then(Wanted::state),
            running: self.state == Some(Wanted::Running),
            documents,
            after: self.after,
        })
    }
}

impl Wanted {
    fn state(self) -> Option<Standing> {
        match self {
            Self::Due => Some(Standing::Due),
            Self::Settled => Some(Standing::Settled),
            Self::Skipped => Some(Standing::Skipped),
            Self::Held => Some(Standing::Held),
            Self::Dead => Some(Standing::Dead),
            Self::Running => None,
        }
    }
}

/// The kind of this name.
pub(super) fn kind(name: &str) -> Result<Kind, Refusal> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            let detail = format!("there is no kind `{name}`; there are {known}");
            Refusal::unusable(detail, Some("kind".to_owned()))
        })
}
