//! One store: which of its orders could not be carried across as it is set up.

use super::Report;
use crate::config::store::{
    CustomerDirection, Location, ReturnDirection, ShippingForm, Store, TaxReferences, TaxStrategy,
};

pub(super) fn look(store: &Store, report: &mut Report) {
    let mut of = OfStore { store, report };
    of.access();
    of.orders();
    of.tax();
    of.items();
    of.shipping();
    of.payments();
    of.locations();
    of.customers();
    of.fields();
}

/// The records that `[[store.field]]` may add to.
const RECORDS: [&str; 4] = ["salesOrder", "cashSale", "customerDeposit", "customer"];

struct OfStore<'a> {
    store: &'a Store,
    report: &'a mut Report,
}

impl OfStore<'_> {
    fn right(&mut self, key: &str, what: impl Into<String>) {
        self.report
            .right(format!("store.{}.{key}", self.store.name), what);
    }

    fn look(&mut self, key: &str, what: &str, remedy: &str) {
        self.report
            .look(format!("store.{}.{key}", self.store.name), what, remedy);
    }

    fn wrong(&mut self, key: &str, what: &str, remedy: &str) {
        self.report
            .wrong(format!("store.{}.{key}", self.store.name), what, remedy);
    }

    fn access(&mut self) {
        let secrets = self.store.client_secrets.len();
        let by = match self.store.access_token {
            Some(_) => "an access token",
            None => "client credentials",
        };
        let address = self.store.base_url();
        self.right(
            "domain",
            format!("{address} by {by}; webhooks by {secrets} secret(s)"),
        );
    }

    fn orders(&mut self) {
        match self.store.orders.since {
            Some(since) => self.right("orders.since", format!("orders from {since}")),
            None => self.look(
                "orders.since",
                "there is no go-live time: an event of an old order imports it",
                "set the moment from which NetSuite's orders come from waybill",
            ),
        }
        if self.store.orders.adopt.is_none() {
            self.look(
                "orders.adopt",
                "orders that something else brought in are not found",
                "if another integration ran before, name the field by which its orders are known: { field = \"otherRefNum\", value = \"order.name\" }",
            );
        }
    }

    fn tax(&mut self) {
        let tax = &self.store.tax;
        match (tax.strategy, tax.references) {
            (TaxStrategy::Native, _) => self.right(
                "tax",
                format!("computed by NetSuite, within {} of Shopify's", tax.tolerance),
            ),
            (TaxStrategy::LegacyRate, _) => self.look(
                "tax",
                "the rates are sent and NetSuite computes; the bundle's script sets the cents right",
                "install the bundle of suitescript/, or set tax.tolerance: an order that differs by more is held (total_differs)",
            ),
            (TaxStrategy::SuitetaxOverride, _) if tax.map.is_empty() => self.look(
                "tax",
                "no tax is mapped: every order with tax is held (unknown_tax)",
                "add a [[store.tax.map]] for each tax the shop charges",
            ),
            (TaxStrategy::SuitetaxOverride, TaxReferences::ReadBack) => self.right(
                "tax",
                "exact amounts by line, on NetSuite's own references: two calls more an order",
            ),
            (TaxStrategy::SuitetaxOverride, TaxReferences::Own) => {
                self.right("tax", format!("exact amounts by line, {} rule(s)", tax.map.len()));
            }
            (TaxStrategy::TaxLine, _) => self.right("tax", "exact amounts on lines of their own"),
        }
    }

    fn items(&mut self) {
        let items = &self.store.items;
        let kinds = [
            ("discount", &items.discount, "discounts"),
            ("tip", &items.tip, "tips"),
            ("duty", &items.duty, "duties"),
            (
                "gift_card",
                &items.gift_card,
                "gift cards among their lines",
            ),
            ("custom_line", &items.custom_line, "lines without a SKU"),
            (
                "channel_tax",
                &items.channel_tax,
                "tax that a marketplace remits",
            ),
        ];
        let missing: Vec<_> = kinds
            .into_iter()
            .filter(|(_, item, _)| item.is_none())
            .collect();
        if missing.is_empty() {
            self.right("items", "an item for each thing that is no product");
        }
        for (key, _, orders) in missing {
            self.look(
                &format!("items.{key}"),
                &format!("orders with {orders} are held (missing_setting)"),
                "if the shop has such orders, name the NetSuite item they are booked on",
            );
        }
    }

    fn shipping(&mut self) {
        let shipping = &self.store.shipping;
        let key = match shipping.form {
            ShippingForm::Header => "shipping",
            ShippingForm::Line if self.store.items.shipping.is_none() => "items.shipping",
            ShippingForm::Line => "shipping",
        };
        let named = shipping.default.is_some() || !shipping.methods.is_empty();
        let usable = match shipping.form {
            ShippingForm::Header => named,
            ShippingForm::Line => named || self.store.items.shipping.is_some(),
        };
        if usable {
            self.right(
                "shipping",
                format!("{} method(s) by name", shipping.methods.len()),
            );
        } else {
            self.look(
                key,
                "orders with shipping are held (missing_setting)",
                "name the NetSuite ship item as default, or one for each shipping method",
            );
        }
    }

    fn payments(&mut self) {
        let payments = &self.store.payments;
        if payments.contains_key("default") {
            self.right(
                "payments",
                format!(
                    "{} gateway(s), and default for the rest",
                    payments.len() - 1
                ),
            );
        } else {
            let named: Vec<&str> = payments.keys().map(String::as_str).collect();
            let what = match named.as_slice() {
                [] => "no payment is booked: every paid order is held (missing_setting)".to_owned(),
                _ => format!(
                    "payments by another gateway than {} hold their order",
                    named.join(", ")
                ),
            };
            self.look(
                "payments",
                &what,
                "add [store.payments.default], or a table for each gateway",
            );
        }
    }

    fn locations(&mut self) {
        let assigned = self.store.orders.location == Location::Assigned;
        if assigned && self.store.locations.is_empty() {
            self.look(
                "locations",
                "no Shopify location is mapped, and orders.location = \"assigned\" asks for one",
                "add [store.locations], or set orders.location to a NetSuite id or \"none\"",
            );
        } else {
            self.right(
                "locations",
                format!("{} mapped", self.store.locations.len()),
            );
        }
    }

    fn customers(&mut self) {
        let customers = &self.store.customers;
        if customers.guest.is_none() {
            self.look(
                "customers.guest",
                "orders without a customer are held (no_customer)",
                "name the NetSuite customer they are booked on, if the shop sells at a till",
            );
        }
        match customers.direction {
            CustomerDirection::ShopifyToNetsuite | CustomerDirection::Off => {}
            CustomerDirection::NetsuiteToShopify | CustomerDirection::Both => self.look(
                "customers.direction",
                "customers are carried with their orders only, and from Shopify only, by this version",
                "nothing need be done; the setting will take effect with a later version",
            ),
        }
        match self.store.returns.direction {
            ReturnDirection::Off => {}
            ReturnDirection::ShopifyToNetsuite => self.look(
                "returns.direction",
                "refunds and returns are not carried by this version: their orders are held or left as they are",
                "book them in NetSuite by hand",
            ),
        }
    }

    fn fields(&mut self) {
        for (index, field) in self.store.fields.iter().enumerate() {
            let record = field.record.as_str();
            if !RECORDS.contains(&record) {
                self.wrong(
                    &format!("field[{index}].record"),
                    &format!(
                        "`{record}` is no record that waybill writes: {} would never be set",
                        field.field
                    ),
                    &format!("choose one of {}", RECORDS.join(", ")),
                );
            }
        }
    }
}
