//! Orders and a store for the tests of the mapping: every sum of an order is added up here.

use std::collections::{HashMap, HashSet};

use crate::config::Store;
use crate::flows::order::customer::CustomerMatch;
use crate::flows::order::items::Item;
use crate::flows::order::period::Periods;
use crate::flows::order::plan::{Known, Written};
use crate::link::InternalId;
use crate::money::{Currency, Money};
use crate::shopify::order::{
    Address, Customer, Discount, Line, Order, ShippingLine, Tax, Totals, Transaction,
    TransactionKind, TransactionStatus,
};

/// The settings that most cases share. NetSuite's ids are words, so that a case can be read.
pub(in crate::flows::order) const STORE: &str = r#"
name = "us"
domain = "acme-us.myshopify.com"
subsidiary = "SUB"
time_zone = "America/New_York"

[tax]
strategy = "suitetax_override"
map = [
  { country = "US", province = "NY", title = "State", code = "NY-STATE", type = "STATE" },
  { country = "US", province = "NY", title = "City", code = "NY-CITY", type = "CITY" },
  { title = "VAT", rate = "0.19", code = "VAT-19", type = "VAT" },
  { title = "VAT", rate = "0.07", code = "VAT-7", type = "VAT" },
]

[items]
discount = "DISCOUNT"
shipping = "SHIPPING"
tax = "TAX"
channel_tax = "CHANNEL-TAX"
tip = "TIP"
duty = "DUTY"
gift_card = "GIFT-CARD"
custom_line = "CUSTOM"
rounding = "ROUNDING"
fee = "FEE"
tender = { gift_card = "GIFT-CARD-TENDER" }

[shipping]
as = "header"
default = "GROUND"
Express = "AIR"

[payments.shopify_payments]
payment_option = "CARD"
account = "CLEARING"

[payments.default]
payment_method = "OTHER"
undeposited = true

[locations]
"72345678" = ["WAREHOUSE"]

[customers]
guest = "GUEST"
"#;

pub(in crate::flows::order) fn store(more: &str) -> Store {
    let mut base: toml::Table = STORE.parse().unwrap();
    overlay(&mut base, more.parse().unwrap());
    base.try_into().unwrap()
}

