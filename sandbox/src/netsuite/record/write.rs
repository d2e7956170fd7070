//! Creates, changes and deletes records: merge, rules, then all effects at once or none.

use serde_json::{Value, json};

use super::sublist::{self, SENT};
use super::{apply, automatic, customer, effects, fulfillment, reference, relationship, sale};
use crate::netsuite::answer::Refusal;
use crate::netsuite::calendar;
use crate::netsuite::callback::Change;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::{Class, Kind};
use crate::netsuite::schema;
use crate::netsuite::settings::ClosedPeriod;
use crate::netsuite::state::{Record, State, now};

/// What a record is made from, beside the request.
#[derive(Default)]
pub(crate) struct Origin {
    /// Fields a transform copied; sublist lines are complete.
    pub(crate) copied: Fields,
    pub(crate) last_line: u64,
    /// `restWebServices`, or empty for a person.
    pub(crate) source: &'static str,
}

/// Creates a record from a body that passed the schema; answers its id.
///
/// # Errors
///
/// NetSuite's 400; then nothing has changed.
pub(crate) fn create(
    state: &mut State,
    kind: Kind,
    sent: Fields,
    origin: Origin,
) -> Result<u64, Refusal> {
    let mut record = Record {
        id: state.next_id(),
        kind,
        fields: origin.copied,
        created: now(),
        modified: now(),
        last_line: origin.last_line,
        source: origin.source,
    };
    external_id(state, &record, &sent)?;
    merge(state, &mut record, sent, &[])?;
    number(state, &mut record, None)?;
    complete(state, &mut record, None)?;
    let id = record.id;
    effects::commit(state, record);
    state.saved(kind, id, Change::Create);
    if kind == Kind::Invoice && state.settings.auto_apply_deposits {
        automatic::use_deposits(state, id)?;
    }
    Ok(id)
}

/// Changes a record; sublists named in `replace` lose the lines that are not sent.
///
/// # Errors
///
/// 404 when there is no such record, NetSuite's 400 otherwise; then nothing has changed.
pub(crate) fn update(
    state: &mut State,
    kind: Kind,
    id: u64,
    sent: Fields,
    replace: &[String],
) -> Result<(), Refusal> {
    let old = state
        .get(kind, id)
        .cloned()
        .ok_or_else(Refusal::no_record)?;
    let mut record = old.clone();
    external_id(state, &record, &sent)?;
    merge(state, &mut record, sent, replace)?;
    number(state, &mut record, Some(&old))?;
    complete(state, &mut record, Some(&old))?;
    record.modified = now();
    effects::commit(state, record);
    state.saved(kind, id, Change::Update);
    Ok(())
}

/// Deletes a record that nothing was made from.
///
/// # Errors
///
/// 404, or 400 when other records depend on it.
pub(crate) fn delete(state: &mut State, kind: Kind, id: u64) -> Result<(), Refusal> {
    let record = state
        .get(kind, id)
        .cloned()
        .ok_or_else(Refusal::no_record)?;
    let has_children = state.children.get(&id).is_some_and(|made| !made.is_empty());
    let sold = kind == Kind::Customer
        && state
            .of_class(Class::Transaction)
            .any(|other| other.customer() == Some(id));
    let deposits = state.of_order.get(&id).into_iter().flatten();
    let deposits = deposits
        .filter_map(|deposit| state.get(Kind::CustomerDeposit, *deposit))
        .any(|deposit| document::record_id(&deposit.fields, "salesOrder") == Some(id));
    let sold = sold || relationship::is_used(state, &record);
    if has_children || sold || deposits || !state.used(id).is_zero() {
        return Err(Refusal::user(
            "This record cannot be deleted because it has dependent records.",
        ));
    }
    effects::undo(state, &record);
    state.saved(kind, id, Change::Delete);
    Ok(())
}

