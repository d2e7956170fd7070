//! The shop itself and the app installed in it.

use super::super::state::State;
use super::super::time::{now, utc};
use super::node::Record;

pub(super) fn shop(state: &State) -> Record<'static> {
    let settings = &state.settings;
    let currencies: Vec<String> = settings.presentment_currencies.clone();
    let plan = Record::new("ShopPlan")
        .leaf("publicDisplayName", settings.plan.display_name())
        .leaf("displayName", settings.plan.display_name())
        .leaf("partnerDevelopment", false)
        .leaf("shopifyPlus", settings.plan.bucket().0 >= 20_000);
    Record::new("Shop")
        .leaf("id", "gid://shopify/Shop/548380009")
        .leaf("name", settings.name.as_str())
        .leaf("email", "owner@example.com")
        .leaf("contactEmail", "owner@example.com")
        .leaf("myshopifyDomain", settings.domain.as_str())
        .leaf("url", format!("https://{}", settings.domain))
        .leaf("currencyCode", settings.currency.as_str())
        .leaves("enabledPresentmentCurrencies", currencies)
        .leaf("ianaTimezone", settings.time_zone.as_str())
        .leaf("timezoneAbbreviation", state.time.abbreviation(now()))
        .leaf("timezoneOffset", state.time.offset(now()).replace(':', ""))
        .leaf("taxesIncluded", settings.taxes_included)
        .leaf("taxShipping", settings.tax_shipping)
        .leaf("orderNumberFormatPrefix", "#")
        .leaf("orderNumberFormatSuffix", "")
        .leaf("unitSystem", "METRIC_SYSTEM")
        .leaf("weightUnit", "GRAMS")
        .leaf("createdAt", utc(state.opened_at))
        .leaf("updatedAt", utc(state.opened_at))
        .record("plan", plan)
}

pub(super) fn installation(state: &State) -> Record<'static> {
    let scopes = state.settings.scopes.iter().map(|scope| {
        Record::new("AccessScope")
            .leaf("handle", scope.as_str())
            .leaf("description", scope.as_str())
    });
    let app = Record::new("App")
        .leaf("id", "gid://shopify/App/1")
        .leaf("apiKey", state.settings.client_id.as_str())
        .leaf("title", "sandbox");
    Record::new("AppInstallation")
        .leaf("id", "gid://shopify/AppInstallation/1")
        .leaf("launchUrl", "https://example.com")
        .record("app", app)
        .records("accessScopes", scopes.collect())
}
