//! Reading companies: one with its locations, or the versions of many.

use chrono::{DateTime, SecondsFormat, Utc};
use cynic::{Id, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::order::Address;
use super::order_query::PageInfo;
use super::schema::{self, CountryCode, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// A company as it is now.
#[derive(Debug, Clone)]
pub struct Company {
    pub id: u64,
    pub name: String,
    pub external_id: Option<String>,
    pub updated_at: DateTime<Utc>,
    /// At most 100.
    pub locations: Vec<Location>,
}

/// A location of a company.
#[derive(Debug, Clone)]
pub struct Location {
    pub id: u64,
    pub name: String,
    pub external_id: Option<String>,
    pub phone: Option<String>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    /// The name of its payment terms: `Net 30`.
    pub terms: Option<String>,
}

/// One company or location of a list: which company moved, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub company: u64,
    /// The location that moved; none for the company itself.
    pub location: Option<u64>,
    pub updated_at: DateTime<Utc>,
}

/// One page of versions.
#[derive(Debug, Clone)]
pub struct Page {
    pub versions: Vec<Version>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<String>,
}

impl Client {
    /// The company as it is now; `None` when Shopify does not show it.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn company(&self, journal: &Journal, id: u64) -> Result<Option<Company>, Error> {
        let ask = Ask::read(format!("read shopify company {id}"));
        let operation = CompanyQuery::build(CompanyVariables {
            id: gid("Company", id),
        });
        let found = self.transport.run(journal, &ask, &operation).await?;
        Ok(found.company.map(|it| company(id, it)))
    }

    /// The companies that changed from `from` to `to`, oldest change first; a page of 250.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn companies_updated(
        &self,
        journal: &Journal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        let ask = Ask::read(format!(
            "read shopify companies updated since {}",
            text(from)
        ));
        let operation = CompaniesQuery::build(ListVariables::of(from, to, after));
        let page = self
            .transport
            .run(journal, &ask, &operation)
            .await?
            .companies;
        let version = |it: CompanyVersion| {
            Some(Version {
                company: number(&it.id)?,
                location: None,
                updated_at: it.updated_at,
            })
        };
        Ok(Page {
            versions: page.nodes.into_iter().filter_map(version).collect(),
            next: next(page.page_info),
        })
    }

    /// The locations of companies that changed from `from` to `to`, oldest change first; a page of 250.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn company_locations_updated(
        &self,
        journal: &Journal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<&str>,
    ) -> Result<Page, Error> {
        let ask = Ask::read(format!(
            "read shopify company locations updated since {}",
            text(from)
        ));
        let operation = LocationsQuery::build(ListVariables::of(from, to, after));
        let found = self.transport.run(journal, &ask, &operation).await?;
        let page = found.company_locations;
        let version = |it: LocationVersion| {
            Some(Version {
                company: number(&it.company.id)?,
                location: Some(number(&it.id)?),
                updated_at: it.updated_at,
            })
        };
        Ok(Page {
            versions: page.nodes.into_iter().filter_map(version).collect(),
            next: next(page.page_info),
        })
    }
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn next(info: PageInfo) -> Option<String> {
    info.end_cursor.filter(|_| info.has_next_page)
}

fn company(id: u64, it: CompanyNode) -> Company {
    let locations = it.locations.nodes.into_iter();
    Company {
        id,
        name: it.name,
        external_id: it.external_id,
        updated_at: it.updated_at,
        locations: locations.filter_map(location).collect(),
    }
}

fn location(it: LocationNode) -> Option<Location> {
    let template = it.buyer_experience_configuration;
    let template = template.and_then(|it| it.payment_terms_template);
    Some(Location {
        id: number(&it.id)?,
        name: it.name,
        external_id: it.external_id,
        phone: it.phone,
        billing_address: it.billing_address.map(address),
        shipping_address: it.shipping_address.map(address),
        terms: template.map(|it| it.name),
    })
}

/// The same form as an order's address: who receives goods without a first and a last name is one name.
fn address(it: AddressNode) -> Address {
    let named = it.first_name.is_some() || it.last_name.is_some();
    let recipient = it.recipient.filter(|_| !named);
    Address {
        first_name: it.first_name,
        last_name: it.last_name.or(recipient),
        company: Some(it.company_name),
        address1: Some(it.address1),
        address2: it.address2,
        city: it.city,
        province: it.province,
        province_code: it.zone_code,
        netsuite_state: None,
        zip: it.zip,
        country_code: Some(it.country_code.0),
        phone: it.phone,
    }
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CompanyVariables {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "CompanyVariables"
)]
struct CompanyQuery {
    #[arguments(id: $id)]
    company: Option<CompanyNode>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Company")]
struct CompanyNode {
    name: String,
    external_id: Option<String>,
    updated_at: DateTime<Utc>,
    #[arguments(first: 100)]
    locations: LocationConnection,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyLocationConnection")]
struct LocationConnection {
    nodes: Vec<LocationNode>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyLocation")]
struct LocationNode {
    id: Id,
    name: String,
    external_id: Option<String>,
    phone: Option<String>,
    billing_address: Option<AddressNode>,
    shipping_address: Option<AddressNode>,
    buyer_experience_configuration: Option<Checkout>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "BuyerExperienceConfiguration")]
struct Checkout {
    payment_terms_template: Option<TermsTemplate>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "PaymentTermsTemplate")]
struct TermsTemplate {
    name: String,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyAddress")]
struct AddressNode {
    first_name: Option<String>,
    last_name: Option<String>,
    recipient: Option<String>,
    company_name: String,
    address1: String,
    address2: Option<String>,
    city: Option<String>,
    province: Option<String>,
    zone_code: Option<String>,
    zip: Option<String>,
    country_code: CountryCode,
    phone: Option<String>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct ListVariables {
    query: Option<String>,
    after: Option<String>,
}

impl ListVariables {
    fn of(from: DateTime<Utc>, to: DateTime<Utc>, after: Option<&str>) -> Self {
        let (from, to) = (text(from), text(to));
        Self {
            query: Some(format!("updated_at:>='{from}' AND updated_at:<='{to}'")),
            after: after.map(str::to_owned),
        }
    }
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "ListVariables"
)]
struct CompaniesQuery {
    #[arguments(first: 250, after: $after, query: $query, sortKey: UPDATED_AT)]
    companies: CompanyVersions,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyConnection")]
struct CompanyVersions {
    nodes: Vec<CompanyVersion>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Company")]
struct CompanyVersion {
    id: Id,
    updated_at: DateTime<Utc>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "ListVariables"
)]
struct LocationsQuery {
    #[arguments(first: 250, after: $after, query: $query, sortKey: UPDATED_AT)]
    company_locations: LocationVersions,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyLocationConnection")]
struct LocationVersions {
    nodes: Vec<LocationVersion>,
    page_info: PageInfo,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "CompanyLocation")]
struct LocationVersion {
    id: Id,
    updated_at: DateTime<Utc>,
    company: CompanyId,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Company")]
struct CompanyId {
    id: Id,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let list = || ListVariables {
        query: Some("updated_at:>='2026-11-24T00:00:00Z'".to_owned()),
        after: None,
    };
    vec![
        CompanyQuery::build(CompanyVariables {
            id: gid("Company", 1),
        })
        .query,
        CompaniesQuery::build(list()).query,
        LocationsQuery::build(list()).query,
    ]
}
