//! The order as `orders/*` webhooks print it (API 2026-07 and later).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::super::customer::{Address, Customer};
use super::super::money::{Bag, Currencies, text};
use super::super::time::ShopTime;
use super::{
    Allocation, Discount, DiscountKind, DiscountValue, Duty, Line, Order, ShippingLine, Subject,
    TaxLine,
};

type Body = Map<String, Value>;

impl Order {
    /// The body of every topic that carries a whole order.
    pub(crate) fn body(&self, customer: Option<&Customer>, time: &ShopTime) -> Value {
        let mut body = match &self.imported {
            Some(imported) if imported.updated_at == self.updated_at => {
                return imported.body.clone();
            }
            Some(imported) => imported.body.as_object().cloned().unwrap_or_default(),
            None => self.fixed_fields(customer, time),
        };
        self.state_fields(&mut body, time);
        self.current_fields(&mut body);
        Value::Object(body)
    }

    /// What does not change after the order was placed.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each field")]
    fn fixed_fields(&self, customer: Option<&Customer>, time: &ShopTime) -> Body {
        let currency = &self.currencies.shop;
        let set = |bag: Bag| self.currencies.set(bag);
        let totals = &self.totals;
        let mut body = object(json!({
            "id": self.id,
            "admin_graphql_api_id": format!("gid://shopify/Order/{}", self.id),
            "name": self.name,
            "number": i64::from(self.number) - 1_000,
            "order_number": self.number,
            "confirmation_number": null,
            "token": format!("{:032x}", self.id),
            "created_at": time.text(self.created_at),
            "processed_at": time.text(self.processed_at),
            "currency": currency,
            "presentment_currency": self.currencies.presentment,
            "taxes_included": self.taxes_included,
            "tax_exempt": self.tax_exempt,
            "estimated_taxes": false,
            "duties_included": false,
            "test": self.test,
            "confirmed": true,
            "source_name": self.source_name,
            "po_number": self.po_number,
            "email": self.email,
            "contact_email": self.email,
            "phone": self.phone,
            "payment_terms": self.terms_body(time),
            "customer": customer.map(|customer| customer.body(currency, |at| time.text(at))),
            "billing_address": self.billing_address.as_ref().map(Address::body),
            "shipping_address": self.shipping_address.as_ref().map(Address::body),
            "payment_gateway_names": self.gateways(),
            "discount_codes": self.discount_codes(),
            "discount_applications": self.discounts.iter().map(|d| d.body(currency)).collect::<Vec<_>>(),
            "shipping_lines": self.shipping_lines.iter().map(|line| line.body(self)).collect::<Vec<_>>(),
            "tax_lines": self.summed_taxes().iter().map(|tax| tax.body(&self.currencies)).collect::<Vec<_>>(),
        }));
        let money = [
            ("subtotal_price", totals.subtotal),
            ("total_discounts", totals.discounts),
            ("total_line_items_price", totals.line_items),
            ("total_price", totals.price),
            ("total_tax", totals.tax),
        ];
        for (key, bag) in money {
            body.insert(key.into(), json!(text(bag.shop, currency)));
            body.insert(format!("{key}_set"), set(bag));
        }
        body.insert("total_shipping_price_set".into(), set(totals.shipping));
        body.insert(
            "total_tip_received".into(),
            json!(text(totals.tip.shop, currency)),
        );
        body.extend(object(unimitated_fields()));
        for (key, original, amount) in [
            ("original_total_duties_set", totals.duties, totals.duties),
            (
                "original_total_additional_fees_set",
                totals.fees,
                totals.fees,
            ),
        ] {
            let shown = (!original.is_zero()).then(|| set(amount));
            body.insert(key.into(), json!(shown));
        }
        body
    }

