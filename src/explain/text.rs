//! An explanation as one screen of text.

use std::fmt::{self, Display, Formatter};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use super::{Call, Explanation};
use crate::plan::{Plan, Proof};

/// How many lines of events, attempts and calls fit the screen.
const LINES: usize = 8;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let running = if self.row.running { ", running" } else { "" };
        writeln!(
            f,
            "{}  {}{running}",
            self.row.document,
            self.row.state.as_str()
        )?;
        writeln!(f, "  why      {}", self.why)?;
        if let Some(at) = self.next_at {
            writeln!(f, "  next     {}", self.at(at))?;
        }
        if let Some(since) = self.row.failing_since {
            writeln!(f, "  failing  since {}", self.at(since))?;
        }
        self.write_problem(f)?;
        self.write_links(f)?;
        self.write_events(f)?;
        self.write_attempts(f)?;
        self.write_plan(f)
    }
}

impl Explanation {
    /// A time, and how far off it is.
    fn at(&self, time: DateTime<Utc>) -> String {
        let away = distance((time - self.now).abs());
        let stamp = time.format("%Y-%m-%d %H:%M:%S UTC");
        if time > self.now {
            format!("{stamp} (in {away})")
        } else {
            format!("{stamp} ({away} ago)")
        }
    }

    fn write_problem(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(problem) = &self.problem else {
            return Ok(());
        };
        writeln!(f, "\nproblem    {}", problem.code)?;
        writeln!(f, "  what     {}", problem.what)?;
        if let Some(field) = &problem.field {
            let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
            let (shopify, netsuite) = (side(&field.shopify), side(&field.netsuite));
            writeln!(
                f,
                "  field    {}: Shopify {shopify}, NetSuite {netsuite}",
                field.name
            )?;
        }
        writeln!(f, "  remedy   {}", problem.remedy)?;
        writeln!(f, "  who      {}", word(&problem.who))?;
        writeln!(f, "  retry    {}", word(&problem.retry))
    }

    fn write_links(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.links.is_empty() {
            writeln!(f, "\nlinks")?;
        }
        for link in &self.links {
            let ours = link.external_id.as_ref().map_or("–", |id| id.0.as_str());
            let total = link
                .total
                .map(|money| money.to_string())
                .unwrap_or_default();
            let kind = link.kind.as_str();
            let (shopify, record, netsuite) = (&link.shopify_id, &link.record, &link.netsuite_id);
            writeln!(
                f,
                "  {kind} {shopify} = {record} {netsuite} ({ours}, {}) {total}",
                link.origin.as_str()
            )?;
        }
        Ok(())
    }

    fn write_events(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nevents")?;
        for event in self.events.iter().take(LINES) {
            let outcome = word(&event.outcome);
            let attempt = event
                .attempt
                .map(|number| format!(" by attempt {number}"))
                .unwrap_or_default();
            writeln!(
                f,
                "  {}  {} {}: {outcome}{attempt}",
                self.at(event.received_at),
                event.source,
                event.topic
            )?;
        }
        more(f, self.events.len())
    }

    fn write_attempts(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nattempts")?;
        if let Some(open) = &self.open_pass {
            let since = open.claimed_at.map(|at| self.at(at)).unwrap_or_default();
            writeln!(f, "  {since}  has not ended")?;
            self.write_calls(f, &open.calls)?;
        }
        for (place, attempt) in self.attempts.iter().take(LINES).enumerate() {
            let reason = attempt
                .reason
                .as_deref()
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            let (number, outcome, calls) = (attempt.number, &attempt.outcome, attempt.calls.len());
            writeln!(
                f,
                "  {}  #{number} {outcome}{reason} ({calls} calls)",
                self.at(attempt.ended_at)
            )?;
            if place == 0 {
                self.write_calls(f, &attempt.calls)?;
            }
        }
        more(f, self.attempts.len())
    }

    fn write_calls(&self, f: &mut Formatter<'_>, calls: &[Call]) -> fmt::Result {
        for call in calls.iter().take(LINES) {
            let took = call.answered_at.map(|at| at - call.sent_at);
            let took = took
                .map(|took| format!(" in {} ms", took.num_milliseconds()))
                .unwrap_or_default();
            let answer = call
                .answer
                .as_deref()
                .unwrap_or("no answer recorded: of unknown outcome");
            writeln!(f, "      {}: {answer}{took}", call.call)?;
        }
        more(f, calls.len())
    }

    fn write_plan(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plan = self.plan.clone().map(serde_json::from_value::<Plan>);
        let Some(Ok(plan)) = plan else { return Ok(()) };
        writeln!(
            f,
            "\nlast plan  {}",
            self.plan_hash.as_deref().unwrap_or_default()
        )?;
        write!(f, "{}", Writes(&plan))
    }
}

/// The writes and proofs of a plan, a line each.
struct Writes<'a>(&'a Plan);

impl Display for Writes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for write in &self.0.writes {
            let action = word(&write.action);
            writeln!(
                f,
                "  {action} {} {} (from {})",
                write.record, write.key, write.source
            )?;
        }
        for proof in &self.0.proofs {
            writeln!(f, "  proof {}", Equation(proof))?;
        }
        for note in &self.0.notes {
            writeln!(f, "  note {note}")?;
        }
        Ok(())
    }
}

/// A proof in one line.
pub(crate) struct Equation<'a>(pub(crate) &'a Proof);

impl Display for Equation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Proof {
            document,
            currency,
            terms,
            source,
        } = self.0;
        let terms: Vec<_> = terms
            .iter()
            .map(|term| format!("{} {}", term.name, term.minor))
            .collect();
        let rest = self.0.remainder();
        let rest = rest.map_or_else(|_| "too large".to_owned(), |rest| rest.to_string());
        let sum = terms.join(" + ");
        let (name, minor) = (&source.name, source.minor);
        write!(
            f,
            "{document}: {sum} = {name} {minor} (minor units of {currency}; remainder {rest})"
        )
    }
}

/// The word serde gives a unit variant.
pub(crate) fn word(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(Value::String(word)) => word.replace('_', " "),
        Ok(_) | Err(_) => String::new(),
    }
}

fn more(f: &mut Formatter<'_>, all: usize) -> fmt::Result {
    match all.checked_sub(LINES) {
        Some(rest) if rest > 0 => writeln!(f, "  … and {rest} earlier (--json shows them)"),
        Some(_) | None => Ok(()),
    }
}

fn distance(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
