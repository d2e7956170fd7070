//! Reading the pair: which Shopify customer and which NetSuite customer a document means, as both are now.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::links::{self, Last};
use super::merge;

use crate::config::Store;
use crate::config::store::CreateCustomers;
use crate::event::{Document, Kind, NETSUITE};
use crate::flows::keys::Held;
use crate::flows::order::{self, CustomerMatch};
use crate::flows::{Context, Error, Shop, fresh, states};
use crate::journal::Journal;
use crate::link::{self, InternalId};
use crate::netsuite::customers::Customer as Record;
use crate::problem::{Code, Problem};
use crate::shopify::customer::Customer;

/// What a pass works on, and with.
pub(super) struct Target<'a> {
    pub(super) context: &'a Context,
    pub(super) document: &'a Document,
    pub(super) journal: &'a Journal,
    /// The newest version an event named.
    pub(super) wanted: Option<DateTime<Utc>>,
}

/// A customer known on both sides.
pub(super) struct Pair<'a> {
    pub(super) shop: &'a Shop,
    /// The Shopify side's document: what the link belongs to.
    pub(super) document: Document,
    pub(super) customer: Customer,
    pub(super) record: Record,
    pub(super) last: Last,
    /// NetSuite had the record before us, and no pass has compared the two: what they say now is where
    /// they start from, and only what changes from now on travels.
    pub(super) just_matched: bool,
    pub(super) _held: Held,
}

/// A Shopify customer that NetSuite does not have.
pub(super) struct New<'a> {
    pub(super) shop: &'a Shop,
    pub(super) document: Document,
    pub(super) customer: Customer,
    pub(super) _held: Held,
}

/// A NetSuite customer that Shopify does not have.
pub(super) struct NewInShopify<'a> {
    pub(super) shop: &'a Shop,
    pub(super) record: Record,
    pub(super) _held: Held,
}

pub(super) enum Found<'a> {
    /// Nothing is to be done, and why.
    Skip(String),
    Pair(Box<Pair<'a>>),
    New(Box<New<'a>>),
    NewInShopify(Box<NewInShopify<'a>>),
}

fn skip<'a>(reason: &str) -> Found<'a> {
    Found::Skip(reason.to_owned())
}

/// Reads both sides, as far as needed.
pub(super) async fn find<'a>(target: &Target<'a>) -> Result<Found<'a>, Error> {
    if target.document.owner == NETSUITE {
        return from_netsuite(target).await;
    }
    let Some(shop) = target.context.shops.get(&target.document.owner) else {
        return Ok(skip("the store of this customer is not configured"));
    };
    if !shop.store.customers.to_netsuite() && !shop.store.customers.to_shopify() {
        return Ok(skip("[store.customers] direction is off"));
    }
    from_shopify(target, shop).await
}

async fn from_shopify<'a>(target: &Target<'a>, shop: &'a Shop) -> Result<Found<'a>, Error> {
    let (pool, document) = (&target.context.pool, target.document);
    let (held, _) = target.context.keys.take(vec![document.to_string()]).await;
    links::follow_merges(pool, document).await?;
    let id = number(document)?;
    let customers = &shop.store.customers;
    let links = link::of_document(pool, document).await?;
    let linked = links.into_iter().next().map(|link| link.netsuite_id);
    if linked.is_none() && customers.create == CreateCustomers::OnOrder {
        return Ok(skip("not in NetSuite: brought in with the first order"));
    }
    if linked.is_none() && !customers.to_netsuite() {
        return Ok(skip(
            "not linked, and [store.customers] direction leads to Shopify only",
        ));
    }
    let Some(customer) = read(target, shop, id).await? else {
        return gone(target).await;
    };
    fresh::enough(customer.updated_at, target.wanted)?;
    let record = match linked {
        Some(record) => Some(record),
        None => match matched(target, shop, &customer).await? {
            Known::As(id) => Some(id),
            Known::Nowhere => None,
            Known::Elsewhere => {
                return Ok(skip(
                    "in another subsidiary in NetSuite: added to the store's with the first order",
                ));
            }
        },
    };
    let Some(record) = record else {
        return Ok(Found::New(Box::new(New {
            shop,
            document: document.clone(),
            customer,
            _held: held,
        })));
    };
    compared(target, shop, customer, record, held).await
}

