//! Refunding through the API, once for each idempotency key.

use apollo_compiler::resolvers::ResolveInfo;
use apollo_compiler::response::{JsonMap, JsonValue};
use rust_decimal::Decimal;

use super::super::money::round;
use super::super::order::{
    Discrepancy, DutyRefund, GiveBack, Order, RefundUnits, Refunding, Refusal, Restock,
    TransactionStatus,
};
use super::idempotency::Key;
use super::mutation::{Mutation, input, objects_in};
use super::node::{Record, Resolved, number_of, object, user_error};
use super::order::OrderNode;
use super::refund::RefundNode;

impl<'a> Mutation<'a> {
    pub(super) fn refund_create(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let key = self.ctx.idempotency(info)?;
        let input = input(info, "input");
        let id = number_of("Order", text(&input, "orderId").unwrap_or_default())?;
        match key {
            Key::Mismatch => {
                let message = "The same idempotency key was used with different parameters.";
                object(refusal(&Refusal::because(message)))
            }
            Key::Repeated(key) => {
                let made = |order: &Order| -> Option<u64> {
                    let mut refunds = order.refunds.iter();
                    refunds
                        .find(|it| it.key.as_ref() == Some(&key))
                        .map(|it| it.id)
                };
                let order = self.ctx.order_with(|order| made(order).is_some());
                object(match order.and_then(made) {
                    Some(refund) => self.refunded(refund, id),
                    None => refusal(&Refusal::because("The previous attempt failed.")),
                })
            }
            Key::New(key) => {
                let held = id.and_then(|id| self.ctx.order(id));
                let missing = || Refusal::because("Order does not exist");
                let asked = held
                    .ok_or_else(missing)
                    .and_then(|order| read(&input, &order));
                let done = asked.and_then(|refunding| {
                    self.change(id, &[], |state, id, topics| {
                        state.change(id, topics, |order, ids, at| {
                            let id = order.refund(&refunding, ids, at)?;
                            if let Some(made) = order.refunds.last_mut() {
                                made.key = Some(key.clone());
                            }
                            Ok(id)
                        })
                    })
                });
                self.ctx.remember(key, info);
                object(match done {
                    Ok((_, refund)) => self.refunded(refund, id),
                    Err(reason) => refusal(&reason),
                })
            }
        }
    }

    fn refunded(&self, refund: u64, order: Option<u64>) -> Record<'a> {
        Record::new("RefundCreatePayload")
            .object("refund", RefundNode::find(self.ctx, refund))
            .object("order", order.and_then(|id| OrderNode::find(self.ctx, id)))
            .records("userErrors", Vec::new())
    }
}

fn refusal<'a>(reason: &Refusal) -> Record<'a> {
    Record::new("RefundCreatePayload")
        .leaf("refund", JsonValue::Null)
        .leaf("order", JsonValue::Null)
        .records("userErrors", vec![user_error(&[], &reason.0)])
}

/// What a `RefundInput` asks for. Its amounts are in the currency the customer was shown.
fn read(input: &JsonMap, order: &Order) -> Result<Refunding, Refusal> {
    let currencies = &order.currencies;
    let foreign = currencies.shop != currencies.presentment;
    match text(input, "currency") {
        None if foreign => return Err(Refusal::because("Currency must be present")),
        Some(other) if other != currencies.presentment => {
            return Err(Refusal::because(
                "Currency must be the presentment currency",
            ));
        }
        Some(_) | None => {}
    }
    let mut refunding = Refunding {
        note: text(input, "note").map(str::to_owned),
        allow_over: flag(input, "allowOverRefunding"),
        reason: match text(input, "discrepancyReason") {
            Some("CUSTOMER") => Discrepancy::Customer,
            Some("DAMAGE") => Discrepancy::Damage,
            Some("RESTOCK") => Discrepancy::Restock,
            Some(_) | None => Discrepancy::Refund,
        },
        ..Refunding::default()
    };
    for line in objects_in(input, "refundLineItems") {
        refunding.units.push(units(&line)?);
    }
    for duty in objects_in(input, "refundDuties") {
        let how = match text(&duty, "refundType") {
            Some("PROPORTIONAL") => DutyRefund::Proportional,
            Some(_) | None => DutyRefund::Full,
        };
        refunding
            .duties
            .push((id(&duty, "dutyId", "Duty")?.unwrap_or(0), how));
    }
    if let Some(shipping) = input.get("shipping").and_then(JsonValue::as_object) {
        refunding.full_shipping = flag(shipping, "fullRefund");
        refunding.shipping = decimal(shipping, "amount").map(|amount| in_shop(amount, order));
    }
    for asked in objects_in(input, "transactions") {
        refunding.transactions.push(transaction(&asked, order)?);
    }
    Ok(refunding)
}

fn units(line: &JsonMap) -> Result<RefundUnits, Refusal> {
    let quantity = line.get("quantity").and_then(JsonValue::as_u64);
    Ok(RefundUnits {
        line: id(line, "lineItemId", "LineItem")?.unwrap_or(0),
        quantity: quantity.and_then(|it| u32::try_from(it).ok()).unwrap_or(0),
        restock: match text(line, "restockType") {
            Some("CANCEL") => Restock::Cancel,
            Some("RETURN") => Restock::Return,
            Some(_) | None => Restock::NoRestock,
        },
        location: id(line, "locationId", "Location")?,
    })
}

fn transaction(asked: &JsonMap, order: &Order) -> Result<GiveBack, Refusal> {
    if text(asked, "kind") != Some("REFUND") {
        return Err(Refusal::because("Transactions kind must be refund"));
    }
    let parent = id(asked, "parentId", "OrderTransaction")?;
    let amount = decimal(asked, "amount").unwrap_or_default();
    let whole = order.transactions.iter();
    let mut whole = whole.filter(|it| parent.is_none_or(|id| it.id == id));
    let whole = whole.find(|it| it.amount.presentment == amount);
    Ok(GiveBack {
        parent,
        gateway: text(asked, "gateway").map(str::to_owned),
        amount: whole.map_or_else(|| in_shop(amount, order), |it| it.amount.shop),
        status: TransactionStatus::Success,
        rounding: Decimal::ZERO,
    })
}

/// A presentment amount in shop currency.
fn in_shop(amount: Decimal, order: &Order) -> Decimal {
    let currencies = &order.currencies;
    if currencies.rate.is_zero() {
        return amount;
    }
    round(amount / currencies.rate, &currencies.shop)
}

pub(super) fn text<'v>(input: &'v JsonMap, key: &str) -> Option<&'v str> {
    input.get(key).and_then(JsonValue::as_str)
}

pub(super) fn flag(input: &JsonMap, key: &str) -> bool {
    input.get(key).and_then(JsonValue::as_bool).unwrap_or(false)
}

/// A `Money` or a `Decimal`, given as text or as a number.
pub(super) fn decimal(input: &JsonMap, key: &str) -> Option<Decimal> {
    let value = input.get(key)?;
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.to_string().parse().ok(),
    }
}

/// The number in a global id of this kind.
pub(super) fn id(input: &JsonMap, key: &str, kind: &str) -> Result<Option<u64>, Refusal> {
    match text(input, key) {
        Some(gid) => number_of(kind, gid).map_err(|error| Refusal(error.message)),
        None => Ok(None),
    }
}
