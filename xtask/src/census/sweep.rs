//! Every instruction of every function.

use super::{Breach, Finding, Function, Program};
use iced_x86::{CpuidFeature, EncodingKind, FlowControl, Instruction, Mnemonic};

/// Functions that execute an instruction which may fault, under a fix-up, have names that begin so.
const PROBE: &str = "try_";

/// The one function that may hold the one AVX instruction.
const AVX_PROBE: (&str, Mnemonic) = ("try_vzeroupper", Mnemonic::Vzeroupper);

/// How many instructions there are, and which of them break a rule.
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
        instruction.flow_control(),
        FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch | FlowControl::Call
    );
    if direct && program.function_at(instruction.near_branch_target()).is_none() {
        return Some(Breach::LeadsAstray);
    }
    // VEX and EVEX encode some general instructions too, which a purgatory has no need of.
    let is_avx = instruction.encoding() != EncodingKind::Legacy;
    if is_avx && (function.name.as_str(), instruction.mnemonic()) != AVX_PROBE {
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
            if !function.name.starts_with(PROBE) =>
        {
            Some(Breach::OutsideProbe)
        }
        _ => None,
    }
}

fn is_x87_or_mmx(feature: CpuidFeature) -> bool {
    use CpuidFeature::{D3NOW, D3NOWEXT, FPU, FPU287, FPU287XL_ONLY, FPU387, FPU387SL_ONLY, MMX};
    matches!(
        feature,
        FPU | FPU287 | FPU287XL_ONLY | FPU387 | FPU387SL_ONLY | MMX | D3NOW | D3NOWEXT
    )
}
