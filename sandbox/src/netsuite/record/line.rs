//! One item line: its quantity, rate and amount, and the discount line that lowers the line before it.

use rust_decimal::Decimal;
use serde_json::json;

use super::sublist::was_sent;
use super::totals::{fits, percent, round};
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

/// Decimals a rate may have.
const RATE_DECIMALS: u32 = 8;

/// What a line is computed with.
pub(crate) struct Setting {
    pub(crate) exponent: u32,
    /// The line existed before this request.
    pub(crate) existed: bool,
    /// Amount of the nearest line before it that is no discount.
    pub(crate) before: Option<Decimal>,
}

/// Completes a line; answers its amount when a discount line may follow it.
///
/// # Errors
///
/// 400 for a line without item or price, an inactive item, or a discount that lowers nothing.
pub(crate) fn complete(
    state: &State,
    line: &mut Fields,
    setting: &Setting,
    path: &str,
) -> Result<Option<Decimal>, Refusal> {
    let item = document::record_id(line, "item")
        .and_then(|id| state.item(id))
        .ok_or_else(|| Refusal::missing("Item"))?;
    if document::flag(&item.fields, "isInactive") && !setting.existed {
        let name = item.name();
        return Err(Refusal::user(format!("The item {name} is inactive.")));
    }
    line.insert(
        "itemType".into(),
        json!({ "id": item.kind.type_code(), "refName": item.kind.type_code() }),
    );
    for name in ["amount", "taxAmount", "tax1Amt"] {
        if let Some(amount) = document::decimal(line, name).filter(|_| was_sent(line, name))
            && !fits(amount, setting.exponent)
        {
            return Err(Refusal::no_such_value(
                &amount.to_string(),
                name,
                &format!("{path}.{name}"),
            ));
        }
    }
    let answer = if item.kind == Kind::DiscountItem {
        discount(item, line, setting, path)?;
        None
    } else {
        Some(priced(state, item, line, setting, path)?)
    };
    Ok(answer)
}

/// A discount has no quantity: its rate is the amount, or a percentage of the line before it.
fn discount(
    item: &Record,
    line: &mut Fields,
    setting: &Setting,
    path: &str,
) -> Result<(), Refusal> {
    let before = setting
        .before
        .ok_or_else(|| Refusal::user("A discount line must follow the line it applies to."))?;
    line.remove("quantity");
    let share = percent(line, "rate").or_else(|| {
        if line.contains_key("rate") {
            None
        } else {
            percent(&item.fields, "rate")
        }
    });
    let amount = match (amount_given(line, share.is_some()), share) {
        (Some(amount), _) => amount,
        (None, Some(share)) => round(before * share / Decimal::ONE_HUNDRED, setting.exponent),
        (None, None) => {
            let rate =
                document::decimal(line, "rate").or_else(|| document::decimal(&item.fields, "rate"));
            round(
                rate.ok_or_else(|| Refusal::missing("Amount"))?,
                setting.exponent,
            )
        }
    };
    if amount > Decimal::ZERO {
        return Err(Refusal::no_such_value(
            &amount.to_string(),
            "rate",
            &format!("{path}.rate"),
        ));
    }
    document::set_decimal(line, "amount", amount);
    Ok(())
}

/// The amount to keep: a sent one, or the one the line has while nothing it follows from was sent.
fn amount_given(line: &Fields, follows_the_line_before: bool) -> Option<Decimal> {
    let sources = ["quantity", "rate", "price", "item"];
    let moved = follows_the_line_before || sources.iter().any(|name| was_sent(line, name));
    document::decimal(line, "amount").filter(|_| was_sent(line, "amount") || !moved)
}

fn priced(
    state: &State,
    item: &Record,
    line: &mut Fields,
    setting: &Setting,
    path: &str,
) -> Result<Decimal, Refusal> {
    let quantity = document::decimal(line, "quantity").unwrap_or(Decimal::ONE);
    if quantity <= Decimal::ZERO && item.kind.is_shipped() {
        return Err(Refusal::no_such_value(
            &quantity.to_string(),
            "quantity",
            &format!("{path}.quantity"),
        ));
    }
    document::set_decimal(line, "quantity", quantity);
    let price = document::id(line, "price").map(str::to_owned);
    let own = document::decimal(line, "rate");
    let list = document::decimal(&item.fields, "price");
    let rate = match price.as_deref() {
        Some("-1") => own,
        Some(_) => list,
        None if state.settings.rate_without_price_level => own.or(list),
        None => list.or(own),
    };
    let amount = match (amount_given(line, false), rate) {
        (Some(amount), _) => amount,
        (None, Some(rate)) => round(rate * quantity, setting.exponent),
        (None, None) => return Err(Refusal::missing("Amount")),
    };
    let rate = rate.unwrap_or_else(|| (amount / quantity).round_dp(RATE_DECIMALS));
    if !fits(rate, RATE_DECIMALS) {
        return Err(Refusal::no_such_value(
            &rate.to_string(),
            "rate",
            &format!("{path}.rate"),
        ));
    }
    document::set_decimal(line, "rate", rate);
    document::set_decimal(line, "amount", amount);
    if price.is_none() {
        let level = if own.is_some() {
            ("-1", "Custom")
        } else {
            ("1", "Base Price")
        };
        line.insert("price".into(), document::reference(level.0, level.1));
    }
    Ok(amount)
}
