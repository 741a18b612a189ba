//! The facts for a dump: CPUs, notes, the kernel, RAM.

#![allow(clippy::single_range_in_vec_init, reason = "lists of ranges, some of which have one")]

use purgatory_loader::elfcorehdr::Elfcorehdr;
use purgatory_loader::system::SystemError;

use super::tree::{DIRECT_MAP, TEXT, Tree, kcore, offsets};

/// Returns the note of a CPU.
fn note(processor: u64) -> std::ops::Range<u64> {
    let start = 0x3da0_0400 + processor * 0x8_0000;
    start..start + 368
}

#[test]
fn finds_all_facts() {
    let dump = Tree::new().system().dump().unwrap();
    let expected = Elfcorehdr {
        cpu_notes: (0..4).map(note).collect(),
        vmcoreinfo: 0x12d9_4000..0x12d9_5024,
        kernel: 0x1000_0000..0x12c3_0000,
        kernel_virtual: TEXT,
        direct_map: DIRECT_MAP,
        ram: vec![0x1000..0x9_fc00, 0x10_0000..0x3ffe_0000, 0x1_0000_0000..0x1_8000_0000],
        excluded: vec![0x2e00_0000..0x3e00_0000],
    };
    assert_eq!(dump.elfcorehdr, expected);
    assert!(dump.warning.is_none());
    assert_eq!(expected.build().unwrap().len(), 64 + 9 * 56);
}

#[test]
fn excludes_memory_of_the_capture_kernel() {
    let tree = Tree::with("sys/kernel/kexec/crash_cma_ranges", "20000000-20ffffff\n");
    let excluded = [0x2e00_0000..0x3e00_0000, 0x2000_0000..0x2100_0000];
    assert_eq!(tree.system().dump().unwrap().elfcorehdr.excluded, excluded);
}

#[test]
fn reads_only_sysfs_if_it_has_all_cpus() {
    let tree = Tree::with("sys/devices/system/cpu/possible", "0,2\n");
    tree.write("sys/devices/system/cpu/cpu2/crash_notes", "1000\n");
    tree.write("sys/devices/system/cpu/cpu2/crash_notes_size", "368\n");
    tree.remove("proc/kallsyms");
    let dump = tree.system().dump().unwrap();
    assert_eq!(dump.elfcorehdr.cpu_notes, [note(0), 0x1000..0x1170]);
    assert!(dump.warning.is_none());
}

/// Returns the warning of a tree in which only the note of CPU 0 is known.
fn warning(tree: &Tree) -> SystemError {
    let dump = tree.system().dump().unwrap();
    assert_eq!(dump.elfcorehdr.cpu_notes, [note(0)]);
    dump.warning.unwrap()
}

#[test]
fn warns_and_uses_present_cpus() {
    let tree = Tree::new();
    tree.remove("proc/kallsyms");
    assert!(matches!(warning(&tree), SystemError::Missing { .. }));

    let hidden = "0000000000000000 D crash_notes\n0000000000000000 D __per_cpu_offset\n";
    let tree = Tree::with("proc/kallsyms", hidden);
    assert!(matches!(warning(&tree), SystemError::Hidden { .. }));

    let tree = Tree::with("proc/kallsyms", "ffffffffa9600100 D crash_notes\n");
    let error = warning(&tree);
    assert!(matches!(error, SystemError::NoSymbol { name: "__per_cpu_offset", .. }), "{error}");
}

#[test]
fn requires_sysfs_and_kernel_memory_to_agree() {
    let tree = Tree::new();
    tree.write_kcore(&kcore(0x2_d408, offsets()));
    let error = warning(&tree);
    let (stated, found) = (0x3da0_0400, 0x3da0_0408);
    assert!(
        matches!(error, SystemError::NotesDiffer { processor: 0, stated: s, found: f } if s == stated && f == found),
        "{error}"
    );
}

#[test]
fn warns_about_copies_outside_the_direct_mapping() {
    let tree = Tree::new();
    let mut offsets = offsets();
    offsets[3] = 0xffff_b000_0000_0000;
    tree.write_kcore(&kcore(0x2_d400, offsets));
    let error = warning(&tree);
    assert!(
        matches!(error, SystemError::NotMapped { address, .. } if address == offsets[3] + 0x2_d400)
    );
}

#[test]
fn rejects_a_system_without_notes() {
    let tree = Tree::new();
    tree.remove("sys/devices/system/cpu/cpu0/crash_notes");
    let error = tree.system().dump().unwrap_err();
    assert!(matches!(error, SystemError::Missing { .. }));
    assert!(error.to_string().contains("CONFIG_KEXEC"), "{error}");
}
