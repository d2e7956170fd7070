//! Money that meets documents: deposits, payments, credits and refunds, and what each may use.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::status::{letter, open_amount};
use super::totals::fits;
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::{Record, State};

/// A deposit: money of a customer, perhaps for one sales order of the same customer and currency.
///
/// # Errors
///
/// 400 for a missing payment or account, or an order that is another's, closed or in another currency.
pub(crate) fn deposit(state: &State, record: &mut Record) -> Result<(), Refusal> {
    let payment = amount(state, record, "payment", "Payment Amount")?;
    if payment < state.used(record.id) {
        return Err(Refusal::user(
            "The deposit amount cannot be less than the amount applied.",
        ));
    }
    if let Some(order) = document::record_id(&record.fields, "salesOrder")
        .and_then(|id| state.get(Kind::SalesOrder, id))
    {
        let shown = order.id.to_string();
        let stands = !matches!(letter(state, order), "C" | "H");
        if order.customer() != record.customer() || !stands {
            return Err(Refusal::no_such_value(&shown, "salesOrder", "salesOrder"));
        }
        let subsidiary = document::id(&record.fields, "subsidiary");
        if document::id(&order.fields, "subsidiary") != subsidiary {
            let sent = subsidiary.unwrap_or_default();
            return Err(Refusal::no_such_value(sent, "subsidiary", "subsidiary"));
        }
        if order.currency() != record.currency() {
            return Err(Refusal::no_such_value(
                record.currency(),
                "currency",
                "currency",
            ));
        }
    }
    bank(state, record, true)?;
    document::set_decimal(&mut record.fields, "total", payment);
    Ok(())
}

/// A payment of invoices.
///
/// # Errors
///
/// As [`deposit`], and 400 when more is applied than is due or paid.
pub(crate) fn payment(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let payment = amount(state, record, "payment", "Payment Amount")?;
    bank(state, record, true)?;
    let applied = settle(state, record, old, "apply", &[Kind::Invoice], Some(payment))?;
    totals(record, payment, applied)
}

/// The invoices a credit memo is applied to; what is left can be refunded.
///
/// # Errors
///
/// 400 when more is applied than is due or than the memo is worth.
pub(crate) fn credit_memo(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let total = record.total();
    let applied = settle(
        state,
        record,
        old,
        "apply",
        &[Kind::Invoice],
        Some(total - state.used(record.id)),
    )?;
    document::set_decimal(&mut record.fields, "applied", applied);
    document::set_decimal(
        &mut record.fields,
        "unapplied",
        total - applied - state.used(record.id),
    );
    Ok(())
}

/// Money back: it must name the credits or deposits it comes from, and an account.
///
/// # Errors
///
/// 400 without an account, or when more is refunded than is unapplied.
pub(crate) fn refund(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    bank(state, record, false)?;
    let credits = settle(
        state,
        record,
        old,
        "apply",
        &[Kind::CreditMemo, Kind::CustomerPayment],
        None,
    )?;
    let deposits = settle(
        state,
        record,
        old,
        "deposit",
        &[Kind::CustomerDeposit],
        None,
    )?;
    if (credits + deposits).is_zero() {
        return Err(Refusal::user(
            "You must apply this refund to at least one credit, payment or deposit.",
        ));
    }
    document::set_decimal(&mut record.fields, "total", credits + deposits);
    Ok(())
}

/// A deposit used for invoices.
///
/// # Errors
///
/// 400 when it applies nothing, or more than the deposit has left or an invoice is due.
pub(crate) fn deposit_application(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let deposit = record
        .created_from()
        .and_then(|id| state.get(Kind::CustomerDeposit, id))
        .ok_or_else(Refusal::method)?;
    let left = open_amount(state, deposit) + old.map_or(Decimal::ZERO, Record::total);
    let applied = settle(state, record, old, "apply", &[Kind::Invoice], Some(left))?;
    if applied.is_zero() {
        return Err(Refusal::user(
            "You must apply this deposit to at least one invoice.",
        ));
    }
    document::set_decimal(&mut record.fields, "total", applied);
    Ok(())
}