fn external_id(state: &State, record: &Record, sent: &Fields) -> Result<(), Refusal> {
    let Some(wanted) = document::text(sent, "externalId") else {
        return Ok(());
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if wanted.is_empty() || !wanted.bytes().all(allowed) {
        return Err(Refusal::no_such_value(wanted, "externalId", "externalId"));
    }
    match state.holder(record.kind, wanted) {
        Some(holder) if holder != record.id => Err(already_exists(record.kind)),
        Some(_) | None => Ok(()),
    }
}

/// The text of a taken external id differs by class and has no code of its own.
pub(crate) fn already_exists(kind: Kind) -> Refusal {
    match kind.class() {
        Class::Entity => customer::already_exists(),
        Class::Item | Class::Transaction | Class::Relationship => {
            Refusal::user("This record already exists.")
        }
    }
}

fn merge(
    state: &mut State,
    record: &mut Record,
    mut sent: Fields,
    replace: &[String],
) -> Result<(), Refusal> {
    reference::resolve_all(state, &mut sent, "")?;
    let sublists: Vec<String> = schema::of(record.kind)
        .map(|schema| schema.sublists().map(str::to_owned).collect())
        .unwrap_or_default();
    for (name, value) in sent {
        if sublists.contains(&name) {
            let replace = replace
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(&name));
            sublist::merge(state, record, &name, &value, replace)?;
        } else if value.is_null() {
            record.fields.remove(&name);
        } else if let (true, Some(had), Some(new)) = (
            name.ends_with("Address"),
            record.fields.get_mut(&name).and_then(Value::as_object_mut),
            value.as_object(),
        ) {
            had.extend(
                new.iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        } else {
            record.fields.insert(name, value);
        }
    }
    Ok(())
}

fn number(state: &mut State, record: &mut Record, old: Option<&Record>) -> Result<(), Refusal> {
    if record.kind.class() != Class::Transaction {
        return Ok(());
    }
    let sent = document::text(&record.fields, "tranId").map(str::to_owned);
    let had = old.map(Record::name);
    match (sent, had) {
        (sent, Some(had)) if sent.as_ref().is_none_or(|sent| *sent == had) => {
            record.fields.insert("tranId".into(), json!(had));
        }
        (Some(_), _) if state.settings.allow_number_override => {}
        (Some(sent), _) => return Err(Refusal::no_such_value(&sent, "tranId", "tranId")),
        (None, _) => {
            let number = state.next_number(record.kind);
            record.fields.insert("tranId".into(), json!(number));
        }
    }
    Ok(())
}

fn complete(state: &mut State, record: &mut Record, old: Option<&Record>) -> Result<(), Refusal> {
    if record.kind == Kind::Customer {
        mandatory(state, record)?;
        return customer::complete(state, record, old);
    }
    if record.kind == Kind::CustomerSubsidiaryRelationship {
        return relationship::complete(state, record, old);
    }
    sale::party(state, record, old)?;
    period(state, record)?;
    mandatory(state, record)?;
    match record.kind {
        Kind::SalesOrder
        | Kind::Invoice
        | Kind::CashSale
        | Kind::ReturnAuthorization
        | Kind::CashRefund => {
            sale::complete(state, record, old)?;
        }
        Kind::CreditMemo => {
            sale::complete(state, record, old)?;
            apply::credit_memo(state, record, old)?;
        }
        Kind::CustomerDeposit => apply::deposit(state, record)?,
        Kind::CustomerPayment => apply::payment(state, record, old)?,
        Kind::CustomerRefund => apply::refund(state, record, old)?,
        Kind::DepositApplication => apply::deposit_application(state, record, old)?,
        Kind::ItemFulfillment => fulfillment::complete(state, record, old)?,
        Kind::ItemReceipt => {}
        Kind::Customer
        | Kind::CustomerSubsidiaryRelationship
        | Kind::InventoryItem
        | Kind::NonInventorySaleItem
        | Kind::ServiceSaleItem
        | Kind::OtherChargeSaleItem
        | Kind::DiscountItem
        | Kind::KitItem
        | Kind::GiftCertificateItem => return Err(Refusal::method()),
    }
    forget_what_was_sent(record);
    Ok(())
}

fn forget_what_was_sent(record: &mut Record) {
    for sublist in [
        "item",
        "apply",
        "deposit",
        "credit",
        "taxDetails",
        "package",
    ] {
        for line in document::lines_mut(&mut record.fields, sublist) {
            line.remove(SENT);
        }
    }
}

/// The date, and that the period it is posted to is open.
///
/// A closed period is refused, or the transaction keeps its date and is posted to the first open one.
fn period(state: &State, record: &mut Record) -> Result<(), Refusal> {
    let settings = &state.settings;
    let day = document::date(&record.fields, "tranDate").unwrap_or_else(|| state.today());
    record
        .fields
        .insert("tranDate".into(), json!(day.to_string()));
    if !record.kind.posts() {
        return Ok(());
    }
    let sent = document::id(&record.fields, "postingPeriod");
    let wanted = match sent {
        Some(id) => calendar::month(settings, id),
        None => calendar::month_of(settings, day),
    };
    let period = match (wanted, settings.closed_period) {
        (Some(period), _) if !period.closed => Some(period),
        (Some(_), ClosedPeriod::FirstOpen) => calendar::first_open(settings, day),
        (Some(_), ClosedPeriod::Refuse) | (None, _) => None,
    };
    let period = period.ok_or_else(|| {
        Refusal::user(
            "The transaction date you specified is not within the date range of your accounting period.",
        )
    })?;
    record.fields.insert(
        "postingPeriod".into(),
        document::reference(&period.id.to_string(), &period.name),
    );
    Ok(())
}

/// What the preferred form asks for.
fn mandatory(state: &State, record: &Record) -> Result<(), Refusal> {
    let Some(names) = state.settings.mandatory_fields.get(record.kind.rest_name()) else {
        return Ok(());
    };
    let empty = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value == "");
    for name in names {
        let missing = match name.strip_prefix("item.") {
            Some(column) => {
                let lines = document::lines(&record.fields, "item");
                lines.iter().any(|line| empty(line.get(column)))
            }
            None => empty(record.fields.get(name)),
        };
        if missing {
            return Err(Refusal::missing(&label(name.trim_start_matches("item."))));
        }
    }
    Ok(())
}

/// `shipMethod` as the form shows it: `Ship Method`.
fn label(name: &str) -> String {
    let mut label = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() {
            label.push(' ');
        }
        label.extend(if index == 0 {
            letter.to_uppercase().collect::<Vec<_>>()
        } else {
            vec![letter]
        });
    }
    label
}