    fn terms_body(&self, time: &ShopTime) -> Value {
        let Some(days) = self.net_days else {
            return Value::Null;
        };
        let amount = text(self.totals.price.shop, &self.currencies.shop);
        json!({
            "id": self.id,
            "created_at": time.text(self.created_at),
            "due_in_days": days,
            "payment_terms_name": format!("Net {days}"),
            "payment_terms_type": "net",
            "payment_schedules": [{
                "amount": amount,
                "currency": self.currencies.shop,
                "issued_at": time.text(self.created_at),
                "due_at": time.text(self.due_at(days)),
                "completed_at": null,
            }],
        })
    }

    pub(crate) fn due_at(&self, days: u32) -> DateTime<Utc> {
        self.created_at + TimeDelta::days(i64::from(days))
    }

    /// What later acts change.
    fn state_fields(&self, body: &mut Body, time: &ShopTime) {
        let attributes: Vec<_> = self
            .attributes
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        body.extend(object(json!({
            "updated_at": time.text(self.updated_at),
            "cancelled_at": self.cancelled_at.map(|at| time.text(at)),
            "cancel_reason": self.cancel_reason,
            "closed_at": self.closed_at.map(|at| time.text(at)),
            "financial_status": self.financial_status.as_str(),
            "fulfillment_status": self.fulfillment_status(),
            "note": self.note,
            "note_attributes": attributes,
            "tags": self.tags.join(", "),
            "fulfillments": self.fulfillment_bodies(time),
            "refunds": self.refund_bodies(time),
            "returns": self.returns.iter().map(|it| json!({
                "id": it.id,
                "admin_graphql_api_id": format!("gid://shopify/Return/{}", it.id),
                "name": it.name,
                "status": it.status.as_str(),
            })).collect::<Vec<_>>(),
        })));
        if self.imported.is_none() || !self.edits.is_empty() {
            let lines: Vec<_> = self
                .lines
                .iter()
                .map(|line| line.body(&self.currencies))
                .collect();
            body.insert("line_items".into(), Value::Array(lines));
        }
    }

    fn current_fields(&self, body: &mut Body) {
        let currency = &self.currencies.shop;
        let totals = &self.totals;
        let money = [
            ("current_subtotal_price", totals.current_subtotal),
            ("current_total_discounts", totals.current_discounts),
            ("current_total_price", totals.current_price),
            ("current_total_tax", totals.current_tax),
        ];
        for (key, bag) in money {
            body.insert(key.into(), json!(text(bag.shop, currency)));
            body.insert(format!("{key}_set"), self.currencies.set(bag));
        }
        let sets = [
            ("current_shipping_price_set", totals.current_shipping),
            (
                "total_cash_rounding_payment_adjustment_set",
                totals.payment_rounding,
            ),
            (
                "total_cash_rounding_refund_adjustment_set",
                totals.refund_rounding,
            ),
        ];
        for (key, bag) in sets {
            body.insert(key.into(), self.currencies.set(bag));
        }
        for (key, original, amount) in [
            (
                "current_total_duties_set",
                totals.duties,
                totals.current_duties,
            ),
            (
                "current_total_additional_fees_set",
                totals.fees,
                totals.current_fees,
            ),
        ] {
            let shown = (!original.is_zero()).then(|| self.currencies.set(amount));
            body.insert(key.into(), json!(shown));
        }
        body.insert(
            "total_outstanding".into(),
            json!(text(totals.outstanding.shop, currency)),
        );
    }

    pub(crate) fn gateways(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for transaction in &self.transactions {
            if !names.contains(&transaction.gateway.as_str()) {
                names.push(&transaction.gateway);
            }
        }
        names
    }

    /// The taxes of everything ever ordered, added up by title and rate.
    pub(crate) fn summed_taxes(&self) -> Vec<TaxLine> {
        let lines = self.lines.iter().flat_map(|line| &line.tax_lines);
        let shipping = self.shipping_lines.iter().flat_map(|line| &line.tax_lines);
        let charged = self.charges().flat_map(|(_, _, taxes)| taxes);
        summed(lines.chain(shipping).chain(charged))
    }

