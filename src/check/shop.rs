//! A shop, asked: whether we are let in, what our app may do there, and whether its webhooks come.

use super::Report;
use crate::config::Config;
use crate::config::store::Store;
use crate::connect::{self, OfStore, told};
use crate::journal::Journal;
use crate::remote::{Error, Meaning};
use crate::shopify::{Client, shop::Shop};

/// Asks the shop of one store. Reads only.
pub(super) async fn look(config: &Config, store: &Store, journal: &Journal, report: &mut Report) {
    let mut of = OfShop {
        config,
        store,
        journal,
        report,
    };
    let client = match Client::new(store, &config.timing) {
        Ok(client) => client,
        Err(error) => {
            let remedy = "set client_id and client_secrets, or access_token";
            return of.wrong("shopify", &error.to_string(), remedy);
        }
    };
    match client.shop(journal).await {
        Ok(shop) => {
            of.identity(&shop);
            of.environment(&shop);
            of.scopes(&shop);
            of.subscriptions(&client).await;
        }
        Err(error) => of.wrong("shopify", &told(&error), remedy(&error)),
    }
}

fn remedy(error: &Error) -> &'static str {
    match error.meaning() {
        Some(Meaning::Unauthorized) => {
            "correct client_id and client_secrets (newest first), and see that the app is installed in this shop"
        }
        Some(Meaning::Closed) => {
            "see that the domain is the shop's myshopify.com domain, and that the shop is open"
        }
        Some(Meaning::Forbidden) => "give the app the scope that Shopify names",
        Some(_) | None => {
            "see that the shop's address can be reached from this machine, then try again"
        }
    }
}

struct OfShop<'a> {
    config: &'a Config,
    store: &'a Store,
    journal: &'a Journal,
    report: &'a mut Report,
}

impl OfShop<'_> {
    fn key(&self, key: &str) -> String {
        format!("store.{}.{key}", self.store.name)
    }

    fn right(&mut self, key: &str, what: impl Into<String>) {
        self.report.right(self.key(key), what);
    }

    fn look(&mut self, key: &str, what: &str, remedy: &str) {
        self.report.look(self.key(key), what, remedy);
    }

    fn wrong(&mut self, key: &str, what: &str, remedy: &str) {
        self.report.wrong(self.key(key), what, remedy);
    }

    fn identity(&mut self, shop: &Shop) {
        self.right(
            "shopify",
            format!(
                "{} lets us in, in {}, on the plan {}",
                shop.domain, shop.currency, shop.plan
            ),
        );
        if !shop.domain.eq_ignore_ascii_case(&self.store.domain) {
            self.wrong(
                "domain",
                &format!(
                    "the shop calls itself {}: webhooks of another domain are refused",
                    shop.domain
                ),
                "set domain to the one that the shop has",
            );
        }
        if shop.time_zone != self.store.time_zone.name() {
            self.look(
                "time_zone",
                &format!(
                    "the shop's clock is {}: orders near midnight get another day in NetSuite than in Shopify",
                    shop.time_zone
                ),
                "set time_zone to the shop's, unless the books keep another",
            );
        }
    }

    fn environment(&mut self, shop: &Shop) {
        let netsuite = &self.config.netsuite;
        if netsuite.allow_mixed || netsuite.is_trial() == shop.is_development {
            return;
        }
        let (account, kind) = if netsuite.is_trial() {
            ("a sandbox", "a production shop")
        } else {
            ("a production account", "a development shop")
        };
        self.wrong(
            "environment",
            &format!("{} is {account} and this is {kind}", netsuite.account),
            "choose the other, or say that the mixture is meant: [netsuite] allow_mixed = true",
        );
    }

    fn scopes(&mut self, shop: &Shop) {
        let mut missing = 0;
        for (scope, what) in needed(self.store) {
            if !connect::is_granted(scope, &shop.scopes) {
                missing += 1;
                self.wrong(
                    &format!("scope.{scope}"),
                    &format!("the app lacks it: {what}"),
                    "add it to the app's scopes, and approve the new version in the shop",
                );
            }
        }
        if !connect::is_granted("read_all_orders", &shop.scopes) {
            self.look(
                "scope.read_all_orders",
                "orders older than 60 days cannot be read: late refunds and a backfill of them fail",
                "ask Shopify for it on the app's page of API access",
            );
        }
        if missing == 0 {
            self.right("scopes", format!("{} granted", shop.scopes.len()));
        }
    }

    async fn subscriptions(&mut self, client: &Client) {
        let address = match connect::address(self.config) {
            Ok(address) => address,
            Err(error) => {
                let remedy = "set it to the https address of the public listener, then run `waybill connect`";
                return self.look("subscriptions", &error.to_string(), remedy);
            }
        };
        let found = connect::look(client, self.store, &address, self.journal).await;
        let found = match found {
            Ok(comparison) => OfStore::found(&self.store.name, &comparison),
            Err(error) => return self.wrong("subscriptions", &told(&error), remedy(&error)),
        };
        let mut wrong = 0;
        for line in found.problems() {
            wrong += 1;
            let what = line.what.as_deref().unwrap_or("it is not subscribed");
            let remedy = line.remedy.as_deref().unwrap_or("run `waybill connect`");
            self.wrong(&format!("subscription.{}", line.topic), what, remedy);
        }
        if wrong == 0 {
            self.right("subscriptions", format!("all of them come to {address}"));
        }
        if let Some(note) = &found.note {
            self.look(
                "subscriptions.api_version",
                note,
                "change it in the app's configuration",
            );
        }
    }
}

/// The scopes that the store's flows need, and what fails without. Topics are told with their subscriptions.
fn needed(store: &Store) -> Vec<(&'static str, &'static str)> {
    let mut scopes = vec![
        ("read_orders", "no order can be read"),
        ("write_orders", "NetSuite's id cannot be shown on orders"),
        ("read_customers", "orders come without their customer"),
        (
            "read_merchant_managed_fulfillment_orders",
            "the location of an order cannot be seen",
        ),
        (
            "write_merchant_managed_fulfillment_orders",
            "shipments cannot be shown in Shopify",
        ),
    ];
    if store.inventory.publish {
        scopes.extend([
            ("read_products", "items cannot be found by their SKU"),
            ("read_inventory", "stock cannot be compared"),
            ("write_inventory", "stock cannot be shown in Shopify"),
            ("read_locations", "the locations of stock cannot be read"),
        ]);
    }
    if store.customers.to_shopify() {
        scopes.push(("write_customers", "customers cannot be changed in Shopify"));
    }
    scopes
}