fn overlay(base: &mut toml::Table, more: toml::Table) {
    for (key, value) in more {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => overlay(old, new),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Every SKU of the order is an item whose id is the SKU; the customer is linked.
pub(in crate::flows::order) fn known(order: &Order) -> Known {
    let skus = order.lines.iter().filter_map(|line| line.sku.clone());
    let items: HashMap<_, _> = skus.map(|sku| (sku.clone(), vec![item(&sku)])).collect();
    Known {
        items,
        currency: Some(InternalId(order.currency.to_string())),
        customer: CustomerMatch::Linked(InternalId("ADA".to_owned())),
        written: Written {
            order: None,
            deposits: HashSet::new(),
        },
        periods: Periods::default(),
    }
}

pub(in crate::flows::order) fn item(sku: &str) -> Item {
    Item {
        id: InternalId(sku.to_owned()),
        sku: sku.to_owned(),
        inactive: false,
    }
}

/// An order in the making: parts are added, `paid` and `unpaid` add them up.
pub(in crate::flows::order) struct Sample {
    pub(in crate::flows::order) order: Order,
}

pub(in crate::flows::order) fn order(currency: &str) -> Sample {
    let currency: Currency = currency.parse().unwrap();
    // Still the evening of the 23rd in New York.
    let moment = "2026-11-24T04:30:00Z".parse().unwrap();
    Sample {
        order: Order {
            id: 5123,
            name: "#1001".to_owned(),
            created_at: moment,
            updated_at: moment,
            processed_at: moment,
            cancelled_at: None,
            closed_at: None,
            test: false,
            edited: false,
            source_name: Some("web".to_owned()),
            po_number: None,
            company: None,
            note: None,
            email: Some("ada@example.com".to_owned()),
            phone: None,
            tags: Vec::new(),
            attributes: Vec::new(),
            currency,
            taxes_included: false,
            tax_exempt: false,
            financial_status: None,
            fulfillment_status: "UNFULFILLED".to_owned(),
            payment_terms: None,
            risk: None,
            customer: Some(customer()),
            billing_address: Some(address()),
            shipping_address: Some(address()),
            lines: Vec::new(),
            shipping: Vec::new(),
            fees: Vec::new(),
            transactions: Vec::new(),
            totals: nothing(currency.money(0)),
            refunds: Vec::new(),
            returns: Vec::new(),
            agreements: Vec::new(),
            disputes: Vec::new(),
            netsuite_id: None,
        },
    }
}

fn nothing(zero: Money) -> Totals {
    Totals {
        total: zero,
        subtotal: zero,
        tax: zero,
        discounts: zero,
        shipping: zero,
        tip: zero,
        duties: None,
        additional_fees: None,
        cash_rounding: zero,
        current_total: zero,
        outstanding: zero,
        refunded: zero,
    }
}

pub(in crate::flows::order) fn customer() -> Customer {
    Customer {
        id: 77,
        first_name: Some("Ada".to_owned()),
        last_name: Some("Example".to_owned()),
        name: "Ada Example".to_owned(),
        email: Some("ada@example.com".to_owned()),
        phone: None,
        note: None,
        tax_exempt: false,
    }
}

pub(in crate::flows::order) fn address() -> Address {
    let text = |text: &str| Some(text.to_owned());
    Address {
        first_name: text("Ada"),
        last_name: text("Example"),
        company: None,
        address1: text("1 Sample Street"),
        address2: None,
        city: text("New York"),
        province: text("New York"),
        province_code: text("NY"),
        netsuite_state: None,
        zip: text("10001"),
        country_code: text("US"),
        phone: None,
    }
}

impl Sample {
    pub(in crate::flows::order) fn money(&self, text: &str) -> Money {
        self.order.currency.parse(text).unwrap()
    }

    pub(in crate::flows::order) fn tax_included(mut self) -> Self {
        self.order.taxes_included = true;
        self
    }

    /// A line of `quantity` units at `price` each.
    pub(in crate::flows::order) fn line(mut self, sku: &str, quantity: i64, price: &str) -> Self {
        let number = u64::try_from(self.order.lines.len()).unwrap() + 1;
        self.order.lines.push(Line {
            id: 100 + number,
            variant_id: Some(200 + number),
            product_id: Some(300 + number),
            sku: Some(sku.to_owned()),
            title: sku.to_owned(),
            name: format!("{sku} - Blue"),
            quantity,
            current_quantity: quantity,
            unfulfilled_quantity: quantity,
            refundable_quantity: quantity,
            unit_price: self.money(price),
            discounts: Vec::new(),
            taxes: Vec::new(),
            taxable: true,
            requires_shipping: true,
            gift_card: false,
            duties: Vec::new(),
            attributes: Vec::new(),
            location: Some(72_345_678),
        });
        self
    }

    /// A line that is no product: no SKU, no variant.
    pub(in crate::flows::order) fn custom(self, title: &str, price: &str) -> Self {
        let title = title.to_owned();
        self.line("", 1, price).last(|line| {
            line.sku = None;
            line.variant_id = None;
            line.product_id = None;
            line.name.clone_from(&title);
            line.title = title;
            line.location = None;
        })
    }

    /// Changes the last line.
    pub(in crate::flows::order) fn last(mut self, change: impl FnOnce(&mut Line)) -> Self {
        change(self.order.lines.last_mut().unwrap());
        self
    }

    /// Changes the order.
    pub(in crate::flows::order) fn with(mut self, change: impl FnOnce(&mut Order)) -> Self {
        change(&mut self.order);
        self
    }

    /// A discount on the last line.
    pub(in crate::flows::order) fn discount(self, title: &str, amount: &str) -> Self {
        let discount = Discount {
            amount: self.money(amount),
            index: 0,
            title: Some(title.to_owned()),
        };
        self.last(|line| line.discounts.push(discount))
    }

    /// A tax on the last line.
    pub(in crate::flows::order) fn tax(self, title: &str, rate: &str, amount: &str) -> Self {
        let tax = self.a_tax(title, rate, amount);
        self.last(|line| line.taxes.push(tax))
    }

    /// A tax on the last shipping line.
    pub(in crate::flows::order) fn shipping_tax(
        mut self,
        title: &str,
        rate: &str,
        amount: &str,
    ) -> Self {
        let tax = self.a_tax(title, rate, amount);
        self.order.shipping.last_mut().unwrap().taxes.push(tax);
        self
    }

    pub(in crate::flows::order) fn a_tax(&self, title: &str, rate: &str, amount: &str) -> Tax {
        Tax {
            title: title.to_owned(),
            rate: Some(rate.parse().unwrap()),
            amount: self.money(amount),
            channel_liable: false,
        }
    }

    pub(in crate::flows::order) fn shipping(mut self, title: &str, price: &str) -> Self {
        let price = self.money(price);
        self.order.shipping.push(ShippingLine {
            id: None,
            code: None,
            title: title.to_owned(),
            source: None,
            price,
            discounts: Vec::new(),
            taxes: Vec::new(),
            removed: false,
        });
        self
    }

    pub(in crate::flows::order) fn tip(mut self, amount: &str) -> Self {
        self.order.totals.tip = self.money(amount);
        self
    }

    /// A successful sale of `amount`.
    pub(in crate::flows::order) fn sale(mut self, gateway: &str, amount: &str) -> Self {
        let number = u64::try_from(self.order.transactions.len()).unwrap() + 1;
        let amount = self.money(amount);
        self.order.transactions.push(Transaction {
            id: 9000 + number,
            kind: TransactionKind::Sale,
            status: TransactionStatus::Success,
            gateway: Some(gateway.to_owned()),
            amount,
            rounding: amount.currency.money(0),
            processed_at: None,
            parent: None,
            test: false,
        });
        self
    }

    /// Adds the parts up; a tip counts as a part unless a line says it.
    pub(in crate::flows::order) fn unpaid(mut self) -> Order {
        let order = &mut self.order;
        let zero = order.currency.money(0);
        let mut sums = [zero; 4];
        let mut add = |at: usize, amount: Money| sums[at] = sums[at].plus(amount).unwrap();
        for line in &order.lines {
            add(0, line.unit_price.times(line.quantity).unwrap());
            line.discounts.iter().for_each(|d| add(1, d.amount));
            line.taxes.iter().for_each(|t| add(2, t.amount));
            let duties = line.duties.iter().flat_map(|duty| &duty.taxes);
            duties.for_each(|tax| add(2, tax.amount));
        }
        for line in order.shipping.iter().filter(|line| !line.removed) {
            add(3, line.price);
            line.discounts.iter().for_each(|d| add(1, d.amount));
            line.taxes.iter().for_each(|t| add(2, t.amount));
        }
        let [lines, discounts, tax, shipping] = sums;
        let tip_is_line = order.lines.iter().any(|line| line.title == "Tip");
        let mut total = lines.minus(discounts).unwrap().plus(shipping).unwrap();
        if !order.taxes_included {
            total = total.plus(tax).unwrap();
        }
        for part in [
            order.totals.duties,
            order.totals.additional_fees,
            (!tip_is_line).then_some(order.totals.tip),
        ] {
            total = total.plus(part.unwrap_or(zero)).unwrap();
        }
        order.totals.discounts = discounts;
        order.totals.tax = tax;
        order.totals.shipping = shipping;
        order.totals.total = total;
        order.totals.current_total = total;
        order.totals.outstanding = total;
        self.order
    }

    /// As [`Sample::unpaid`], paid by card in one sale unless sales are there.
    pub(in crate::flows::order) fn paid(self) -> Order {
        let mut order = self.unpaid();
        if order.transactions.is_empty() && !order.totals.total.is_zero() {
            let total = order.totals.total.decimal().to_string();
            order = Sample { order }.sale("shopify_payments", &total).order;
        }
        order.totals.outstanding = order.currency.money(0);
        order
    }
}