    /// The taxes of what is left.
    pub(crate) fn current_taxes(&self) -> Vec<TaxLine> {
        let sales = self.agreements.iter().flat_map(|it| &it.sales);
        let mut sums = summed(sales.flat_map(|sale| &sale.taxes));
        sums.retain(|tax| !tax.price.is_zero());
        sums
    }

    /// A manual discount shows up here too, although it has no code.
    fn discount_codes(&self) -> Vec<Value> {
        let allocations = || {
            self.lines.iter().flat_map(|line| &line.allocations).chain(
                self.shipping_lines
                    .iter()
                    .flat_map(|line| &line.allocations),
            )
        };
        self.discounts
            .iter()
            .enumerate()
            .filter(|(_, discount)| discount.kind != DiscountKind::Automatic)
            .map(|(index, discount)| {
                let amount: Bag = allocations()
                    .filter(|allocation| allocation.discount == index)
                    .map(|allocation| allocation.amount)
                    .sum();
                let kind = match (discount.on_shipping, discount.value) {
                    (true, _) => "shipping",
                    (false, DiscountValue::Percentage(_)) => "percentage",
                    (false, DiscountValue::Fixed(_)) => "fixed_amount",
                };
                json!({ "code": discount.title, "amount": text(amount.shop, &self.currencies.shop), "type": kind })
            })
            .collect()
    }
}

/// Fields every order carries and the twin never fills.
fn unimitated_fields() -> Value {
    json!({
        "app_id": 580_111, "browser_ip": null, "buyer_accepts_marketing": false, "cart_token": null,
        "checkout_token": null, "client_details": null,
        "customer_locale": "en", "device_id": null, "landing_site": null,
        "landing_site_ref": null, "location_id": null, "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "merchant_of_record_app_id": null, "order_status_url": "https://shop.example.com/orders/status",
        "reference": null,
        "referring_site": null, "source_identifier": null, "source_url": null, "total_weight": 0,
        "user_id": null, "line_item_groups": [],
    })
}

impl Line {
    pub(super) fn body(&self, currencies: &Currencies) -> Value {
        let money = |bag: Bag| text(bag.shop, &currencies.shop);
        let mut body = object(json!({
            "id": self.id,
            "admin_graphql_api_id": format!("gid://shopify/LineItem/{}", self.id),
            "attributed_staffs": [],
            "current_quantity": self.current_quantity,
            "fulfillable_quantity": self.unfulfilled(),
            "fulfillment_service": if self.gift_card { "gift_card" } else { "manual" },
            "fulfillment_status": match (self.fulfilled, self.unfulfilled()) {
                (0, _) => None,
                (_, 0) => Some("fulfilled"),
                (_, _) => Some("partial"),
            },
            "gift_card": self.gift_card,
            "grams": self.grams,
            "name": self.name(),
            "price": money(self.price),
            "price_set": currencies.set(self.price),
            "product_exists": self.product.is_some(),
            "product_id": self.product,
            "properties": self.properties.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
            "quantity": self.quantity,
            "requires_shipping": self.requires_shipping,
            "sales_line_item_group_id": null,
            "sku": self.sku,
            "taxable": self.taxable,
            "title": self.title,
            // The allocations say what was taken off; this field often stays at zero.
            "total_discount": money(Bag::default()),
            "total_discount_set": currencies.set(Bag::default()),
            "variant_id": self.variant,
            "variant_inventory_management": self.variant.map(|_| "shopify"),
            "variant_title": self.variant_title,
            "vendor": self.vendor,
            "tax_lines": self.tax_lines.iter().map(|tax| tax.body(currencies)).collect::<Vec<_>>(),
            "duties": self.duties.iter().map(|duty| duty.body(currencies)).collect::<Vec<_>>(),
            "discount_allocations": allocations(&self.allocations, currencies),
        }));
        if let Some(gateway) = &self.tip {
            let tip = json!({ "payment_gateway": gateway, "payment_method": "Visa" });
            body.insert("tip".into(), tip);
        }
        Value::Object(body)
    }
}

