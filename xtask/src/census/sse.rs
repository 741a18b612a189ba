//! Checks the code that may run while SSE is off (CR4.OSFXSR = 0): the program's entry, its hand-off, and the exception
//! entries, since an exception may occur in either.
//!
//! The census follows each path through branches and calls, up to the instruction where SSE is on or the program ends.
//! A branch that it cannot follow also breaks the rule.

use super::{Breach, Finding, Function, Program};
use anyhow::{Result, ensure};
use iced_x86::{Code, CpuidFeature, FlowControl, Instruction, Register};
use purgatory_abi::linux::ENTRY;
use std::collections::BTreeSet;
use std::ops::Range;

/// The label after the instruction that sets CR4.OSFXSR.
const SSE_READY: &str = "purgatory_sse_ready";

/// The function that restores CR4, and jumps to the target kernel.
const HAND_OFF: &str = "purgatory_hand_off";

/// The start of the names of exception entries: of functions, and of labels in them.
const EXCEPTION_ENTRY: &str = "exception_entr";

/// The instruction sets that every x86-64 processor executes with any value of CR4.
const GENERAL: [CpuidFeature; 6] = [
    CpuidFeature::INTEL8086,
    CpuidFeature::INTEL186,
    CpuidFeature::INTEL286,
    CpuidFeature::INTEL386,
    CpuidFeature::INTEL486,
    CpuidFeature::X64,
];

/// Reports whether a path ends at an instruction.
type IsEnd<'a> = &'a dyn Fn(&Instruction) -> bool;

/// Returns the number of instructions on these paths, and those that break the rule.
pub(super) fn follow(program: &Program<'_>) -> Result<(usize, Vec<Finding>)> {
    let ready = program.label(SSE_READY)?;
    let is_ready = |instruction: &Instruction| instruction.ip() == ready;
    let mut walk = Walk::new(program);
    walk.from(ENTRY, [program.function(ENTRY)?.range.start], &is_ready)?;
    walk.from(HAND_OFF, [program.function(HAND_OFF)?.range.start], &jumps_to_target_kernel)?;

    let entries: Vec<(&str, Range<u64>)> = program.named(EXCEPTION_ENTRY).collect();
    ensure!(
        !entries.is_empty(),
        "the census needs exception entries: the program has no function whose name starts with {EXCEPTION_ENTRY}"
    );
    for (name, range) in entries {
        // A vector may point to any of the first instructions.
        let first = program.instructions(range);
        let starts = first
            .take_while(|instruction| !is_handled(instruction))
            .map(|instruction| instruction.ip());
        walk.from(name, starts, &is_handled)?;
    }
    Ok((walk.seen.len(), walk.findings))
}

fn jumps_to_target_kernel(instruction: &Instruction) -> bool {
    instruction.flow_control() == FlowControl::IndirectBranch
}

/// Reports whether an instruction ends the path of an exception entry: it sets CR4.OSFXSR, or returns to the
/// interrupted code.
fn is_handled(instruction: &Instruction) -> bool {
    let sets_cr4 =
        instruction.code() == Code::Mov_cr_r64 && instruction.op0_register() == Register::CR4;
    sets_cr4 || instruction.code() == Code::Iretq
}

/// The instructions and findings on all paths so far.
struct Walk<'a> {
    program: &'a Program<'a>,
    seen: BTreeSet<u64>,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program<'a>) -> Self {
        Self { program, seen: BTreeSet::new(), findings: Vec::new() }
    }

    /// Follows the path that begins in the function `name`.
    ///
    /// # Errors
    ///
    /// Returns an error if no branch of the path reaches an end.
    fn from(
        &mut self,
        name: &str,
        starts: impl IntoIterator<Item = u64>,
        is_end: IsEnd<'_>,
    ) -> Result<()> {
        let mut pending: Vec<u64> = starts.into_iter().collect();
        let mut ended = false;
        while let Some(address) = pending.pop() {
            if let Some((function, instruction)) = self.instruction_at(address) {
                if is_end(&instruction) {
                    ended = true;
                } else if self.seen.insert(address) {
                    pending.extend(self.step(function, &instruction));
                }
            }
        }
        ensure!(
            ended,
            "the path from {name} has no end: no instruction on it turns SSE on or leaves the program"
        );
        Ok(())
    }

    /// Returns the instruction at `address`. [`super::sweep`] reports branches to addresses outside all functions.
    fn instruction_at(&self, address: u64) -> Option<(&'a Function, Instruction)> {
        let function = self.program.function_at(address)?;
        Some((function, self.program.instructions(address..function.range.end).next()?))
    }

    /// Checks an instruction, and returns the addresses of its successors.
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
            // The return's target follows a call that is already on the path. After an exception, nothing follows.
            FlowControl::Return | FlowControl::Exception => vec![],
            _ => {
                self.findings.push(Finding::new(Breach::NotFollowed, function, instruction));
                vec![]
            }
        }
    }
}
