//! What was measured, against what is asked.

use std::time::Duration;

use anyhow::{Context, bail};

use crate::load::{BODY, CONNECTIONS, Measured, Target};

/// The figures of both targets over all rounds.
pub(crate) struct Report {
    process: u32,
    door: Figures,
    baseline: Figures,
}

#[derive(Default)]
struct Figures {
    took: Duration,
    latencies: Vec<Duration>,
    /// Requests a second, round by round.
    rounds: Vec<u128>,
}

impl Report {
    /// A report that tells the memory of the process `door`.
    pub(crate) fn new(door: u32) -> Self {
        Self {
            process: door,
            door: Figures::default(),
            baseline: Figures::default(),
        }
    }

    pub(crate) fn add(&mut self, target: Target, measured: Measured) {
        let figures = match target {
            Target::Door => &mut self.door,
            Target::Baseline => &mut self.baseline,
        };
        figures
            .rounds
            .push(per_second(measured.latencies.len(), measured.took));
        figures.took += measured.took;
        figures.latencies.extend(measured.latencies);
    }

    /// Prints the figures; fails when one of them is not what is asked for.
    #[expect(clippy::print_stdout, reason = "the figures are the result")]
    pub(crate) fn print(mut self) -> anyhow::Result<()> {
        let (rss, peak) = (
            self.memory_kilobytes("VmRSS:")?,
            self.memory_kilobytes("VmHWM:")?,
        );
        println!("{CONNECTIONS} connections, {BODY}-byte bodies, fsync and synchronous_commit on");
        let door = self.door.line("door");
        let baseline = self.baseline.line("one jsonb row a request");
        let ratio = door.per_second * 100 / baseline.per_second.max(1);
        println!(
            "ratio {}.{:02}, p99 {} % of the baseline's; memory {} MB now, {} MB at its peak",
            ratio / 100,
            ratio % 100,
            door.p99.as_micros() * 100 / baseline.p99.as_micros().max(1),
            rss / 1024,
            peak / 1024
        );
        if ratio < 200 {
            bail!("asked for: at least twice the baseline");
        }
        if door.p99 * 2 > baseline.p99 {
            bail!("asked for: a p99 of at most half the baseline's");
        }
        if peak >= 60 * 1024 {
            bail!("asked for: below 60 MB");
        }
        Ok(())
    }

    fn memory_kilobytes(&self, field: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("no such field")?.parse()?)
    }
}

struct Summary {
    per_second: u128,
    p99: Duration,
}

impl Figures {
    #[expect(clippy::print_stdout, reason = "the figures are the result")]
    fn line(&mut self, name: &str) -> Summary {
        self.latencies.sort_unstable();
        let at = |percent: usize| {
            let place = self.latencies.len() * percent / 100;
            self.latencies.get(place).copied().unwrap_or_default()
        };
        let per_second = per_second(self.latencies.len(), self.took);
        let (p50, p99) = (at(50), at(99));
        println!(
            "{name}: {per_second}/s (rounds {:?}), p50 {p50:.1?}, p99 {p99:.1?}",
            self.rounds
        );
        Summary { per_second, p99 }
    }
}

fn per_second(requests: usize, took: Duration) -> u128 {
    let requests = u128::try_from(requests).unwrap_or(0);
    requests * 1_000_000 / took.as_micros().max(1)
}
