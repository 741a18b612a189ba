//! A small program that keeps every rule, and one change for each rule that breaks it.

use super::*;
use crate::blob::Symbol;

/// Functions of the good program in their order, by name, with their machine code.
const GOOD: [(&str, &[u8]); 5] = [
    // movaps xmm0, xmm1; ret
    ("main", &[0x0f, 0x28, 0xc1, 0xc3]),
    // mov cr4, rax; the label; call main
    ("purgatory_start", &[0x0f, 0x22, 0xe0, 0xe8, 0xf4, 0xff, 0xff, 0xff]),
    // mov cr4, rdx; jmp rax
    ("purgatory_hand_off", &[0x0f, 0x22, 0xe2, 0xff, 0xe0]),
    // push rax; mov cr4, rax; movaps xmm0, xmm1; iretq
    ("exception_entries", &[0x50, 0x0f, 0x22, 0xe0, 0x0f, 0x28, 0xc1, 0x48, 0xcf]),
    // vzeroupper; ret
    ("try_vzeroupper", &[0xc5, 0xf8, 0x77, 0xc3]),
];

/// Where SSE is ready.
const READY: u64 = 7;

/// The good program, with `changes` in place of functions of the same name or beside them.
fn program(changes: &[(&str, &[u8])]) -> Linked {
    let mut linked = Linked::default();
    let new = changes.iter().filter(|(name, _)| GOOD.iter().all(|(good, _)| good != name));
    for (name, code) in GOOD.iter().chain(new) {
        let changed = changes.iter().find(|(changed, _)| changed == name);
        let code = changed.map_or(*code, |(_, code)| *code);
        linked.symbols.push(Symbol {
            name: (*name).to_owned(),
            address: linked.image.len() as u64,
            size: code.len() as u64,
            is_function: true,
        });
        linked.image.extend(code);
    }
    linked.symbols.push(Symbol {
        name: "purgatory_sse_ready".to_owned(),
        address: READY,
        size: 0,
        is_function: false,
    });
    linked
}

/// The complaint about the program with `changes`.
fn complaint(changes: &[(&str, &[u8])]) -> String {
    take(&program(changes)).unwrap_err().to_string()
}

/// Asserts that a program with `changes` breaks a rule in exactly one place.
fn breaks(breach: Breach, changes: &[(&str, &[u8])]) {
    let linked = program(changes);
    let program = Program::of(&linked).unwrap();
    let (_, mut findings) = sweep::sweep(&program);
    findings.extend(sse::follow(&program).unwrap().1);
    let found: Vec<Breach> = findings.iter().map(|finding| finding.breach).collect();
    assert_eq!(found, [breach], "{findings:?}");
    assert!(complaint(changes).contains(&findings[0].to_string()));
}

#[test]
fn a_program_that_keeps_every_rule_passes() {
    let summary = take(&program(&[])).unwrap();
    assert_eq!(summary, "12 instructions in 5 functions, 3 of them where SSE may be off");
}

#[test]
fn sse_before_it_is_ready_is_found() {
    // movaps xmm0, xmm1; the label; ret
    breaks(Breach::NotGeneral, &[("purgatory_start", &[0x0f, 0x28, 0xc1, 0xc3])]);
}

#[test]
fn sse_in_a_function_that_is_reached_before_it_is_ready_is_found() {
    // jz main; nop; the label; ret
    breaks(Breach::NotGeneral, &[("purgatory_start", &[0x74, 0xfa, 0x90, 0xc3])]);
}

#[test]
fn sse_on_the_way_out_is_found() {
    // mov cr4, rdx; movaps xmm0, xmm1; jmp rax
    let code: &[u8] = &[0x0f, 0x22, 0xe2, 0x0f, 0x28, 0xc1, 0xff, 0xe0];
    breaks(Breach::NotGeneral, &[("purgatory_hand_off", code)]);
}

#[test]
fn sse_in_an_exception_s_entry_is_found() {
    // movaps xmm0, xmm1; iretq
    breaks(Breach::NotGeneral, &[("exception_entry_nmi", &[0x0f, 0x28, 0xc1, 0x48, 0xcf])]);
    // Behind a jump over it, where a vector may lead: jmp +3; movaps xmm0, xmm1; mov cr4, rax
    let code: &[u8] = &[0xeb, 0x03, 0x0f, 0x28, 0xc1, 0x0f, 0x22, 0xe0];
    breaks(Breach::NotGeneral, &[("exception_entries", code)]);
}

