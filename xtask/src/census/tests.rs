//! Tests of the census, on a small valid program and on changes that each break one rule.

use super::*;
use crate::blob::Symbol;

/// The functions of the valid program, in order: name and machine code.
const VALID: [(&str, &[u8]); 5] = [
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

/// The address of the label after which SSE is on.
const READY: u64 = 7;

/// Returns the valid program with `changes`: they replace functions of the same name, and are added otherwise.
fn program(changes: &[(&str, &[u8])]) -> Linked {
    let mut linked = Linked::default();
    let new = changes.iter().filter(|(name, _)| VALID.iter().all(|(valid, _)| valid != name));
    for (name, code) in VALID.iter().chain(new) {
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

/// Returns the census's error about the program with `changes`.
fn error_of(changes: &[(&str, &[u8])]) -> String {
    take(&program(changes)).unwrap_err().to_string()
}

/// Asserts that the program with `changes` breaks exactly one rule, in one place.
fn assert_breach(breach: Breach, changes: &[(&str, &[u8])]) {
    let linked = program(changes);
    let program = Program::of(&linked).unwrap();
    let (_, mut findings) = sweep::sweep(&program);
    findings.extend(sse::follow(&program).unwrap().1);
    let found: Vec<Breach> = findings.iter().map(|finding| finding.breach).collect();
    assert_eq!(found, [breach], "{findings:?}");
    assert!(error_of(changes).contains(&findings[0].to_string()));
}

#[test]
fn accepts_a_valid_program() {
    let summary = take(&program(&[])).unwrap();
    assert_eq!(summary, "12 instructions in 5 functions, 3 of them where SSE may be off");
}

#[test]
fn rejects_sse_where_it_may_be_off() {
    let cases: [(&str, &[u8]); 5] = [
        // movaps xmm0, xmm1; the label; ret
        ("purgatory_start", &[0x0f, 0x28, 0xc1, 0xc3]),
        // In a function that is reached: jz main; nop; the label; ret
        ("purgatory_start", &[0x74, 0xfa, 0x90, 0xc3]),
        // On the way out: mov cr4, rdx; movaps xmm0, xmm1; jmp rax
        ("purgatory_hand_off", &[0x0f, 0x22, 0xe2, 0x0f, 0x28, 0xc1, 0xff, 0xe0]),
        // In an exception's entry: movaps xmm0, xmm1; iretq
        ("exception_entry_nmi", &[0x0f, 0x28, 0xc1, 0x48, 0xcf]),
        // After a jump over it, where a vector may lead: jmp +3; movaps xmm0, xmm1; mov cr4, rax
        ("exception_entries", &[0xeb, 0x03, 0x0f, 0x28, 0xc1, 0x0f, 0x22, 0xe0]),
    ];
    for case in cases {
        assert_breach(Breach::NotGeneral, &[case]);
    }
}

#[test]
fn rejects_an_indirect_call_where_sse_may_be_off() {
    // jz +2; call rax; iretq
    let code: &[u8] = &[0x74, 0x02, 0xff, 0xd0, 0x48, 0xcf];
    assert_breach(Breach::NotFollowed, &[("exception_entry_nmi", code)]);
}

#[test]
fn names_the_start_of_a_path_without_end() {
    for name in ["purgatory_start", "purgatory_hand_off", "exception_entry_nmi"] {
        // ret
        assert!(error_of(&[(name, &[0xc3])]).contains(name));
    }
}

#[test]
fn rejects_forbidden_instructions_in_a_probe() {
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
        assert_breach(Breach::Forbidden, &[("try_it", code)]);
    }
}

#[test]
fn accepts_instructions_that_may_fault_only_in_probes() {
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
        assert_breach(Breach::OutsideProbe, &[("elsewhere", code)]);
        take(&program(&[("try_it", code)])).unwrap();
    }
}

#[test]
fn accepts_port_accesses_in_the_entry() {
    // mov cr4, rax; the label; in al, dx; out dx, al; ret
    take(&program(&[("purgatory_start", &[0x0f, 0x22, 0xe0, 0xec, 0xee, 0xc3])])).unwrap();
    // mov cr4, rax; the label; hlt; ret
    let halts: &[u8] = &[0x0f, 0x22, 0xe0, 0xf4, 0xc3];
    assert_breach(Breach::OutsideProbe, &[("purgatory_start", halts)]);
}

#[test]
fn follows_entries_of_exceptions_from_a_label() {
    // nop; iretq; the label; movaps xmm0, xmm1; iretq
    let mut linked =
        program(&[("exception_entry_code", &[0x90, 0x48, 0xcf, 0x0f, 0x28, 0xc1, 0x48, 0xcf])]);
    take(&linked).unwrap();
    let code = linked.symbol("exception_entry_code").unwrap().address;
    linked.symbols.push(Symbol {
        name: "exception_entries_of_vectors".to_owned(),
        address: code + 3,
        size: 0,
        is_function: false,
    });
    assert!(take(&linked).unwrap_err().to_string().contains("movaps"));
}

#[test]
fn accepts_avx_only_in_probes_and_avx_kernels() {
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
            assert_breach(Breach::Avx, &[(name, code)]);
        }
        for name in kernels {
            take(&program(&[(name, code)])).unwrap();
        }
    }
}

#[test]
fn rejects_x87_and_invalid_instructions_and_targets() {
    let cases: [(Breach, &[u8]); 4] = [
        (Breach::X87, &[0xdb, 0xe3]),           // fninit
        (Breach::X87, &[0x0f, 0x77]),           // emms
        (Breach::Undecodable, &[0x06]),         // an invalid instruction
        (Breach::TargetOutside, &[0xeb, 0x80]), // jmp -128, outside all functions
    ];
    for (breach, code) in cases {
        assert_breach(breach, &[("elsewhere", code)]);
    }
}

#[test]
fn names_a_missing_start_of_the_census() {
    for name in ["purgatory_start", "purgatory_hand_off", "exception_entr", "purgatory_sse_ready"] {
        let mut linked = program(&[]);
        linked.symbols.retain(|symbol| !symbol.name.starts_with(name));
        assert!(take(&linked).unwrap_err().to_string().contains(name));
    }
    assert!(take(&Linked::default()).unwrap_err().to_string().contains("no function symbols"));
}
