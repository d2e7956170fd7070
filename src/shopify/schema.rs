//! The Admin API's names as types: a misspelt field or argument does not compile.

// A page for each of them takes rustdoc minutes.
#[doc(hidden)]
#[cynic::schema("shopify")]
#[expect(unreachable_pub, reason = "generated, thousands of names")]
pub(super) mod admin {}

pub(super) use admin::*;

use rust_decimal::Decimal;

cynic::impl_scalar!(chrono::DateTime<chrono::Utc>, admin::DateTime);

/// An amount, as the text that Shopify sent: only a currency can say whether it is exact.
#[derive(Debug, Clone, cynic::Scalar)]
#[cynic(schema_module = "admin", graphql_type = "Decimal")]
pub(super) struct Amount(pub(super) String);

/// A web address, as the text that it is.
#[derive(Debug, Clone, cynic::Scalar)]
#[cynic(schema_module = "admin", graphql_type = "URL")]
pub(super) struct Url(pub(super) String);

/// A rate such as 0.0825. JSON carries it as a number, which never becomes a float here.
#[derive(Debug, Clone, cynic::Scalar)]
#[cynic(schema_module = "admin", graphql_type = "Float")]
pub(super) struct Rate(pub(super) Decimal);

/// An enum of Shopify's that we only pass on, or that gets new values with each version.
macro_rules! text_of {
    ($($name:ident)*) => { $(
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(pub(super) String);

        impl cynic::Enum for $name {
            type SchemaType = admin::$name;
        }

        impl admin::variable::Variable for $name {
            const TYPE: cynic::variables::VariableType =
                cynic::variables::VariableType::Named(stringify!($name));
        }

        cynic::impl_coercions!($name, admin::$name);
    )* };
}

text_of! {
    CountryCode
    CurrencyCode
    DisputeStatus
    DisputeType
    FulfillmentOrderAction
    FulfillmentOrderStatus
    FulfillmentStatus
    InventorySetQuantitiesUserErrorCode
    MetafieldsSetUserErrorCode
    OrderActionType
    OrderAdjustmentDiscrepancyReason
    OrderCancelReason
    OrderCancelStatus
    OrderCancelUserErrorCode
    OrderDisplayFinancialStatus
    OrderDisplayFulfillmentStatus
    OrderRiskRecommendationResult
    OrderTransactionKind
    OrderTransactionStatus
    RefundLineItemRestockType
    ReturnStatus
    ReverseFulfillmentOrderDispositionType
    RiskAssessmentResult
    SaleActionType
    SaleLineType
    WebhookSubscriptionFormat
    WebhookSubscriptionTopic
}

/// The number in `gid://shopify/Order/5123`; inventory levels carry a query behind it.
pub(super) fn number(gid: &cynic::Id) -> Option<u64> {
    let last = gid.inner().rsplit('/').next()?;
    last.split('?').next()?.parse().ok()
}

/// `gid://shopify/Order/5123`.
pub(super) fn gid(kind: &str, id: u64) -> cynic::Id {
    cynic::Id::new(format!("gid://shopify/{kind}/{id}"))
}
