//! Address subrecords: the country's states, and the printed text.

use serde_json::{Value, json};

use crate::netsuite::answer::Refusal;
use crate::netsuite::document::{self, Fields};
use crate::netsuite::settings::Settings;

const US: &str = "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY AA AE AP AS FM GU MH MP PW";
const CA: &str = "AB BC MB NB NL NS NT NU ON PE QC SK YT";
const AU: &str = "ACT NSW NT QLD SA TAS VIC WA";

/// The state codes of the countries for which this twin has a list.
fn states(country: &str) -> Option<&'static str> {
    match country {
        "US" => Some(US),
        "CA" => Some(CA),
        "AU" => Some(AU),
        _ => None,
    }
}

/// Checks an address and writes its text.
///
/// # Errors
///
/// 400 for a state that is not in the country's list, unless `override` is set.
pub(crate) fn complete(
    settings: &Settings,
    address: &mut Fields,
    path: &str,
) -> Result<(), Refusal> {
    if document::flag(address, "override") {
        return Ok(());
    }
    let country = document::id(address, "country").unwrap_or("US").to_owned();
    let state = document::text(address, "state").unwrap_or_default();
    let listed = match settings.states.get(&country) {
        Some(own) => own.iter().any(|code| code == state),
        None => states(&country).is_none_or(|list| list.split(' ').any(|code| code == state)),
    };
    if !state.is_empty() && !listed {
        return Err(Refusal::no_such_value(
            state,
            "state",
            &format!("{path}.state"),
        ));
    }
    address
        .entry("country")
        .or_insert_with(|| document::reference(&country, &country));
    let parts = [
        "attention",
        "addressee",
        "addr1",
        "addr2",
        "addr3",
        "city",
        "state",
        "zip",
    ];
    let text: Vec<&str> = parts
        .iter()
        .filter_map(|part| document::text(address, part))
        .filter(|part| !part.is_empty())
        .collect();
    let text = text.join("\n");
    address.insert("addrText".into(), json!(text));
    Ok(())
}

/// Checks the addresses of a transaction.
///
/// # Errors
///
/// As [`complete`].
pub(crate) fn complete_all(settings: &Settings, fields: &mut Fields) -> Result<(), Refusal> {
    for name in ["shippingAddress", "billingAddress"] {
        if let Some(address) = fields.get_mut(name).and_then(Value::as_object_mut) {
            complete(settings, address, name)?;
        }
    }
    Ok(())
}
