//! Further subsidiaries of a customer: the record `customerSubsidiaryRelationship` and its rules.
//!
//! Oracle's help names the record, its two references and the feature it needs; what it answers to a pair
//! that is there, or where the feature is off, no source says. Both answers are assumptions.

use crate::netsuite::answer::Refusal;
use crate::netsuite::document;
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::state::{Record, State};

/// Whether the account has this record type: without the feature there are no relationships.
pub(crate) fn is_known(state: &State, kind: Kind) -> bool {
    kind != Kind::CustomerSubsidiaryRelationship || state.settings.multi_subsidiary_customers
}

/// Checks a relationship.
///
/// # Errors
///
/// 404 without the feature; 400 for a missing reference, a pair that is there already, or a change of it.
pub(crate) fn complete(
    state: &State,
    record: &Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    if !is_known(state, record.kind) {
        return Err(Refusal::no_type(record.kind.rest_name()));
    }
    let customer = document::record_id(&record.fields, "entity");
    let customer = customer.and_then(|id| state.get(Kind::Customer, id));
    let customer = customer.ok_or_else(|| Refusal::missing("Customer"))?;
    let subsidiary = document::id(&record.fields, "subsidiary");
    let subsidiary = subsidiary.ok_or_else(|| Refusal::missing("Subsidiary"))?;
    if let Some(old) = old {
        let pair = |of: &Record| {
            let subsidiary = document::id(&of.fields, "subsidiary").map(str::to_owned);
            (document::record_id(&of.fields, "entity"), subsidiary)
        };
        return if pair(old) == pair(record) {
            Ok(())
        } else {
            Err(Refusal::user(
                "The customer and the subsidiary of a relationship cannot be changed.",
            ))
        };
    }
    if has(state, customer, subsidiary) {
        return Err(Refusal::user(
            "The customer is assigned to this subsidiary already.",
        ));
    }
    Ok(())
}

/// The further subsidiaries of a customer, each with the record that says so.
pub(crate) fn of(state: &State, customer: u64) -> impl Iterator<Item = (&Record, &str)> {
    let all = state.of_kind(Kind::CustomerSubsidiaryRelationship);
    all.filter(move |record| document::record_id(&record.fields, "entity") == Some(customer))
        .filter_map(|record| Some((record, document::id(&record.fields, "subsidiary")?)))
}

/// Whether transactions of the customer may be in this subsidiary.
pub(crate) fn has(state: &State, customer: &Record, subsidiary: &str) -> bool {
    document::id(&customer.fields, "subsidiary").is_none_or(|primary| primary == subsidiary)
        || of(state, customer.id).any(|(_, further)| further == subsidiary)
}

/// Whether the customer has transactions in the subsidiary that this relationship adds.
pub(crate) fn is_used(state: &State, record: &Record) -> bool {
    if record.kind != Kind::CustomerSubsidiaryRelationship {
        return false;
    }
    let customer = document::record_id(&record.fields, "entity");
    let subsidiary = document::id(&record.fields, "subsidiary");
    state
        .of_class(Class::Transaction)
        .filter(|other| other.customer() == customer)
        .any(|other| document::id(&other.fields, "subsidiary") == subsidiary)
}
