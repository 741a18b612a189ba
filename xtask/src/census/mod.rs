//! The census of a blob's instructions: an instruction that may fault is allowed only where a handler catches the
//! fault.
//!
//! | part | rule |
//! | --- | --- |
//! | [`sse`] | Code that may run with CR4.OSFXSR = 0 has only general instructions: SSE raises #UD there. |
//! | [`sweep`] | no CPUID or MSR instructions; port I/O and similar only in probes; AVX only in probes and AVX kernels; no x87 |
//!
//! CPUID and MSR instructions fault in confidential guests. AVX and x87 change the vector state of the panicked task.

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
    /// The instruction needs SSE, and SSE may be off.
    NotGeneral,
    /// The census cannot follow the branch, and SSE may be off.
    NotFollowed,
    /// The bytes are not a valid instruction.
    Undecodable,
    /// The branch's target is outside all functions.
    TargetOutside,
    /// The instruction is forbidden in a purgatory.
    Forbidden,
    /// The instruction is allowed only in probes.
    OutsideProbe,
    /// The instruction is AVX, and is neither in a probe nor in an AVX kernel, which runs only after a probe.
    Avx,
    /// The instruction is x87 or MMX.
    X87,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotGeneral => "needs SSE, which may be off here",
            Self::NotFollowed => {
                "is an indirect branch that the census cannot follow, and SSE may be off here"
            }
            Self::Undecodable => "is not a valid instruction",
            Self::TargetOutside => "branches to an address outside all functions",
            Self::Forbidden => "is forbidden: it faults in confidential guests, or accesses an MSR",
            Self::OutsideProbe => "may fault: move it into a `try_` function",
            Self::Avx => "is AVX, and would change the vector state of the panicked task",
            Self::X87 => "is x87 or MMX, and would change the FPU state of the panicked task",
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

/// Takes the census of a linked program, and returns a summary of the checked instructions.
///
/// # Errors
///
/// Returns an error that names every instruction that breaks a rule.
pub(crate) fn take(linked: &Linked) -> Result<String> {
    let program = Program::of(linked)?;
    let (swept, mut findings) = sweep::sweep(&program);
    let (followed, found) = sse::follow(&program)?;
    findings.extend(found);
    if !findings.is_empty() {
        let lines: Vec<String> = findings.iter().map(|finding| format!("\n  {finding}")).collect();
        bail!("the census found instructions that break a rule:{}", lines.concat());
    }
    let functions = program.functions.len();
    Ok(format!(
        "{swept} instructions in {functions} functions, {followed} of them where SSE may be off"
    ))
}

#[cfg(test)]
mod tests;
