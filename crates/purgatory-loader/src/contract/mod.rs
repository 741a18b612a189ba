//! The rules that each loader's contract sets for a purgatory object.

pub mod kexec_tools;
pub mod linux;
mod loader;
pub mod native;
mod rules;

pub use loader::{check, loader_of};

use alloc::string::String;
use core::fmt;

/// The importance of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// If the rule is broken, the loader fails, or writes or jumps to wrong memory.
    Required,
    /// If the rule is broken, some loader, load address or toolchain may fail. Our objects follow it; others may not.
    Recommended,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Required => "required",
            Self::Recommended => "recommended",
        })
    }
}

/// A rule of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule in a few words.
    pub name: &'static str,
    /// Its importance.
    pub level: Level,
    /// The reason for it, in one sentence.
    pub why: &'static str,
}

/// The result of checking one object against one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Whether the object follows the rule.
    pub passed: bool,
    /// The property of the object that was checked, in one sentence.
    pub found: String,
}