fn totals(record: &mut Record, whole: Decimal, applied: Decimal) -> Result<(), Refusal> {
    for (name, value) in [
        ("total", whole),
        ("applied", applied),
        ("unapplied", whole - applied),
    ] {
        document::set_decimal(&mut record.fields, name, value);
    }
    Ok(())
}

fn amount(state: &State, record: &Record, field: &str, label: &str) -> Result<Decimal, Refusal> {
    let amount = document::decimal(&record.fields, field).ok_or_else(|| Refusal::missing(label))?;
    if amount <= Decimal::ZERO || !fits(amount, state.exponent(record)) {
        return Err(Refusal::no_such_value(&amount.to_string(), field, field));
    }
    Ok(amount)
}

/// Where the money is: an account in its currency, or undeposited funds.
fn bank(state: &State, record: &Record, undeposited_allowed: bool) -> Result<(), Refusal> {
    let undeposited = document::flag(&record.fields, "undepFunds");
    let Some(account) = document::id(&record.fields, "account") else {
        return if undeposited && undeposited_allowed {
            Ok(())
        } else {
            Err(Refusal::missing("Account"))
        };
    };
    if undeposited {
        return Err(Refusal::content(
            "Choose either undepFunds or an account",
            "undepFunds",
        ));
    }
    let ledger = state
        .settings
        .accounts
        .iter()
        .find(|ledger| ledger.id == account);
    let foreign = ledger.and_then(|ledger| ledger.currency.as_deref());
    match foreign {
        Some(currency) if currency != record.currency() => {
            Err(Refusal::no_such_value(account, "account", "account"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks the lines of an apply list and keeps those that apply; answers their sum.
fn settle(
    state: &State,
    record: &mut Record,
    old: Option<&Record>,
    sublist: &str,
    kinds: &[Kind],
    limit: Option<Decimal>,
) -> Result<Decimal, Refusal> {
    let mut sum = Decimal::ZERO;
    let mut kept = Vec::new();
    for (index, line) in document::lines(&record.fields, sublist)
        .into_iter()
        .enumerate()
    {
        if !document::flag(line, "apply") {
            continue;
        }
        let path = format!("{sublist}.items[{index}]");
        let left = limit.map(|limit| limit - sum);
        let line = settled(state, record, old, line, kinds, left, &path)?;
        sum += document::decimal(&line, "amount").unwrap_or_default();
        kept.push(Value::Object(line));
    }
    record.fields.insert(sublist.into(), Value::Array(kept));
    Ok(sum)
}

fn settled(
    state: &State,
    record: &Record,
    old: Option<&Record>,
    line: &Fields,
    kinds: &[Kind],
    left: Option<Decimal>,
    path: &str,
) -> Result<Fields, Refusal> {
    let shown = document::id(line, "doc").unwrap_or_default();
    let wrong = || Refusal::no_such_value(shown, "doc", &format!("{path}.doc"));
    let target = document::record_id(line, "doc")
        .and_then(|id| state.transaction(id))
        .ok_or_else(wrong)?;
    let place = |record: &Record| document::id(&record.fields, "subsidiary").map(str::to_owned);
    let same = target.customer() == record.customer()
        && target.currency() == record.currency()
        && place(target) == place(record);
    if !kinds.contains(&target.kind) || !same {
        return Err(wrong());
    }
    let own = old
        .and_then(|old| state.applied.get(&target.id)?.get(&old.id))
        .copied()
        .unwrap_or_default();
    let open = open_amount(state, target) + own;
    let amount = document::decimal(line, "amount")
        .unwrap_or_else(|| left.map_or(open, |left| left.min(open)));
    let too_much = amount > open || left.is_some_and(|left| amount > left);
    if amount <= Decimal::ZERO || too_much || !fits(amount, state.exponent(record)) {
        return Err(Refusal::no_such_value(
            &amount.to_string(),
            "amount",
            &format!("{path}.amount"),
        ));
    }
    let mut line = line.clone();
    document::set_decimal(&mut line, "amount", amount);
    document::set_decimal(&mut line, "due", open);
    line.insert("type".into(), json!(target.kind.type_code()));
    line.insert("refNum".into(), json!(target.name()));
    Ok(line)
}