impl ShippingLine {
    fn body(&self, order: &Order) -> Value {
        let currencies = &order.currencies;
        let money = |bag: Bag| text(bag.shop, &currencies.shop);
        let current = order.standing(Subject::Shipping(self.id)).net();
        json!({
            "id": self.id,
            "carrier_identifier": null,
            "code": self.code,
            "current_discounted_price_set": currencies.set(current),
            "discounted_price": money(self.discounted_price),
            "discounted_price_set": currencies.set(self.discounted_price),
            "is_removed": self.removed,
            "phone": null,
            "price": money(self.price),
            "price_set": currencies.set(self.price),
            "requested_fulfillment_service_id": null,
            "source": self.source,
            "title": self.title,
            "tax_lines": self.tax_lines.iter().map(|tax| tax.body(currencies)).collect::<Vec<_>>(),
            "discount_allocations": allocations(&self.allocations, currencies),
        })
    }
}

impl Duty {
    fn body(&self, currencies: &Currencies) -> Value {
        let set = currencies.set(self.price);
        json!({
            "id": self.id.to_string(),
            "admin_graphql_api_id": format!("gid://shopify/Duty/{}", self.id),
            "harmonized_system_code": self.harmonized_system_code,
            "country_code_of_origin": self.country,
            "shop_money": set["shop_money"],
            "presentment_money": set["presentment_money"],
            "tax_lines": self.tax_lines.iter().map(|tax| tax.body(currencies)).collect::<Vec<_>>(),
        })
    }
}

impl TaxLine {
    fn body(&self, currencies: &Currencies) -> Value {
        json!({
            "channel_liable": self.channel_liable,
            "price": text(self.price.shop, &currencies.shop),
            "price_set": currencies.set(self.price),
            "rate": super::super::number(self.rate),
            "title": self.title,
        })
    }
}

impl Discount {
    fn body(&self, currency: &str) -> Value {
        let (value, value_type) = match self.value {
            DiscountValue::Percentage(percent) => (text(percent, "USD"), "percentage"),
            DiscountValue::Fixed(amount) => (text(amount, currency), "fixed_amount"),
        };
        let kind = match self.kind {
            DiscountKind::Code => "discount_code",
            DiscountKind::Automatic => "automatic",
            DiscountKind::Manual => "manual",
        };
        let mut body = object(json!({
            "target_type": if self.on_shipping { "shipping_line" } else { "line_item" },
            "type": kind,
            "value": value,
            "value_type": value_type,
            "allocation_method": if self.across { "across" } else { "each" },
            "target_selection": if self.across { "all" } else { "entitled" },
        }));
        let name = match self.kind {
            DiscountKind::Code => "code",
            DiscountKind::Automatic | DiscountKind::Manual => "title",
        };
        body.insert(name.into(), json!(self.title));
        Value::Object(body)
    }
}

fn summed<'a>(taxes: impl Iterator<Item = &'a TaxLine>) -> Vec<TaxLine> {
    let mut sums: Vec<TaxLine> = Vec::new();
    for tax in taxes {
        let same = |sum: &&mut TaxLine| {
            sum.title == tax.title
                && sum.rate == tax.rate
                && sum.channel_liable == tax.channel_liable
        };
        match sums.iter_mut().find(same) {
            Some(sum) => sum.price += tax.price,
            None => sums.push(tax.clone()),
        }
    }
    sums
}

fn allocations(allocations: &[Allocation], currencies: &Currencies) -> Vec<Value> {
    allocations
        .iter()
        .map(|allocation| {
            json!({
                "amount": text(allocation.amount.shop, &currencies.shop),
                "amount_set": currencies.set(allocation.amount),
                "discount_application_index": allocation.discount,
            })
        })
        .collect()
}

pub(super) fn object(value: Value) -> Body {
    if let Value::Object(fields) = value {
        fields
    } else {
        Body::new()
    }
}
