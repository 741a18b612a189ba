//! Checks every instruction of every function.

use super::{Breach, Finding, Function, Program};
use iced_x86::{CpuidFeature, EncodingKind, Instruction, Mnemonic, OpKind};
use purgatory_abi::linux::ENTRY;

/// The start of the names of probes: functions that execute an instruction which may fault, with a fixup.
const PROBE: &str = "try_";

/// The modules that may use AVX, in addition to probes. Their code runs only after a probe has executed such an
/// instruction.
const AVX_KERNELS: [&str; 2] =
    ["purgatory_sha256::lanes::avx2::", "purgatory_sha256::lanes::avx512::"];

/// Returns the number of instructions, and those that break a rule.
pub(super) fn sweep(program: &Program<'_>) -> (usize, Vec<Finding>) {
    let mut count = 0;
    let mut findings = Vec::new();
    for function in &program.functions {
        for instruction in program.instructions(function.range.clone()) {
            count += 1;
            if let Some(breach) = breach(program, function, &instruction) {
                findings.push(Finding::new(breach, function, &instruction));
            }
        }
    }
    (count, findings)
}

fn breach(program: &Program<'_>, function: &Function, instruction: &Instruction) -> Option<Breach> {
    if instruction.is_invalid() {
        return Some(Breach::Undecodable);
    }
    let direct = matches!(
        instruction.op0_kind(),
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64
    );
    if direct && program.function_at(instruction.near_branch_target()).is_none() {
        return Some(Breach::TargetOutside);
    }
    // VEX and EVEX also encode some general instructions. A purgatory does not need them.
    let is_avx = instruction.encoding() != EncodingKind::Legacy;
    let may_be_avx = function.name.starts_with(PROBE)
        || AVX_KERNELS.iter().any(|kernels| function.path.starts_with(kernels));
    if is_avx && !may_be_avx {
        return Some(Breach::Avx);
    }
    if instruction.cpuid_features().iter().any(|feature| is_x87_or_mmx(*feature)) {
        return Some(Breach::X87);
    }
    match instruction.mnemonic() {
        Mnemonic::Cpuid
        | Mnemonic::Rdmsr
        | Mnemonic::Wrmsr
        | Mnemonic::Wbinvd
        | Mnemonic::Invd
        | Mnemonic::Monitor
        | Mnemonic::Mwait => Some(Breach::Forbidden),
        Mnemonic::In
        | Mnemonic::Out
        | Mnemonic::Insb
        | Mnemonic::Insw
        | Mnemonic::Insd
        | Mnemonic::Outsb
        | Mnemonic::Outsw
        | Mnemonic::Outsd
        | Mnemonic::Hlt
        | Mnemonic::Rdtsc
        | Mnemonic::Rdtscp
        | Mnemonic::Xgetbv
        | Mnemonic::Xsetbv
            if !function.name.starts_with(PROBE) && !is_last_output(function, instruction) =>
        {
            Some(Breach::OutsideProbe)
        }
        _ => None,
    }
}

/// Reports whether an instruction is port I/O of the entry, which prints a line before it resets the machine: a fault
/// resets it too.
fn is_last_output(function: &Function, instruction: &Instruction) -> bool {
    function.name == ENTRY && matches!(instruction.mnemonic(), Mnemonic::In | Mnemonic::Out)
}

fn is_x87_or_mmx(feature: CpuidFeature) -> bool {
    use CpuidFeature::{D3NOW, D3NOWEXT, FPU, FPU287, FPU287XL_ONLY, FPU387, FPU387SL_ONLY, MMX};
    matches!(
        feature,
        FPU | FPU287 | FPU287XL_ONLY | FPU387 | FPU387SL_ONLY | MMX | D3NOW | D3NOWEXT
    )
}
