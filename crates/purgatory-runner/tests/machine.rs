//! Runs small pieces of code as purgatories: every permitted end, and every error.

use purgatory_abi::Region;
use purgatory_runner::clock;
use purgatory_runner::machine::{End, Finished, Mapping, RunError, landing, run};
use std::cell::Cell;
use std::slice;
use std::time::Duration;

const LIMIT: Duration = Duration::from_millis(300);

/// Runs code at the start of a page, and returns the page's address and the result.
fn run_code(code: &[u8]) -> (u64, Result<Finished, RunError>) {
    let mut mapping = Mapping::new(4096).unwrap();
    mapping.bytes_mut()[..code.len()].copy_from_slice(code);
    let start = mapping.addresses().start;
    (start, run(slice::from_mut(&mut mapping), start, LIMIT))
}

fn end(code: &[u8]) -> End {
    run_code(code).1.unwrap().end
}

#[test]
fn returning_code_gives_rax_and_restores_callee_saved_registers() {
    // mov rax, 0x1234; the callee-saved registers gone; ret
    let code = b"\x48\xc7\xc0\x34\x12\0\0\x31\xdb\x45\x31\xe4\x45\x31\xff\x31\xed\xfd\xc3";
    let (_, finished) = run_code(code);
    let Finished { end, printed, traps, .. } = finished.unwrap();
    assert_eq!((end, printed.as_str(), traps), (End::Returned(0x1234), "", 0));
}

#[test]
fn loads_of_segment_registers_do_not_change_the_process() {
    thread_local!(static MINE: Cell<u32> = const { Cell::new(5) });
    MINE.set(6);
    // mov eax, 0x18; mov ss, eax; the same with ds, es, fs and gs; ret
    let code = b"\xb8\x18\0\0\0\x8e\xd0\x8e\xd8\x8e\xc0\x8e\xe0\x8e\xe8\xc3";
    let (_, finished) = run_code(code);
    assert_eq!(finished.unwrap().traps, 5);
    // By way of FS.
    assert_eq!(MINE.get(), 6);
}

#[test]
fn jump_to_the_landing_returns_with_any_stack() {
    // xor esp, esp; mov rcx, landing; mov eax, 7; std; jmp rcx
    let mut code = b"\x31\xe4\x48\xb9".to_vec();
    code.extend(landing().to_le_bytes());
    code.extend(b"\xb8\x07\0\0\0\xfd\xff\xe1");
    assert_eq!(end(&code), End::Returned(7));
}

#[test]
fn hlt_and_a_jump_to_itself_end_a_run() {
    assert_eq!(end(b"\xfa\xf4"), End::Halted);
    assert_eq!(end(b"\xeb\xfe"), End::Spins);
}

#[test]
fn keeps_serial_output_and_counts_traps() {
    // mov edx, 0x3f8; mov al, 'h'; out dx, al; mov al, 'i'; out dx, al; hlt
    let (_, finished) = run_code(b"\xba\xf8\x03\0\0\xb0h\xee\xb0i\xee\xf4");
    let Finished { end, printed, traps, .. } = finished.unwrap();
    assert_eq!((end, printed.as_str(), traps), (End::Halted, "hi", 3));
}

#[test]
fn time_in_handlers_is_not_part_of_the_blobs_time() {
    // cli, 500 times; ret
    let mut code = [0xfa; 501];
    code[500] = 0xc3;
    let began = clock::now();
    let Finished { traps, took, away, .. } = run_code(&code).1.unwrap();
    let all = clock::now() - began;
    assert_eq!(traps, 500);
    assert!(!took.is_zero() && !away.is_zero() && took + away <= all, "{took:?} {away:?} {all:?}");
}

/// Returns the end of code without handlers, and the offset of the instruction that caused it.
fn reset(code: &[u8]) -> (u8, u64) {
    let (start, finished) = run_code(code);
    let End::TripleFault { vector, rip } = finished.unwrap().end else { panic!("no triple fault") };
    (vector, rip - start)
}

#[test]
fn an_exception_without_a_handler_resets_the_machine() {
    // nop; rdmsr
    assert_eq!(reset(b"\x90\x0f\x32"), (13, 1));
    // ud2
    assert_eq!(reset(b"\x0f\x0b"), (6, 0));
    // xor eax, eax; mov al, [rax]
    assert_eq!(reset(b"\x31\xc0\x8a\0"), (14, 2));
    // xor ecx, ecx; div ecx
    assert_eq!(reset(b"\x31\xc9\xf7\xf1"), (0, 2));
}

#[test]
fn a_jump_to_an_unmapped_address_is_a_page_fault_there() {
    // xor eax, eax; jmp rax
    assert_eq!(end(b"\x31\xc0\xff\xe0"), End::TripleFault { vector: 14, rip: 0 });
}

#[test]
fn a_jump_to_memory_that_is_not_executable_leaves_the_blob() {
    let page = |start| Region { start, len: 4096 };
    let mut mappings = [page(0x3456_0000), page(0x3456_1000)].map(|at| Mapping::at(at).unwrap());
    mappings[0].make_executable(page(0x3456_0000)).unwrap();
    // mov eax, 0x34561010; mov ebx, 5; jmp rax
    let code = b"\xb8\x10\x10\x56\x34\xbb\x05\0\0\0\xff\xe0";
    mappings[0].bytes_mut()[..code.len()].copy_from_slice(code);
    let finished = run(&mut mappings, 0x3456_0000, LIMIT).unwrap();
    assert_eq!(finished.end, End::Left { rip: 0x3456_1010 });
    assert_eq!(finished.registers.general[3], 5);
}

#[test]
fn ends_code_after_the_time_limit() {
    // nop; jmp to the nop
    let (start, finished) = run_code(b"\x90\xeb\xfd");
    let End::TooLong { rip } = finished.unwrap().end else { panic!("ended") };
    assert!((start..start + 2).contains(&rip));
}

#[test]
fn the_keyboard_controller_resets_the_machine() {
    // mov al, 0xfe; out 0x64, al
    assert_eq!(end(b"\xb0\xfe\xe6\x64"), End::Reset);
}

#[test]
fn rejects_an_entry_outside_the_memory() {
    let mut mapping = Mapping::new(4096).unwrap();
    let address = mapping.addresses().end;
    let error = run(slice::from_mut(&mut mapping), address, LIMIT).unwrap_err();
    assert!(matches!(error, RunError::Entry { address: found } if found == address), "{error}");
}

#[test]
fn runs_are_independent() {
    for _ in 0..3 {
        assert_eq!(end(b"\xf4"), End::Halted);
        assert_eq!(reset(b"\x0f\x0b"), (6, 0));
        assert_eq!(end(b"\x31\xc0\xc3"), End::Returned(0));
    }
}