/// The pair, if there is something to compare.
async fn compared<'a>(
    target: &Target<'a>,
    shop: &'a Shop,
    customer: Customer,
    record: InternalId,
    held: Held,
) -> Result<Found<'a>, Error> {
    let (pool, document) = (&target.context.pool, target.document);
    if is_shared(target, document, &record).await? {
        return Ok(skip(
            "shares its NetSuite customer with one that was linked before",
        ));
    }
    let last = links::last(pool, document).await?;
    if merge::is_as_it_was(&customer, &last) {
        settled(target, document, &last).await?;
        return Ok(skip("already equal"));
    }
    let netsuite = &target.context.netsuite;
    let Some(record) = netsuite.customer(target.journal, &record).await? else {
        // The next order, or the next change, finds or makes another.
        link::forget(pool, link::Kind::Customer, &document.owner, &document.id).await?;
        return Ok(skip(
            "the NetSuite customer is gone: the link to it is forgotten",
        ));
    };
    let just_matched = is_just_matched(pool, document, &last).await?;
    Ok(Found::Pair(Box::new(Pair {
        shop,
        document: document.clone(),
        customer,
        record,
        last,
        just_matched,
        _held: held,
    })))
}

async fn is_just_matched(pool: &PgPool, document: &Document, last: &Last) -> Result<bool, Error> {
    if *last != Last::default() {
        return Ok(false);
    }
    let links = link::of_document(pool, document).await?;
    Ok(links
        .iter()
        .any(|link| link.origin == link::Origin::Matched))
}

async fn from_netsuite<'a>(target: &Target<'a>) -> Result<Found<'a>, Error> {
    let context = target.context;
    let id = InternalId(target.document.id.clone());
    let wants = |shop: &&Shop| shop.store.customers.to_shopify();
    if !context.shops.values().any(|shop| wants(&shop)) {
        return Ok(skip("no store takes customers from NetSuite"));
    }
    let documents = links::of_record(&context.pool, &id).await?;
    let mut keys = vec![target.document.to_string()];
    keys.extend(documents.first().map(ToString::to_string));
    let (held, _) = context.keys.take(keys).await;
    let Some(document) = documents.into_iter().next() else {
        return unlinked(target, &id, held).await;
    };
    let Some(shop) = context.shops.get(&document.owner).filter(wants) else {
        return Ok(skip("its store takes no customers from NetSuite"));
    };
    let Some(record) = context.netsuite.customer(target.journal, &id).await? else {
        return Ok(skip("deleted in NetSuite: Shopify keeps its customer"));
    };
    let last = links::last(&context.pool, &document).await?;
    if merge::is_record_as_it_was(&record, &last) {
        settled(target, &document, &last).await?;
        return Ok(skip("already equal"));
    }
    let Some(customer) = read(target, shop, number(&document)?).await? else {
        return Ok(skip("deleted in Shopify: NetSuite keeps its customer"));
    };
    let just_matched = is_just_matched(&context.pool, &document, &last).await?;
    Ok(Found::Pair(Box::new(Pair {
        shop,
        document,
        customer,
        record,
        last,
        just_matched,
        _held: held,
    })))
}

/// A Shopify customer, with the provinces named as NetSuite's lists do.
async fn read(target: &Target<'_>, shop: &Shop, id: u64) -> Result<Option<Customer>, Error> {
    let mut customer = shop.client.customer(target.journal, id).await?;
    if let Some(customer) = &mut customer {
        states::name_all(customer.saved(), &shop.store);
    }
    Ok(customer)
}

/// A NetSuite customer without a link: brought to Shopify only if a store of its subsidiary says so.
async fn unlinked<'a>(
    target: &Target<'a>,
    id: &InternalId,
    held: Held,
) -> Result<Found<'a>, Error> {
    let context = target.context;
    let takes =
        |shop: &&Shop| shop.store.customers.to_shopify() && shop.store.customers.create_in_shopify;
    if !context.shops.values().any(|shop| takes(&shop)) {
        return Ok(skip("no Shopify customer is linked to it"));
    }
    let Some(record) = context.netsuite.customer(target.journal, id).await? else {
        return Ok(skip("deleted in NetSuite"));
    };
    let is_of = |store: &Store| store.subsidiary.is_none() || store.subsidiary == record.subsidiary;
    let shop = context
        .shops
        .values()
        .filter(takes)
        .find(|shop| is_of(&shop.store));
    let Some(shop) = shop.filter(|_| !record.inactive) else {
        return Ok(skip("inactive, or of no store's subsidiary"));
    };
    let known = match &record.email {
        Some(email) => shop.client.customer_of_email(target.journal, email).await?,
        None => None,
    };
    match known {
        Some(known) => adopted(target, shop, known, record, held).await,
        None => Ok(Found::NewInShopify(Box::new(NewInShopify {
            shop,
            record,
            _held: held,
        }))),
    }
}

