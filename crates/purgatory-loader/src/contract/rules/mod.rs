//! How a rule is held against an object, and what the loaders' contracts have in common.

pub(super) mod code;
pub(super) mod relocations;
pub(super) mod sections;
pub(super) mod symbols;

use super::{Finding, Rule};
use crate::elf::Blob;
use alloc::string::String;

/// `Ok` where a rule is held, `Err` where it is broken; with what was found.
pub(super) type Verdict = Result<String, String>;

/// A rule, and how to see whether an object keeps to it.
pub(super) struct Check {
    pub(super) rule: Rule,
    pub(super) look: fn(&Blob<'_>) -> Verdict,
}

impl Check {
    /// Holds `blob` against the rule.
    pub(super) fn run(&self, blob: &Blob<'_>) -> Finding {
        finding(self.rule, (self.look)(blob))
    }
}

fn finding(rule: Rule, verdict: Verdict) -> Finding {
    let held = verdict.is_ok();
    let (Ok(found) | Err(found)) = verdict;
    Finding { rule, held, found }
}
