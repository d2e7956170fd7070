//! What must hold between settings that are each well-formed.

mod store;

use std::collections::BTreeSet;
use std::time::Duration;

use super::store::Store;
use super::{Config, Netsuite, Operator, Public, Secret, Sweeps, Timing};

/// A rule that does not hold, and the key to look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) key: String,
    pub(super) what: String,
}

fn broken_at(key: impl Into<String>, what: impl Into<String>) -> Broken {
    Broken {
        key: key.into(),
        what: what.into(),
    }
}

/// Everything in `config` that cannot work, whatever the two systems say.
pub(super) fn broken(config: &Config) -> Vec<Broken> {
    let mut broken = Vec::new();
    public(&config.public, &mut broken);
    operator(&config.operator, &mut broken);
    netsuite(&config.netsuite, &mut broken);
    sweeps(&config.sweeps, &mut broken);
    timing(&config.timing, &mut broken);
    names(&config.stores, &mut broken);
    for (index, store) in config.stores.iter().enumerate() {
        for Broken { key, what } in store::broken(store) {
            broken.push(broken_at(format!("store[{index}].{key}"), what));
        }
    }
    broken
}

fn public(public: &Public, broken: &mut Vec<Broken>) {
    broken.extend(
        public
            .url
            .as_deref()
            .and_then(|url| not_a_url("public.url", url)),
    );
}

fn not_a_url(key: &str, url: &str) -> Option<Broken> {
    let parsed = reqwest::Url::parse(url);
    let usable = parsed.is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme()) && url.has_host() && url.query().is_none()
    });
    (!usable).then(|| broken_at(key, "expected an address: https://host, without a query"))
}

fn operator(operator: &Operator, broken: &mut Vec<Broken>) {
    if operator.tokens.is_empty() && !operator.listen.ip().is_loopback() {
        broken.push(broken_at(
            "operator.listen",
            "without [operator] tokens this listener must be on a loopback address: 127.0.0.1:8081",
        ));
    }
    let mut names = BTreeSet::new();
    for (index, token) in operator.tokens.iter().enumerate() {
        if !names.insert(&token.name) {
            broken.push(broken_at(
                format!("operator.tokens[{index}].name"),
                format!("the name `{}` is given twice", token.name),
            ));
        }
    }
}

fn netsuite(netsuite: &Netsuite, broken: &mut Vec<Broken>) {
    let account_is_one = !netsuite.account.is_empty()
        && netsuite
            .account
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !account_is_one {
        broken.push(broken_at(
            "netsuite.account",
            "expected an account id: 1234567 or 1234567_SB1",
        ));
    }
    if let Some(url) = &netsuite.url {
        broken.extend(not_a_url("netsuite.url", url));
        broken.extend(another_account(netsuite, url));
    }
    if netsuite.concurrency < 1 {
        broken.push(broken_at("netsuite.concurrency", "must be at least 1"));
    } else if netsuite.reserved_for_live >= netsuite.concurrency {
        broken.push(broken_at(
            "netsuite.reserved_for_live",
            format!(
                "must be lower than concurrency ({}), or backfills never run",
                netsuite.concurrency
            ),
        ));
    }
    broken.extend(not_a_key("netsuite.private_key", &netsuite.private_key));
    for (index, key) in netsuite.other_keys.iter().enumerate() {
        let name = format!("netsuite.other_keys[{index}].private_key");
        broken.extend(not_a_key(&name, &key.private_key));
    }
    for (index, secret) in netsuite.callback_secrets.iter().enumerate() {
        let signs = secret.expose().starts_with("whsec_")
            && standardwebhooks::Webhook::new(secret.expose()).is_ok();
        if !signs {
            broken.push(broken_at(
                format!("netsuite.callback_secrets[{index}]"),
                "the secret it names must be whsec_ and base64",
            ));
        }
    }
}

/// Oracle's hosts name the account. Another one there is a sandbox taken for production, or the reverse.
fn another_account(netsuite: &Netsuite, url: &str) -> Option<Broken> {
    let url = reqwest::Url::parse(url).ok()?;
    let host = url
        .host_str()?
        .strip_suffix(".suitetalk.api.netsuite.com")?;
    let expected = netsuite.account.to_lowercase().replace('_', "-");
    (host != expected && !netsuite.allow_mixed).then(|| {
        broken_at(
            "netsuite.url",
            format!("is the address of account {host}, not of {expected}; if that is meant, set allow_mixed = true"),
        )
    })
}

fn not_a_key(name: &str, key: &Secret) -> Option<Broken> {
    let pem = key.expose().as_bytes();
    let readable = jsonwebtoken::EncodingKey::from_ec_pem(pem).is_ok()
        || jsonwebtoken::EncodingKey::from_rsa_pem(pem).is_ok();
    (!readable).then(|| {
        broken_at(
            name,
            "the secret it names must be a private key in PEM form: RSA, or EC as PKCS#8 (BEGIN PRIVATE KEY)",
        )
    })
}

fn sweeps(sweeps: &Sweeps, broken: &mut Vec<Broken>) {
    let every = [
        ("order", sweeps.order),
        ("customer", sweeps.customer),
        ("fulfillment", sweeps.fulfillment),
        ("item", sweeps.item),
        ("deleted", sweeps.deleted),
        ("item_full", sweeps.item_full),
        ("subscriptions", sweeps.subscriptions),
    ];
    for (name, interval) in every {
        broken.extend(zero(&format!("sweeps.{name}"), interval));
    }
}

fn zero(key: &str, duration: Duration) -> Option<Broken> {
    duration
        .is_zero()
        .then(|| broken_at(key, "must be longer than nothing"))
}

fn timing(timing: &Timing, broken: &mut Vec<Broken>) {
    let positive = [
        ("timing.lease", timing.lease),
        ("timing.poll", timing.poll),
        ("timing.retry_first", timing.retry_first),
        ("timing.netsuite_deadline", timing.netsuite_deadline),
        ("timing.shopify_deadline", timing.shopify_deadline),
    ];
    broken.extend(
        positive
            .into_iter()
            .filter_map(|(key, duration)| zero(key, duration)),
    );
    // The lease is renewed at a third of its length; a look at the outbox must fit between two renewals.
    if timing.poll * 3 > timing.lease {
        broken.push(broken_at("timing.poll", "must be at most a third of lease"));
    }
    if timing.retry_first > timing.retry_cap {
        broken.push(broken_at(
            "timing.retry_first",
            "must not be longer than retry_cap",
        ));
    }
}

fn names(stores: &[Store], broken: &mut Vec<Broken>) {
    if stores.is_empty() {
        broken.push(broken_at("store", "at least one [[store]] is needed"));
    }
    let mut names = BTreeSet::new();
    let mut domains = BTreeSet::new();
    for (index, store) in stores.iter().enumerate() {
        if !names.insert(&store.name) {
            broken.push(broken_at(
                format!("store[{index}].name"),
                format!("two stores are called `{}`", store.name),
            ));
        }
        if !domains.insert(&store.domain) {
            broken.push(broken_at(
                format!("store[{index}].domain"),
                format!("two stores have the domain {}", store.domain),
            ));
        }
    }
}
