//! The census of the blob's instructions: none that may fault stands where nothing would catch the fault.
//!
//! | part | rule |
//! | --- | --- |
//! | [`sse`] | where CR4.OSFXSR may be 0, only general instructions can be reached: any other is #UD there |
//! | [`sweep`] | CPUID and MSRs nowhere, ports and the like in probes only, no AVX, no x87: confidential guests, and the vector state of the panicked task, ask for it |

mod program;
mod sse;
mod sweep;

use crate::blob::Linked;
use anyhow::{Result, bail};
use iced_x86::Instruction;
use program::{Function, Program};
use std::fmt;

/// How an instruction breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    /// It is not a general instruction, and SSE may be off.
    NotGeneral,
    /// It leads to where the census cannot follow, and SSE may be off.
    NotFollowed,
    /// It is no instruction at all.
    Undecodable,
    /// It leads to where no function is.
    LeadsAstray,
    /// It stands nowhere in a purgatory.
    Forbidden,
    /// It stands in probes only.
    OutsideProbe,
    /// It is AVX, and stands neither in a probe nor in a kernel that runs behind one.
    Avx,
    /// It is x87 or MMX.
    X87,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotGeneral => "needs SSE, which may be off here",
            Self::NotFollowed => "leads out of sight where SSE may be off",
            Self::Undecodable => "is no instruction",
            Self::LeadsAstray => "leads outside all functions",
            Self::Forbidden => {
                "must stand nowhere: it faults in confidential guests, or touches an MSR"
            }
            Self::OutsideProbe => "may stand in a `try_` function only: it may fault",
            Self::Avx => "is AVX, whose state belongs to the task that panicked",
            Self::X87 => "is x87 or MMX, whose state belongs to the task that panicked",
        })
    }
}

/// An instruction that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    breach: Breach,
    function: String,
    at: u64,
    instruction: String,
}

impl Finding {
    fn new(breach: Breach, function: &Function, instruction: &Instruction) -> Self {
        Self {
            breach,
            function: function.name.clone(),
            at: instruction.ip(),
            instruction: instruction.to_string(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { breach, function, at, instruction } = self;
        write!(f, "`{instruction}` at {at:#x}, in {function}, {breach}")
    }
}

/// Takes the census; what was looked at, or an error that names every instruction that breaks a rule.
pub(crate) fn take(linked: &Linked) -> Result<String> {
    let program = Program::of(linked)?;
    let (swept, mut findings) = sweep::sweep(&program);
    let (followed, found) = sse::follow(&program)?;
    findings.extend(found);
    if !findings.is_empty() {
        let lines: Vec<String> = findings.iter().map(|finding| format!("\n  {finding}")).collect();
        bail!("the census of instructions found{}", lines.concat());
    }
    let functions = program.functions.len();
    Ok(format!(
        "{swept} instructions in {functions} functions, {followed} of them where SSE may be off"
    ))
}

#[cfg(test)]
mod tests;