#[test]
fn a_way_that_cannot_be_followed_is_found() {
    // jz +2; call rax; iretq
    let code: &[u8] = &[0x74, 0x02, 0xff, 0xd0, 0x48, 0xcf];
    breaks(Breach::NotFollowed, &[("exception_entry_nmi", code)]);
}

#[test]
fn a_way_that_never_ends_is_an_error_that_names_where_it_begins() {
    for name in ["purgatory_start", "purgatory_hand_off", "exception_entry_nmi"] {
        // ret
        assert!(complaint(&[(name, &[0xc3])]).contains(name));
    }
}

#[test]
fn what_stands_nowhere_is_found_even_in_a_probe() {
    let codes: [&[u8]; 7] = [
        &[0x0f, 0xa2],       // cpuid
        &[0x0f, 0x32],       // rdmsr
        &[0x0f, 0x30],       // wrmsr
        &[0x0f, 0x09],       // wbinvd
        &[0x0f, 0x08],       // invd
        &[0x0f, 0x01, 0xc8], // monitor
        &[0x0f, 0x01, 0xc9], // mwait
    ];
    for code in codes {
        breaks(Breach::Forbidden, &[("try_it", code)]);
    }
}

#[test]
fn what_stands_in_probes_only_is_found_elsewhere() {
    let codes: [&[u8]; 10] = [
        &[0xec],             // in al, dx
        &[0xe4, 0x80],       // in al, 0x80
        &[0xee],             // out dx, al
        &[0x6c],             // insb
        &[0x6e],             // outsb
        &[0xf4],             // hlt
        &[0x0f, 0x31],       // rdtsc
        &[0x0f, 0x01, 0xf9], // rdtscp
        &[0x0f, 0x01, 0xd0], // xgetbv
        &[0x0f, 0x01, 0xd1], // xsetbv
    ];
    for code in codes {
        breaks(Breach::OutsideProbe, &[("elsewhere", code)]);
        take(&program(&[("try_it", code)])).unwrap();
    }
}

#[test]
fn avx_is_found_outside_probes_and_the_kernels_behind_them() {
    // vpxor xmm0, xmm0, xmm0; vpxord zmm0, zmm0, zmm0; vzeroupper
    let codes: [&[u8]; 3] =
        [&[0xc5, 0xf9, 0xef, 0xc0], &[0x62, 0xf1, 0x7d, 0x48, 0xef, 0xc0], &[0xc5, 0xf8, 0x77]];
    let elsewhere = [
        "elsewhere",
        "_ZN16purgatory_sha2565lanes6sha_ni8compress17h0123456789abcdefE",
        "_ZN9purgatory5lanes4avx28compress17h0123456789abcdefE",
    ];
    let kernels = [
        "try_it",
        "_ZN16purgatory_sha2565lanes4avx28compress17h0123456789abcdefE",
        "_ZN16purgatory_sha2565lanes6avx5128compress17h0123456789abcdefE",
    ];
    for code in codes {
        for name in elsewhere {
            breaks(Breach::Avx, &[(name, code)]);
        }
        for name in kernels {
            take(&program(&[(name, code)])).unwrap();
        }
    }
}

#[test]
fn x87_and_mmx_are_found() {
    // fninit; emms
    breaks(Breach::X87, &[("elsewhere", &[0xdb, 0xe3])]);
    breaks(Breach::X87, &[("elsewhere", &[0x0f, 0x77])]);
}

#[test]
fn bytes_that_are_no_instruction_are_found() {
    breaks(Breach::Undecodable, &[("elsewhere", &[0x06])]);
}

#[test]
fn a_jump_to_where_no_function_is_is_found() {
    // jmp -128
    breaks(Breach::LeadsAstray, &[("elsewhere", &[0xeb, 0x80])]);
}

#[test]
fn a_program_without_what_the_census_begins_at_is_an_error_that_names_it() {
    for name in ["purgatory_start", "purgatory_hand_off", "exception_entr", "purgatory_sse_ready"] {
        let mut linked = program(&[]);
        linked.symbols.retain(|symbol| !symbol.name.starts_with(name));
        assert!(take(&linked).unwrap_err().to_string().contains(name));
    }
    assert!(take(&Linked::default()).unwrap_err().to_string().contains("no function symbols"));
}
