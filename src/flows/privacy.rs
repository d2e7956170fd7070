//! The privacy flow: a data request waits for a person, an erasure is done.
//!
//! Here alone the event's signed body counts: these are acts, not states. The door has believed it only in
//! its topic's own shape and for this very store.

use std::time::Duration;

use serde_json::json;

use super::{Context, Error, Outcome, Pass, Preview, Shop};
use crate::event::Document;
use crate::journal::Journal;
use crate::plan::{Action, Plan, Write};
use crate::privacy::request::{self, Request};
use crate::privacy::{answers, erase};
use crate::problem::{Code, Problem};
use crate::remote::Meaning;

/// One pass over a request for somebody's data, or for its erasure.
///
/// # Errors
///
/// `privacy_request` for what a person must decide or answer.
pub async fn run(context: &Context, shop: &Shop, pass: &mut Pass) -> Result<Outcome, Error> {
    let document = pass.claim.document.clone();
    match Request::of(&document) {
        Some(Request::Data { request, .. }) => data(context, &document, &request).await,
        Some(Request::Customer(_)) => {
            let person = request::person(&context.pool, &document).await?;
            erase::person(&context.pool, &person, Some(&document)).await?;
            Ok(done())
        }
        Some(Request::Shop) => {
            let plan = plan(&document);
            let approved = pass.claim.approved_plan.as_deref() == Some(plan.hash().as_str());
            if !approved && is_installed(shop, &pass.journal).await? {
                return Err(still_installed(&document).into());
            }
            pass.record.plan = Some(plan);
            erase::store(&context.pool, &document.owner, &document).await?;
            Ok(done())
        }
        None => Err(unknown().into()),
    }
}

/// What a pass would do: the erasure of a whole store is shown as a plan, which an operator may approve.
///
/// # Errors
///
/// As [`run`].
pub async fn preview(context: &Context, document: &Document) -> Result<Preview, Error> {
    match Request::of(document) {
        Some(Request::Data { request, .. }) => match data(context, document, &request).await? {
            Outcome::Skipped { reason } => Ok(Preview::Skip { reason }),
            Outcome::Applied { .. } | Outcome::Done => Ok(Preview::Skip {
                reason: String::new(),
            }),
        },
        Some(Request::Customer(_) | Request::Shop) => Ok(Preview::Write {
            plan: plan(document),
        }),
        None => Err(unknown().into()),
    }
}

/// Answered as soon as somebody has exported that person's data since.
async fn data(context: &Context, document: &Document, request: &str) -> Result<Outcome, Error> {
    let person = request::person(&context.pool, document).await?;
    let Some((store, customer)) = person.customers.first() else {
        let what = format!("the data request {request} does not say whose data is asked for");
        return Err(Problem::new(Code::PrivacyRequest, what)
            .because(document)
            .into());
    };
    if answers::exported_since(&context.pool, document, store, *customer).await? {
        return Ok(Outcome::Skipped {
            reason: "answered: the customer's data was exported".to_owned(),
        });
    }
    let what = format!(
        "customer {store}/{customer} asks for their data (request {request}): send them what `waybill export-customer {store}/{customer}` gives"
    );
    Err(Problem::new(Code::PrivacyRequest, what)
        .because(format!("{store}/{customer}"))
        .into())
}

/// What an operator approves.
fn plan(document: &Document) -> Plan {
    Plan {
        writes: vec![Write {
            action: Action::Update,
            record: "waybill".to_owned(),
            key: document.id.clone(),
            source: document.owner.clone(),
            body: json!({ "erase": document.to_string() }),
            on: None,
        }],
        ..Plan::default()
    }
}

/// Whether the store still lets us in: then its redaction is a mistake, or somebody else's.
async fn is_installed(shop: &Shop, journal: &Journal) -> Result<bool, Error> {
    match shop.client.shop(journal).await {
        Ok(_) => Ok(true),
        Err(error) => match error.meaning() {
            Some(Meaning::Unauthorized | Meaning::Closed | Meaning::Absent) => Ok(false),
            Some(_) | None => Err(error.into()),
        },
    }
}

fn still_installed(document: &Document) -> Problem {
    let what = format!(
        "Shopify asks to erase all people of store {0}, and store {0} still lets us in: if it is meant, approve it with `waybill replay {document}`",
        document.owner
    );
    Problem::new(Code::PrivacyRequest, what).because(document)
}

fn unknown() -> Problem {
    Problem::new(
        Code::PrivacyRequest,
        "a privacy request that this version does not know",
    )
}

fn done() -> Outcome {
    Outcome::Applied {
        verify_after: Duration::ZERO,
    }
}
