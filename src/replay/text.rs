//! A replay's plan as text.

use std::fmt::{self, Display, Formatter};

use super::Replay;
use crate::explain::{Equation, word};

impl Display for Replay {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for item in &self.documents {
            let reason = item.reason.as_deref().unwrap_or_default();
            let colon = if reason.is_empty() { "" } else { ": " };
            writeln!(f, "{}  {}{colon}{reason}", item.document, item.would)?;
            if let Some(problem) = &item.problem {
                writeln!(f, "  remedy {}", problem.remedy)?;
            }
            let own = |planned: &&super::Planned| planned.document == item.document;
            for planned in self.writes.iter().filter(own) {
                let write = &planned.write;
                let action = word(&write.action);
                writeln!(
                    f,
                    "  {action} {} {} (from {})",
                    write.record, write.key, write.source
                )?;
            }
            for proof in &item.proofs {
                writeln!(f, "  proof {}", Equation(proof))?;
            }
            for note in &item.notes {
                writeln!(f, "  note {note}")?;
            }
        }
        if self.remaining > 0 {
            let rest = self.remaining;
            writeln!(
                f,
                "{rest} more documents have this problem: replay again afterwards"
            )?;
        }
        writeln!(f, "plan {}", self.plan_hash)
    }
}
