//! How a shipment can be followed: NetSuite's ship item as Shopify's carrier, and where the number leads.

use crate::config::store::Fulfillments;
use crate::netsuite::fulfillments::Fulfillment;
use crate::plan;
use crate::shopify::fulfillments::Tracking;

/// Shopify shows no more numbers of one fulfillment than we ask for.
const SHOWN: usize = 10;

/// The tracking that Shopify should show.
pub(super) fn tracking(source: &Fulfillment, settings: &Fulfillments) -> Tracking {
    let numbers: Vec<String> = source
        .tracking
        .iter()
        .map(|number| number.trim().to_owned())
        .filter(|number| !number.is_empty())
        .collect();
    if numbers.is_empty() {
        return Tracking::default();
    }
    let method = source.ship_method.as_deref().unwrap_or_default();
    let company = settings.carriers.get(method);
    let company = company
        .or_else(|| settings.carriers.get("default"))
        .cloned();
    let template = company
        .as_ref()
        .and_then(|name| settings.tracking_urls.get(name));
    let urls = template.map(|template| {
        let url = |number: &String| template.replace("{number}", &escaped(number));
        numbers.iter().map(url).collect()
    });
    Tracking {
        company,
        urls: urls.unwrap_or_default(),
        numbers,
    }
}

/// A number as a part of an address.
fn escaped(number: &str) -> String {
    let mut text = String::new();
    for byte in number.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Stands for a tracking: what was written last is compared by it.
pub(super) fn hash(tracking: &Tracking) -> String {
    plan::hash(&serde_json::json!([
        tracking.company,
        tracking.numbers,
        tracking.urls
    ]))
}

/// The numbers that can be compared, sorted.
pub(super) fn numbers(tracking: &Tracking) -> Vec<&str> {
    let mut numbers: Vec<&str> = tracking
        .numbers
        .iter()
        .map(String::as_str)
        .take(SHOWN)
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Whether Shopify shows what it should; a carrier that we do not name is Shopify's guess.
pub(super) fn shows(shown: &Tracking, wanted: &Tracking) -> bool {
    let company = wanted.company.is_none() || wanted.company == shown.company;
    numbers(shown) == numbers(wanted) && company
}
