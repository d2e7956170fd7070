//! The head of the document: what comes from the order itself, and what the store's settings add.

use serde_json::{Map, Value};

use super::address::{address, filled};
use super::fields;
use super::text::fit;
use crate::config::Store;
use crate::netsuite::address::Address;
use crate::problem::Problem;
use crate::shopify::order::Order;

/// NetSuite's lengths, in characters.
const REFERENCE: usize = 45;
const MEMO: usize = 999;
const EMAIL: usize = 254;

/// What the buyer or the shop can still change after the order was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) other_ref_num: String,
    pub(super) memo: String,
    pub(super) email: Option<String>,
    pub(super) shipping_address: Option<Address>,
    pub(super) billing_address: Option<Address>,
}

impl Head {
    pub(super) fn of(order: &Order) -> Self {
        let shipping = address(order.shipping_address.as_ref(), "shipping");
        let billing = address(order.billing_address.as_ref(), "billing");
        let mut memo = vec![format!("Shopify order {}", order.name)];
        if let Some(number) = filled(order.po_number.as_deref()) {
            memo.push(format!("PO {number}"));
        }
        memo.extend(shipping.cut);
        memo.extend(billing.cut);
        Self {
            other_ref_num: fit(reference(order), REFERENCE),
            memo: fit(&memo.join("\n"), MEMO),
            email: filled(order.email.as_deref())
                .filter(|email| email.len() <= EMAIL)
                .map(str::to_owned),
            shipping_address: shipping.address,
            billing_address: billing.address,
        }
    }

    /// The same as the fields of an update, with the configured fields of `record`. Never who, in
    /// which subsidiary, in which currency, nor a line.
    pub(super) fn update(
        &self,
        record: &str,
        order: &Order,
        store: &Store,
    ) -> Result<Value, Problem> {
        let mut body = Map::new();
        body.insert("otherRefNum".to_owned(), self.other_ref_num.clone().into());
        body.insert("memo".to_owned(), self.memo.clone().into());
        body.insert("email".to_owned(), self.email.clone().into());
        for (field, address) in [
            ("shippingAddress", &self.shipping_address),
            ("billingAddress", &self.billing_address),
        ] {
            if let Some(address) = address {
                body.insert(
                    field.to_owned(),
                    serde_json::to_value(address).unwrap_or_default(),
                );
            }
        }
        body.extend(fields::header(record, order, store)?);
        Ok(Value::Object(body))
    }
}

/// What the buyer's own books know the order by: a company's purchase order number, else its name.
fn reference(order: &Order) -> &str {
    let number = filled(order.po_number.as_deref()).filter(|_| order.company.is_some());
    number.unwrap_or(&order.name)
}
