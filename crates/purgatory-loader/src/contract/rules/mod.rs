//! Checks of an object against one rule, and the rules that the contracts of several loaders share.

pub(super) mod code;
pub(super) mod relocations;
pub(super) mod sections;
pub(super) mod symbols;

use super::{Finding, Rule};
use crate::elf::Blob;
use alloc::string::String;

/// The text of the finding: `Ok` if the object follows the rule, `Err` if it does not.
pub(super) type Verdict = Result<String, String>;

/// A rule, and the function that checks an object against it.
pub(super) struct Check {
    pub(super) rule: Rule,
    pub(super) examine: fn(&Blob<'_>) -> Verdict,
}

impl Check {
    /// Checks `blob` against the rule.
    pub(super) fn run(&self, blob: &Blob<'_>) -> Finding {
        finding(self.rule, (self.examine)(blob))
    }
}

fn finding(rule: Rule, verdict: Verdict) -> Finding {
    let passed = verdict.is_ok();
    let (Ok(found) | Err(found)) = verdict;
    Finding { rule, passed, found }
}