/// The Shopify customer who has the e-mail of a NetSuite customer that nobody is linked to.
async fn adopted<'a>(
    target: &Target<'a>,
    shop: &'a Shop,
    known: u64,
    record: Record,
    held: Held,
) -> Result<Found<'a>, Error> {
    let context = target.context;
    let document = Document::new(Kind::Customer, shop.store.name.as_str(), known);
    if !link::of_document(&context.pool, &document)
        .await?
        .is_empty()
    {
        return Ok(skip(
            "the Shopify customer of its e-mail is another NetSuite customer's",
        ));
    }
    super::apply::link(context, &document, &record.id, link::Origin::Matched).await?;
    let Some(customer) = read(target, shop, known).await? else {
        return Ok(skip("deleted in Shopify"));
    };
    Ok(Found::Pair(Box::new(Pair {
        shop,
        document,
        customer,
        record,
        last: Last::default(),
        just_matched: false,
        _held: held,
    })))
}

/// The echo of our own write has come: what was written was kept.
async fn settled(target: &Target<'_>, document: &Document, last: &Last) -> Result<(), Error> {
    if last.wrote.is_some() {
        let last = Last {
            wrote: None,
            ..last.clone()
        };
        links::remember(&target.context.pool, document, &last).await?;
    }
    Ok(())
}

/// Several Shopify customers may be one NetSuite customer; only the first one linked speaks for it, or they
/// would overwrite each other for ever.
async fn is_shared(
    target: &Target<'_>,
    document: &Document,
    record: &InternalId,
) -> Result<bool, Error> {
    let all = links::of_record(&target.context.pool, record).await?;
    Ok(all.first().is_some_and(|first| first != document))
}

async fn gone<'a>(target: &Target<'_>) -> Result<Found<'a>, Error> {
    if links::is_deleted(&target.context.pool, target.document).await? {
        return Ok(skip("deleted in Shopify: NetSuite keeps its customer"));
    }
    Err(fresh::not_shown("the customer"))
}

/// Who a Shopify customer without a link is in NetSuite.
enum Known {
    As(InternalId),
    /// To be created.
    Nowhere,
    /// In another subsidiary, and not to be used before they are added to the store's.
    Elsewhere,
}

/// The NetSuite customer of this one by external id or e-mail.
async fn matched(target: &Target<'_>, shop: &Shop, customer: &Customer) -> Result<Known, Error> {
    let cause = format!("{}/{}", shop.store.name, customer.id);
    let email = customer.email.as_deref();
    match order::find_customer(target.context, shop, customer.id, email, target.journal).await? {
        CustomerMatch::Linked(id) | CustomerMatch::Matched(id) => Ok(Known::As(id)),
        CustomerMatch::New | CustomerMatch::Guest => Ok(Known::Nowhere),
        CustomerMatch::ToAdd(_) => Ok(Known::Elsewhere),
        CustomerMatch::Many(count) => {
            let what = format!("{count} active NetSuite customers have the customer's e-mail");
            Err(Problem::new(Code::ManyCustomers, what)
                .because(cause)
                .into())
        }
        CustomerMatch::Elsewhere(id) => {
            let what = format!(
                "NetSuite customer {id} has the customer's e-mail, and is not in the subsidiary of store {}",
                shop.store.name
            );
            Err(Problem::new(Code::CustomerElsewhere, what)
                .because(id)
                .into())
        }
    }
}

fn number(document: &Document) -> Result<u64, Problem> {
    document
        .id
        .parse()
        .map_err(|_| Problem::new(Code::Unreadable, "the id of the customer is no number"))
}
