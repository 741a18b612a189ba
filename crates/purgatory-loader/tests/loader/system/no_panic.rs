//! Arbitrary file contents never make a reader panic.

use proptest::prelude::*;
use proptest::sample::Index;

use super::tree::{HEADERS, IOMEM, Tree, kcore, offsets};

/// Reads all facts.
fn everything(tree: &Tree) {
    let system = tree.system();
    if let Ok(dump) = system.dump() {
        // The facts may be inconsistent.
        let _ = dump.elfcorehdr.build();
    }
    let _ = system.machine();
    let _ = system.kexec();
    let _ = system.hotplug();
}

/// Nearly valid text: digits and separators.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9a-fx,: -]{0,40}\n", Just(IOMEM.replace('0', "f")), "\\PC{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn changed_kcore_does_not_panic(place in any::<Index>(), word in any::<u64>(), cut in any::<Index>()) {
        let mut bytes = kcore(0x2_d400, offsets());
        // Every other change is in the headers.
        let end = if word % 2 == 0 { bytes.len() - 8 } else { 64 + (1 + HEADERS.len()) * 56 };
        let at = place.index(end);
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        let tree = Tree::new();
        tree.write_kcore(&bytes);
        everything(&tree);
        tree.write_kcore(&bytes[..cut.index(bytes.len())]);
        everything(&tree);
    }

    #[test]
    fn any_text_does_not_panic(text in text(), file in any::<Index>()) {
        const FILES: [&str; 12] = [
            "proc/iomem",
            "proc/kallsyms",
            "proc/cpuinfo",
            "sys/kernel/vmcoreinfo",
            "sys/kernel/kexec/crash_cma_ranges",
            "sys/kernel/kexec_loaded",
            "sys/kernel/security/lockdown",
            "sys/devices/system/cpu/possible",
            "sys/devices/system/cpu/cpu0/crash_notes",
            "sys/devices/system/cpu/cpu0/crash_notes_size",
            "sys/firmware/memmap/0/end",
            "sys/firmware/efi/systab",
        ];
        let tree = Tree::new();
        for name in ["start", "end", "type"] {
            tree.write(&format!("sys/firmware/memmap/0/{name}"), "0x1000");
        }
        tree.write(FILES[file.index(FILES.len())], &text);
        everything(&tree);
    }
}
