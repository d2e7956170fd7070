//! Whether a data request was answered: an export of that person's data since it came.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::Person;
use crate::action::{self, Action, Actor};
use crate::event::{Document, Event, Priority, Source};
use crate::outbox::list;
use crate::outbox::writer::store;

/// How many requests of one person are answered at once.
const MOST: i64 = 100;

/// Whether the customer's data was exported since the request came.
///
/// # Errors
///
/// When the database does not answer.
pub async fn exported_since(
    pool: &PgPool,
    document: &Document,
    store: &str,
    customer: u64,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from operator_action where action = 'export_customer' and subject = $1
            and at > (select max(received_at) from event where document = $2 and source = 'shopify')) as "is!""#,
        format!("{store}/{customer}"),
        document.to_string()
    )
    .fetch_one(pool)
    .await
}

/// Writes down that an export or an erasure was made, and has the requests of that person looked at again.
/// An e-mail is not written down.
///
/// # Errors
///
/// When the database does not answer.
pub async fn note(
    pool: &PgPool,
    actor: &Actor,
    action: Action,
    person: &Person,
) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    let mut events = Vec::new();
    for (owner, customer) in &person.customers {
        let subject = format!("{owner}/{customer}");
        action::record(&mut *transaction, actor, action, &subject, None).await?;
        let (held, _) = list::held(pool, &format!("privacy_request:{subject}"), MOST).await?;
        events.extend(held.into_iter().map(event));
    }
    if person.customers.is_empty() {
        let detail = Some(json!({ "by": "e-mail" }));
        action::record(&mut *transaction, actor, action, "a person", detail).await?;
    }
    store(&mut *transaction, &events).await?;
    transaction.commit().await
}

fn event(document: Document) -> Event {
    Event {
        source: Source::Operator,
        store: document.owner.clone(),
        topic: "answered".to_owned(),
        delivery_id: format!("answered/{}", Uuid::new_v4()),
        priority: Priority::of(document.kind),
        document,
        version: None,
        body: Vec::new(),
    }
}
