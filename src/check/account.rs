//! The NetSuite account, the listeners and the intervals.

use std::time::Duration;

use super::Report;
use crate::config::{Config, Netsuite, Operator, Timing};

/// How long NetSuite may go on with a request that we gave up.
const NETSUITE_FINISHES_WITHIN: Duration = Duration::from_secs(15 * 60);

pub(super) fn look(config: &Config, report: &mut Report) {
    if config.public.url.is_none() {
        report.look(
            "public.url",
            "the address that Shopify and NetSuite call is not set",
            "set it before the webhook subscriptions are made",
        );
    }
    operator(&config.operator, report);
    netsuite(&config.netsuite, report);
    timing(&config.timing, report);
}

fn operator(operator: &Operator, report: &mut Report) {
    if operator.tokens.is_empty() {
        report.look(
            "operator.tokens",
            "nobody can use the operators' API",
            "add a token: { name = \"anna\", role = \"operator\", token = { env = \"…\" } }",
        );
    } else {
        let count = operator.tokens.len();
        report.right(
            "operator.tokens",
            format!("{count} for people at {}", operator.listen),
        );
    }
}

fn netsuite(netsuite: &Netsuite, report: &mut Report) {
    let account = format!("{} at {}", netsuite.account, netsuite.base_url());
    report.right("netsuite.account", account);
    if netsuite.is_trial() && !netsuite.allow_mixed {
        report.look(
            "netsuite.allow_mixed",
            "the account is no production account, and whether a shop is one cannot be told without asking it",
            "use development shops with it, or say that the mixture is meant: allow_mixed = true",
        );
    }
    report.right("netsuite.private_key", "the key can be read");
    if netsuite.callback_secrets.is_empty() {
        report.look(
            "netsuite.callback_secrets",
            "NetSuite's callbacks are refused; only the sweeps find what changes there",
            "set the secret that the scripts in NetSuite sign with: whsec_ and base64",
        );
    }
    let calls = format!(
        "{} calls at once, {} of them kept from backfills",
        netsuite.concurrency, netsuite.reserved_for_live
    );
    report.right("netsuite.concurrency", calls);
}

fn timing(timing: &Timing, report: &mut Report) {
    if timing.verify_after < NETSUITE_FINISHES_WITHIN {
        report.look(
            "timing.verify_after",
            "NetSuite may finish a request up to 15 minutes after waybill gave it up; a look before that may miss it",
            "leave it at 16m outside of tests",
        );
    }
}
