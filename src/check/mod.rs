//! Proves a set-up before go-live, item by item: what is right, what is wrong, how to mend it.

mod account;
mod ledger;
mod shop;
mod store;

use std::fmt;

use serde::Serialize;

use crate::config::{self, Config};
use crate::journal::Journal;

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub items: Vec<Item>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    pub verdict: Verdict,
    /// The configuration's key: `netsuite.account`, `store.us.tax`.
    pub subject: String,
    /// What is so.
    pub what: String,
    /// How to mend it; absent where nothing need be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Right,
    /// Works, and perhaps not as wished: a person should look.
    Look,
    Wrong,
}

/// What can be seen without calling the two systems.
#[must_use]
pub fn offline(config: &Config) -> Report {
    let mut report = Report::default();
    account::look(config, &mut report);
    for store in &config.stores {
        store::look(store, &mut report);
    }
    report
}

/// All of [`offline`], and what the two systems say. Reads only.
pub async fn online(config: &Config) -> Report {
    let mut report = offline(config);
    let journal = Journal::of_set_up();
    for store in &config.stores {
        shop::look(config, store, &journal, &mut report).await;
    }
    ledger::look(config, &journal, &mut report).await;
    report
}

/// A configuration that cannot be used, as a report.
#[must_use]
pub fn unusable(error: &config::Error) -> Report {
    let mut report = Report::default();
    for mistake in error.mistakes() {
        let subject = match mistake.key.as_str() {
            "" => "configuration",
            key => key,
        };
        let place = format!(
            "line {}, column {}: correct it",
            mistake.line, mistake.column
        );
        report.wrong(subject, &mistake.what, &place);
    }
    if report.items.is_empty() {
        report.wrong(
            "configuration",
            &error.to_string(),
            "name a file that can be read",
        );
    }
    report
}

impl Report {
    /// Whether something must be mended before it can work.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.items.iter().any(|item| item.verdict == Verdict::Wrong)
    }

    fn right(&mut self, subject: impl Into<String>, what: impl Into<String>) {
        self.add(Verdict::Right, subject.into(), what.into(), None);
    }

    fn look(&mut self, subject: impl Into<String>, what: &str, remedy: &str) {
        let remedy = Some(remedy.to_owned());
        self.add(Verdict::Look, subject.into(), what.to_owned(), remedy);
    }

    fn wrong(&mut self, subject: impl Into<String>, what: &str, remedy: &str) {
        let remedy = Some(remedy.to_owned());
        self.add(Verdict::Wrong, subject.into(), what.to_owned(), remedy);
    }

    fn add(&mut self, verdict: Verdict, subject: String, what: String, remedy: Option<String>) {
        self.items.push(Item {
            verdict,
            subject,
            what,
            remedy,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in &self.items {
            let mark = match item.verdict {
                Verdict::Right => "ok   ",
                Verdict::Look => "look ",
                Verdict::Wrong => "WRONG",
            };
            writeln!(f, "{mark} {}: {}", item.subject, item.what)?;
            if let Some(remedy) = &item.remedy {
                writeln!(f, "      → {remedy}")?;
            }
        }
        let count = |verdict| {
            self.items
                .iter()
                .filter(|item| item.verdict == verdict)
                .count()
        };
        write!(
            f,
            "{} right, {} to look at, {} wrong",
            count(Verdict::Right),
            count(Verdict::Look),
            count(Verdict::Wrong)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample;
    use rust_decimal::Decimal;

    use crate::config::store::TaxStrategy;

    fn verdict(report: &Report, subject: &str) -> Verdict {
        let item = report.items.iter().find(|item| item.subject == subject);
        item.unwrap_or_else(|| panic!("{subject} in\n{report}"))
            .verdict
    }

    #[test]
    fn a_usable_configuration_is_looked_at_item_by_item() {
        let report = offline(&sample());

        assert_eq!(verdict(&report, "netsuite.account"), Verdict::Right);
        assert_eq!(verdict(&report, "netsuite.callback_secrets"), Verdict::Look);
        assert_eq!(verdict(&report, "store.us.payments"), Verdict::Look);
        assert_eq!(verdict(&report, "store.us.tax"), Verdict::Look);
        assert!(!report.is_wrong(), "{report}");
    }

    #[test]
    fn tax_that_netsuite_computes_is_said_with_how_far_it_may_differ() {
        let mut config = sample();
        config.stores[0].tax.strategy = TaxStrategy::Native;
        config.stores[0].tax.tolerance = Decimal::new(5, 2);

        let report = offline(&config);

        assert_eq!(verdict(&report, "store.us.tax"), Verdict::Right);
        assert!(report.to_string().contains("within 0.05"), "{report}");
        config.stores[0].tax.strategy = TaxStrategy::LegacyRate;
        assert_eq!(verdict(&offline(&config), "store.us.tax"), Verdict::Look);
    }

    #[test]
    fn a_field_of_a_record_we_do_not_write_is_wrong() {
        let mut config = sample();
        config.stores[0].fields.push(config::store::Field {
            record: "salesorder".into(),
            field: "memo".into(),
            value: "order.name".into(),
        });

        let report = offline(&config);

        assert_eq!(verdict(&report, "store.us.field[0].record"), Verdict::Wrong);
        assert!(report.to_string().contains("salesOrder"), "{report}");
    }

    #[test]
    fn mistakes_in_the_file_are_a_report_too() {
        let error = config::parse("[netsuit]", "waybill.toml".as_ref(), &Default::default());
        let report = unusable(&error.unwrap_err());
        assert!(report.is_wrong());
        assert!(
            report.to_string().contains("did you mean `netsuite`?"),
            "{report}"
        );
    }

    #[test]
    fn as_json_each_item_has_its_verdict() {
        let json = serde_json::to_value(offline(&sample())).unwrap();
        assert_eq!(json["items"][0]["verdict"], "look");
    }
}
