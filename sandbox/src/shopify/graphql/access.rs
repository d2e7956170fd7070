//! Access scopes: which a field needs, and the refusal when the app lacks it.

use apollo_compiler::resolvers::FieldError;

use super::Ctx;
use super::node::refused;

/// The scope a field of a type needs. `write_x` includes `read_x`.
fn needed(type_name: &str, field: &str) -> Option<&'static str> {
    Some(match (type_name, field) {
        ("QueryRoot", "order" | "orders" | "ordersCount" | "tenderTransactions") => "read_orders",
        (
            "QueryRoot",
            "customer" | "customers" | "company" | "companies" | "companyLocation"
            | "companyLocations",
        )
        | ("Order", "customer") => "read_customers",
        ("QueryRoot", "location" | "locations") => "read_locations",
        ("QueryRoot", "product" | "productVariant" | "productVariants") => "read_products",
        ("QueryRoot", "inventoryItem" | "inventoryLevel") => "read_inventory",
        ("QueryRoot", "disputes") => "read_shopify_payments_disputes",
        ("QueryRoot", "returnableFulfillments" | "return") | ("Order", "returns") => "read_returns",
        ("Order", "fulfillmentOrders") => "read_merchant_managed_fulfillment_orders",
        (
            "Mutation",
            "orderUpdate" | "tagsAdd" | "orderMarkAsPaid" | "orderCapture" | "orderCancel"
            | "refundCreate",
        ) => "write_orders",
        ("QueryRoot", "fulfillmentOrder") => "read_merchant_managed_fulfillment_orders",
        ("QueryRoot", "fulfillment" | "refund") => "read_orders",
        (
            "Mutation",
            "fulfillmentCreate"
            | "fulfillmentTrackingInfoUpdate"
            | "fulfillmentCancel"
            | "fulfillmentOrderMove",
        ) => "write_merchant_managed_fulfillment_orders",
        ("Mutation", "inventorySetQuantities") => "write_inventory",
        ("Mutation", "metafieldsSet") => "write_orders",
        _ => return None,
    })
}

impl Ctx {
    /// Refuses a field whose scope the app does not have.
    pub(super) fn allow(&self, type_name: &str, field: &str) -> Result<(), FieldError> {
        let Some(scope) = needed(type_name, field) else {
            return Ok(());
        };
        let held =
            |wanted: &str| self.state(|state| state.settings.scopes.iter().any(|it| it == wanted));
        if held(scope) || held(&scope.replace("read_", "write_")) {
            return Ok(());
        }
        Err(refused(format!(
            "{DENIED} {field} field. Required access: `{scope}` access scope."
        )))
    }
}

/// How every such refusal begins.
pub(super) const DENIED: &str = "Access denied for";
