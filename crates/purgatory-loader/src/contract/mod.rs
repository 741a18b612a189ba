//! What a loader asks of an object, rule by rule.

pub mod kexec_tools;
pub mod linux;
mod loader;
pub mod native;
mod rules;

pub use loader::{check, loader_of};

use alloc::string::String;
use core::fmt;

/// What breaking a rule costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The loader fails, or writes or jumps to wrong memory.
    Must,
    /// Some loader, load address or toolchain may stumble over it, so our own objects keep to it. Others may not.
    Ours,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Ours => "ours",
        })
    }
}

/// A rule of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What holds, in a few words.
    pub name: &'static str,
    /// What breaking it costs.
    pub level: Level,
    /// What depends on it, in one sentence.
    pub why: &'static str,
}

/// What a rule found in one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The object keeps to it.
    pub held: bool,
    /// What was found, in one sentence.
    pub found: String,
}
