//! Reading customers: one whole, the versions of many, or who has an e-mail.

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::customer::{Customer, Saved};
use super::order_buyer;
use super::order_query::{Address, EmailAddress, PageInfo, PhoneNumber};
use super::schema::{self, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// One customer of a list: enough to see whether they moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub id: u64,
    pub updated_at: DateTime<Utc>,
}

/// One page of versions.
#[derive(Debug, Clone)]
pub struct Page {
    pub customers: Vec<Version>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

impl Client {
    /// The customer as they are now; `None` when Shopify does not show them.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn customer(&self, journal: &Journal, id: u64) -> Result<Option<Customer>, Error> {
        let ask = Ask::read(format!("read shopify customer {id}"));
        let operation = CustomerQuery::build(CustomerVariables {
            id: gid("Customer", id),
        });
        let found = self.transport.run(journal, &ask, &operation).await?;
        Ok(found.customer.and_then(|it| customer(id, it)))
    }

    /// The customers that changed from `from` to `to`, oldest change first; a page of 250.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn customers_updated(
        &self,
        journal: &Journal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (from, to) = (text(from), text(to));
        let ask = Ask::read(format!("read shopify customers updated since {from}"));
        let query = format!("updated_at:>='{from}' AND updated_at:<='{to}'");
        let page = self.listed(journal, &ask, query, after).await?;
        let next = page.page_info.end_cursor.clone();
        Ok(Page {
            next: next.filter(|_| page.page_info.has_next_page),
            customers: versions(page),
        })
    }

    /// Who has this e-mail in the shop: at most one.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn customer_of_email(
        &self,
        journal: &Journal,
        email: &str,
    ) -> Result<Option<u64>, Error> {
        // A quote would end the value; no address of a shop has one.
        let sought: String = email.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        let ask = Ask::read("read shopify customer by e-mail".to_owned());
        let page = self
            .listed(journal, &ask, format!("email:'{sought}'"), None)
            .await?;
        // The search may find more than was asked for.
        let same = |node: &&VersionNode| {
            let theirs = node.default_email_address.as_ref();
            theirs.is_some_and(|it| it.email_address.eq_ignore_ascii_case(email))
        };
        Ok(page.nodes.iter().find(same).and_then(|it| number(&it.id)))
    }

    async fn listed(
        &self,
        journal: &Journal,
        ask: &Ask,
        query: String,
        after: Option<&str>,
    ) -> Result<VersionConnection, Error> {
        let operation = CustomersQuery::build(CustomersVariables {
            query: Some(query),
            after: after.map(str::to_owned),
        });
        let found = self.transport.run(journal, ask, &operation).await?;
        Ok(found.customers)
    }
}

fn versions(page: VersionConnection) -> Vec<Version> {
    let version = |it: VersionNode| {
        Some(Version {
            id: number(&it.id)?,
            updated_at: it.updated_at,
        })
    };
    page.nodes.into_iter().filter_map(version).collect()
}

fn customer(id: u64, it: CustomerNode) -> Option<Customer> {
    let saved = |node: SavedNode| {
        Some(Saved {
            id: number(&node.id)?,
            address: order_buyer::address(node.address),
        })
    };
    let addresses = it.addresses_v2.nodes.into_iter();
    Some(Customer {
        id,
        first_name: it.first_name,
        last_name: it.last_name,
        name: it.display_name,
        email: it.default_email_address.map(|it| it.email_address),
        phone: it.default_phone_number.map(|it| it.phone_number),
        note: it.note,
        tax_exempt: it.tax_exempt,
        updated_at: it.updated_at,
        addresses: addresses.map(saved).collect::<Option<_>>()?,
        default_address: it.default_address.and_then(|it| number(&it.id)),
    })
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CustomerVariables {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "CustomerVariables"
)]
struct CustomerQuery {
    #[arguments(id: $id)]
    customer: Option<CustomerNode>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Customer")]
struct CustomerNode {
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: String,
    note: Option<String>,
    tax_exempt: bool,
    updated_at: DateTime<Utc>,
    default_email_address: Option<EmailAddress>,
    default_phone_number: Option<PhoneNumber>,
    default_address: Option<AddressId>,
    #[arguments(first: 100)]
    addresses_v2: SavedConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MailingAddress")]
struct AddressId {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MailingAddressConnection")]
struct SavedConnection {
    nodes: Vec<SavedNode>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "MailingAddress")]
struct SavedNode {
    id: Id,
    #[cynic(spread)]
    address: Address,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CustomersVariables {
    query: Option<String>,
    after: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "CustomersVariables"
)]
struct CustomersQuery {
    #[arguments(first: 250, after: $after, query: $query, sortKey: UPDATED_AT)]
    customers: VersionConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CustomerConnection")]
struct VersionConnection {
    nodes: Vec<VersionNode>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Customer")]
struct VersionNode {
    id: Id,
    updated_at: DateTime<Utc>,
    default_email_address: Option<EmailAddress>,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    vec![
        CustomerQuery::build(CustomerVariables {
            id: gid("Customer", 1),
        })
        .query,
        CustomersQuery::build(CustomersVariables {
            query: Some("email:'a@example.com'".to_owned()),
            after: None,
        })
        .query,
    ]
}
