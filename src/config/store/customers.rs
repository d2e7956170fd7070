//! `[store.customers]`: which way customers travel, how they are found, and who is right.

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Customers {
    pub direction: CustomerDirection,
    pub many_matches: ManyMatches,
    pub cross_subsidiary: CrossSubsidiary,
    /// The NetSuite customer for orders without one.
    pub guest: Option<String>,
    /// An expression, used when NetSuite refuses a name as taken.
    pub entity_id: Option<String>,
    /// When a Shopify customer gets a NetSuite record.
    pub create: CreateCustomers,
    /// The field of a customer that holds the external id of a company or of its location.
    pub company_external_id: Option<String>,
    /// Whether a new NetSuite customer of the store's subsidiary gets a Shopify customer.
    pub create_in_shopify: bool,
    /// Who is right where both sides hold a value.
    pub fields: FieldOwners,
}

impl Customers {
    #[must_use]
    pub fn to_netsuite(&self) -> bool {
        matches!(
            self.direction,
            CustomerDirection::ShopifyToNetsuite | CustomerDirection::Both
        )
    }

    #[must_use]
    pub fn to_shopify(&self) -> bool {
        matches!(
            self.direction,
            CustomerDirection::NetsuiteToShopify | CustomerDirection::Both
        )
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateCustomers {
    #[default]
    OnOrder,
    AtOnce,
}

/// Who owns which part of a customer; without an entry the side that the direction comes from, and the
/// newest when it is both.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldOwners {
    pub name: Option<Owner>,
    pub email: Option<Owner>,
    pub phone: Option<Owner>,
    pub addresses: Option<Owner>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Shopify,
    Netsuite,
    Newest,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerDirection {
    #[default]
    ShopifyToNetsuite,
    NetsuiteToShopify,
    Both,
    Off,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManyMatches {
    #[default]
    Hold,
    Oldest,
    Newest,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossSubsidiary {
    #[default]
    Hold,
    Add,
    Create,
}
