//! Every place that names a person: looked for in all that is kept, not in an index of people.
//!
//! The search reads the bytes of every kept event and the words of every attempt, a window at a time, so
//! that no statement runs long. It is rare, and a merchant's month of bodies is read in minutes.

use std::collections::BTreeSet;

use sqlx::PgPool;

use super::Person;
use crate::event::{Document, Kind, NETSUITE};
use crate::link::ExternalId;

/// How many rows one statement looks through.
const WINDOW: i64 = 1000;

/// Where a person is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Documents about them, and documents whose events or plans name them.
    pub documents: BTreeSet<String>,
    /// What names them in a text, in lower case.
    pub needles: Vec<String>,
    /// Their customer links: store and Shopify id.
    pub customers: Vec<(String, u64)>,
}

/// Finds everything that names `person`. Reads only.
///
/// # Errors
///
/// When the database does not answer.
pub async fn find(pool: &PgPool, person: &Person) -> sqlx::Result<Traces> {
    let mut person = person.clone();
    let mut traces = Traces::default();
    // An e-mail leads to customers, whose ids lead to more: a second look is enough, since ids lead to no names.
    for _ in 0..2 {
        traces = look(pool, &person).await?;
        let known = person.customers.len();
        for (store, id) in traces.documents.iter().filter_map(|it| customer_of(it)) {
            if is_named_itself(pool, &store, id, &person.names).await?
                && !person.customers.contains(&(store.clone(), id))
            {
                person.customers.push((store, id));
            }
        }
        if person.customers.len() == known {
            break;
        }
    }
    traces.customers = person.customers;
    Ok(traces)
}

async fn look(pool: &PgPool, person: &Person) -> sqlx::Result<Traces> {
    let mut documents = BTreeSet::new();
    let mut needles: Vec<String> = person
        .names
        .iter()
        .flat_map(|name| spellings(name))
        .collect();
    for (store, id) in &person.customers {
        documents.insert(Document::new(Kind::Customer, store, id).to_string());
        needles.push(format!("gid://shopify/customer/{id}\""));
        needles.push(format!("\"{}\"", ExternalId::customer(store, *id)));
        needles.extend(linked(pool, store, *id, &mut documents).await?);
    }
    for (store, id) in &person.orders {
        documents.insert(Document::new(Kind::Order, store, id).to_string());
    }
    if !needles.is_empty() {
        documents.extend(bodies(pool, &needles).await?);
        documents.extend(attempts(pool, &needles).await?);
        documents.extend(rows(pool, &needles).await?);
    }
    Ok(Traces {
        documents,
        needles,
        customers: Vec::new(),
    })
}

/// A text as it may stand in JSON: as it is, and with the characters that Shopify escapes.
fn spellings(text: &str) -> Vec<String> {
    let plain = text.to_lowercase();
    let quoted = serde_json::Value::from(plain.as_str()).to_string();
    let inner = quoted.trim_matches('"').to_owned();
    let escaped = inner
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e");
    let mut spellings = vec![plain, inner, escaped];
    spellings.sort();
    spellings.dedup();
    spellings
}

/// The NetSuite record of a customer: its document, and how documents booked on it name it.
async fn linked(
    pool: &PgPool,
    store: &str,
    id: u64,
    documents: &mut BTreeSet<String>,
) -> sqlx::Result<Vec<String>> {
    let records = sqlx::query_scalar!(
        "select netsuite_id from link where kind = 'customer' and store = $1 and shopify_id = $2",
        store,
        id.to_string()
    )
    .fetch_all(pool)
    .await?;
    let mut needles = Vec::new();
    for record in records {
        documents.insert(Document::new(Kind::Customer, NETSUITE, &record).to_string());
        needles.push(format!("\"entity\": {{\"id\": \"{record}\"}}"));
        needles.push(format!("\"customer\": {{\"id\": \"{record}\"}}"));
    }
    Ok(needles)
}

/// A customer document that a text names: its store and id.
fn customer_of(document: &str) -> Option<(String, u64)> {
    let document: Document = document.parse().ok()?;
    let id = document.id.parse().ok()?;
    (document.kind == Kind::Customer && document.owner != NETSUITE).then_some((document.owner, id))
}

/// Whether a customer's own events carry one of `names`: a customer found by other means is somebody else.
async fn is_named_itself(
    pool: &PgPool,
    store: &str,
    id: u64,
    names: &[String],
) -> sqlx::Result<bool> {
    let needles: Vec<String> = names.iter().flat_map(|name| spellings(name)).collect();
    sqlx::query_scalar!(
        r#"select exists (select from event e join event_body b on b.event = e.id, unnest($2::text[]) as needle
            where e.document = $1
            and position(encode(convert_to(needle, 'UTF8'), 'escape') in lower(encode(b.body, 'escape'))) > 0) as "is!""#,
        Document::new(Kind::Customer, store, id).to_string(),
        &needles
    )
    .fetch_one(pool)
    .await
}

/// Documents whose events' bytes contain a needle.
async fn bodies(pool: &PgPool, needles: &[String]) -> sqlx::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let (mut from, to) = ends(
        sqlx::query!(r#"select min(event) as "first", max(event) as "last" from event_body"#)
            .fetch_one(pool)
            .await
            .map(|row| (row.first, row.last))?,
    );
    while from <= to {
        // Bytes compare in the escape form, where letters outside ASCII are numbers: lower case of both is alike.
        let documents = sqlx::query_scalar!(
            r#"select distinct e.document from event_body b join event e on e.id = b.event
            where b.event >= $1 and b.event < $2 and exists (select from unnest($3::text[]) as needle
                where position(encode(convert_to(needle, 'UTF8'), 'escape') in lower(encode(b.body, 'escape'))) > 0)"#,
            from,
            from + WINDOW,
            needles
        )
        .fetch_all(pool)
        .await?;
        found.extend(documents);
        from += WINDOW;
    }
    Ok(found)
}

/// Documents whose attempts' plans, problems or reasons contain a needle.
async fn attempts(pool: &PgPool, needles: &[String]) -> sqlx::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let (mut from, to) = ends(
        sqlx::query!(r#"select min(id) as "first", max(id) as "last" from attempt"#)
            .fetch_one(pool)
            .await
            .map(|row| (row.first, row.last))?,
    );
    while from <= to {
        let documents = sqlx::query_scalar!(
            "select distinct document from attempt where id >= $1 and id < $2
            and exists (select from unnest($3::text[]) as needle
                where position(needle in lower(concat_ws(' ', plan::text, problem::text, reason))) > 0)",
            from,
            from + WINDOW,
            needles
        )
        .fetch_all(pool)
        .await?;
        found.extend(documents);
        from += WINDOW;
    }
    Ok(found)
}

/// Documents whose own row says a needle: why it is held, skipped or failing.
async fn rows(pool: &PgPool, needles: &[String]) -> sqlx::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut after = String::new();
    loop {
        let page = sqlx::query!(
            r#"select document, exists (select from unnest($3::text[]) as needle
                where position(needle in lower(concat_ws(' ', problem::text, reason))) > 0) as "names!"
            from outbox where document > $1 order by document limit $2"#,
            after,
            WINDOW,
            needles
        )
        .fetch_all(pool)
        .await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after.clone_from(&last.document);
        let named = page.into_iter().filter(|row| row.names);
        found.extend(named.map(|row| row.document));
    }
}

/// The window's ends; an empty table has none.
fn ends((first, last): (Option<i64>, Option<i64>)) -> (i64, i64) {
    (first.unwrap_or(0), last.unwrap_or(-1))
}
