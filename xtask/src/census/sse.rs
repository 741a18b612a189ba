//! The ways on which SSE may be off: into the program, out of it, and into an exception that comes on either.
//!
//! Each is followed through branches and calls to the instruction that ends it. A way that the census cannot follow to
//! its end breaks the rule too.

use super::{Breach, Finding, Function, Program};
use anyhow::{Result, ensure};
use iced_x86::{Code, CpuidFeature, FlowControl, Instruction, Register};
use purgatory_abi::linux::ENTRY;
use std::collections::BTreeSet;

/// The label behind the instruction that sets CR4.OSFXSR.
const SSE_READY: &str = "purgatory_sse_ready";

/// The function that gives CR4 back as it was found, and jumps to the next kernel.
const HAND_OFF: &str = "purgatory_hand_off";

/// Entries of exceptions have names that begin so.
const EXCEPTION_ENTRY: &str = "exception_entr";

/// What every x86-64 processor executes whatever CR4 says.
const GENERAL: [CpuidFeature; 6] = [
    CpuidFeature::INTEL8086,
    CpuidFeature::INTEL186,
    CpuidFeature::INTEL286,
    CpuidFeature::INTEL386,
    CpuidFeature::INTEL486,
    CpuidFeature::X64,
];

/// Answers whether a way ends at an instruction.
type Ends<'a> = &'a dyn Fn(&Instruction) -> bool;

/// How many instructions stand on these ways, and which of them break the rule.
pub(super) fn follow(program: &Program<'_>) -> Result<(usize, Vec<Finding>)> {
    let ready = program.label(SSE_READY)?;
    let is_ready = |instruction: &Instruction| instruction.ip() == ready;
    let mut walk = Walk::new(program);
    walk.from(ENTRY, [program.function(ENTRY)?.range.start], &is_ready)?;
    walk.from(HAND_OFF, [program.function(HAND_OFF)?.range.start], &jumps_to_next_kernel)?;

    let entries =
        program.functions.iter().filter(|function| function.name.starts_with(EXCEPTION_ENTRY));
    let entries: Vec<&Function> = entries.collect();
    ensure!(
        !entries.is_empty(),
        "the census begins at functions {EXCEPTION_ENTRY}…, and there is none"
    );
    for function in entries {
        // Any of its first instructions may be where a vector leads.
        let first = program.instructions(function.range.clone());
        let starts = first
            .take_while(|instruction| !is_handled(instruction))
            .map(|instruction| instruction.ip());
        walk.from(&function.name, starts, &is_handled)?;
    }
    Ok((walk.seen.len(), walk.findings))
}

fn jumps_to_next_kernel(instruction: &Instruction) -> bool {
    instruction.flow_control() == FlowControl::IndirectBranch
}

/// An exception's entry sets CR4.OSFXSR, or goes back to where SSE was on or off anyway.
fn is_handled(instruction: &Instruction) -> bool {
    let sets_cr4 =
        instruction.code() == Code::Mov_cr_r64 && instruction.op0_register() == Register::CR4;
    sets_cr4 || instruction.code() == Code::Iretq
}

/// What has been seen on all ways so far.
struct Walk<'a> {
    program: &'a Program<'a>,
    seen: BTreeSet<u64>,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program<'a>) -> Self {
        Self { program, seen: BTreeSet::new(), findings: Vec::new() }
    }

    /// Follows the way called `name`; an error if it never comes to its end.
    fn from(
        &mut self,
        name: &str,
        starts: impl IntoIterator<Item = u64>,
        ends: Ends<'_>,
    ) -> Result<()> {
        let mut pending: Vec<u64> = starts.into_iter().collect();
        let mut ended = false;
        while let Some(address) = pending.pop() {
            if let Some((function, instruction)) = self.look_at(address) {
                if ends(&instruction) {
                    ended = true;
                } else if self.seen.insert(address) {
                    pending.extend(self.step(function, &instruction));
                }
            }
        }
        ensure!(ended, "the way from {name} on never comes to its end");
        Ok(())
    }

    /// The instruction at `address`. That an address lies in no function is [`super::sweep`]'s to find.
    fn look_at(&self, address: u64) -> Option<(&'a Function, Instruction)> {
        let function = self.program.function_at(address)?;
        Some((function, self.program.instructions(address..function.range.end).next()?))
    }

    /// Judges an instruction; where it leads.
    fn step(&mut self, function: &Function, instruction: &Instruction) -> Vec<u64> {
        if !instruction.cpuid_features().iter().all(|feature| GENERAL.contains(feature)) {
            self.findings.push(Finding::new(Breach::NotGeneral, function, instruction));
        }
        let next = instruction.next_ip();
        match instruction.flow_control() {
            FlowControl::Next => vec![next],
            FlowControl::UnconditionalBranch => vec![instruction.near_branch_target()],
            FlowControl::ConditionalBranch | FlowControl::Call => {
                vec![instruction.near_branch_target(), next]
            }
            // Back to a call that has been followed, or the end of everything.
            FlowControl::Return | FlowControl::Exception => vec![],
            _ => {
                self.findings.push(Finding::new(Breach::NotFollowed, function, instruction));
                vec![]
            }
        }
    }
}
