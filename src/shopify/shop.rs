//! The shop itself, and what our app may do there: what `check` looks at.

use cynic::{QueryBuilder, QueryFragment};

use super::Client;
use super::schema::{self, CurrencyCode};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// A shop's own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    pub name: String,
    pub domain: String,
    pub currency: String,
    pub time_zone: String,
    pub taxes_included: bool,
    /// The plan's public name.
    pub plan: String,
    /// Whether it is a development shop.
    pub is_development: bool,
    /// `read_orders`, …: what was granted to our app.
    pub scopes: Vec<String>,
}

impl Client {
    /// # Errors
    ///
    /// Any [`Error`] of a read.
    pub async fn shop(&self, journal: &Journal) -> Result<Shop, Error> {
        let ask = Ask::read("read shopify shop".to_owned());
        let found = self
            .transport
            .run(journal, &ask, &ShopQuery::build(()))
            .await?;
        let app = found.current_app_installation;
        Ok(Shop {
            name: found.shop.name,
            domain: found.shop.myshopify_domain,
            currency: found.shop.currency_code.0,
            time_zone: found.shop.iana_timezone,
            taxes_included: found.shop.taxes_included,
            plan: found.shop.plan.public_display_name,
            is_development: found.shop.plan.partner_development,
            scopes: app
                .access_scopes
                .into_iter()
                .map(|scope| scope.handle)
                .collect(),
        })
    }
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "QueryRoot")]
struct ShopQuery {
    shop: ShopNode,
    current_app_installation: AppInstallation,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "Shop")]
struct ShopNode {
    name: String,
    myshopify_domain: String,
    currency_code: CurrencyCode,
    iana_timezone: String,
    taxes_included: bool,
    plan: ShopPlan,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct ShopPlan {
    public_display_name: String,
    partner_development: bool,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct AppInstallation {
    access_scopes: Vec<AccessScope>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct AccessScope {
    handle: String,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    vec![ShopQuery::build(()).query]
}
