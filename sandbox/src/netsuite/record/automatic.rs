//! What NetSuite does by itself when something is saved, by the account's preferences.

use rust_decimal::Decimal;
use serde_json::json;

use super::status::open_amount;
use super::transform::transform;
use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::state::State;

/// Uses the open deposits of an invoice's order for the invoice, oldest first, on the invoice's day.
///
/// # Errors
///
/// As a deposit application a person enters; the invoice stays.
pub(crate) fn use_deposits(state: &mut State, invoice: u64) -> Result<(), Refusal> {
    let Some(record) = state.get(Kind::Invoice, invoice) else {
        return Ok(());
    };
    let order = record.created_from();
    let day = record.fields.get("tranDate").cloned().unwrap_or_default();
    let deposits = order.and_then(|order| state.of_order.get(&order));
    let deposits: Vec<_> = deposits
        .into_iter()
        .flatten()
        .filter_map(|id| state.get(Kind::CustomerDeposit, *id))
        .filter(|deposit| document::record_id(&deposit.fields, "salesOrder") == order)
        .cloned()
        .collect();
    for deposit in deposits {
        let due = state.get(Kind::Invoice, invoice);
        let due = due.map_or(Decimal::ZERO, |invoice| open_amount(state, invoice));
        let amount = due.min(open_amount(state, &deposit));
        if amount <= Decimal::ZERO {
            continue;
        }
        let row = json!({
            "doc": { "id": invoice.to_string() }, "line": 0, "apply": true,
            "amount": document::number(amount),
        });
        let mut body = Fields::new();
        body.insert("tranDate".into(), day.clone());
        body.insert("apply".into(), json!([row]));
        let made = transform(state, &deposit, Kind::DepositApplication, body)?;
        state.set_source(Kind::DepositApplication, made, "");
    }
    Ok(())
}
