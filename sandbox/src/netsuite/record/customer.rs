//! Rules of the customer record.

use serde_json::{Value, json};

use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::kind::Kind;
use crate::netsuite::record::address;
use crate::netsuite::state::{Record, State};

/// Checks a customer and fills what NetSuite fills.
///
/// # Errors
///
/// 400 for a missing name or subsidiary, a taken name, a malformed e-mail address or state.
pub(crate) fn complete(
    state: &mut State,
    record: &mut Record,
    old: Option<&Record>,
) -> Result<(), Refusal> {
    let fields = &mut record.fields;
    let person = document::flag(fields, "isPerson");
    fields.insert("isPerson".into(), json!(person));
    let needed: &[(&str, &str)] = if person {
        &[("firstName", "First Name"), ("lastName", "Last Name")]
    } else {
        &[("companyName", "Company Name")]
    };
    for (name, label) in needed {
        if document::text(fields, name).is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::missing(label));
        }
    }
    let subsidiary = document::id(fields, "subsidiary")
        .ok_or_else(|| Refusal::missing("Primary Subsidiary"))?
        .to_owned();
    if let Some(old) = old
        && document::id(&old.fields, "subsidiary") != Some(&subsidiary)
        && state
            .of_class(crate::netsuite::kind::Class::Transaction)
            .any(|record| record.customer() == Some(old.id))
    {
        return Err(Refusal::user(
            "You cannot change the subsidiary of a customer with transactions.",
        ));
    }
    default_currency(state, fields, &subsidiary);
    email(fields)?;
    fields.entry("isInactive").or_insert(json!(false));
    name(state, record, old)?;
    for (index, line) in document::lines_mut(&mut record.fields, "addressBook")
        .into_iter()
        .enumerate()
    {
        line.remove(super::sublist::SENT);
        if let Some(address) = line
            .get_mut("addressBookAddress")
            .and_then(Value::as_object_mut)
        {
            address::complete(
                &state.settings,
                address,
                &format!("addressBook.items[{index}].addressBookAddress"),
            )?;
        }
    }
    one_default(&mut record.fields, "defaultShipping");
    one_default(&mut record.fields, "defaultBilling");
    Ok(())
}

fn default_currency(state: &State, fields: &mut Fields, subsidiary: &str) {
    if document::id(fields, "currency").is_some() {
        return;
    }
    let base = state
        .settings
        .subsidiaries
        .iter()
        .find(|entry| entry.id == subsidiary);
    let currency = base.and_then(|entry| state.currency(&entry.currency));
    if let Some(currency) = currency {
        fields.insert(
            "currency".into(),
            document::reference(&currency.id, &currency.code),
        );
    }
}

fn email(fields: &Fields) -> Result<(), Refusal> {
    let Some(email) = document::text(fields, "email").filter(|email| !email.is_empty()) else {
        return Ok(());
    };
    let good = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace)
    });
    if good {
        Ok(())
    } else {
        Err(Refusal::no_such_value(email, "email", "email"))
    }
}

/// The name a customer gets when none is sent and numbering is off.
fn made_from_parts(fields: &Fields) -> String {
    let part = |name| document::text(fields, name).unwrap_or_default().trim();
    if document::flag(fields, "isPerson") {
        format!("{} {}", part("firstName"), part("lastName"))
            .trim()
            .into()
    } else {
        part("companyName").into()
    }
}

fn name(state: &mut State, record: &mut Record, old: Option<&Record>) -> Result<(), Refusal> {
    let sent = document::text(&record.fields, "entityId")
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let name = match sent {
        Some(name) => name,
        None if state.settings.auto_number_entities => state.next_number(Kind::Customer),
        None => made_from_parts(&record.fields),
    };
    if old.is_none_or(|old| !same_name(&old.name(), &name)) && name_taken(state, record.id, &name) {
        return Err(already_exists());
    }
    record.fields.insert("entityId".into(), json!(name));
    Ok(())
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn name_taken(state: &State, id: u64, name: &str) -> bool {
    state
        .of_kind(Kind::Customer)
        .any(|other| other.id != id && same_name(&other.name(), name))
}

/// One text for a taken external id and for a taken name.
pub(crate) fn already_exists() -> Refusal {
    Refusal::user("This entity already exists.")
}

/// The last address marked as default is the default.
fn one_default(fields: &mut Fields, column: &str) {
    let lines = document::lines_mut(fields, "addressBook");
    let last = lines.iter().rposition(|line| document::flag(line, column));
    for (index, line) in lines.into_iter().enumerate() {
        line.insert(column.into(), json!(Some(index) == last));
    }
}

/// True when the customer may be sold to in this currency.
pub(crate) fn takes_currency(customer: &Record, currency: &str) -> bool {
    document::id(&customer.fields, "currency") == Some(currency)
        || document::lines(&customer.fields, "currencyList")
            .iter()
            .any(|line| document::id(line, "currency") == Some(currency))
}
