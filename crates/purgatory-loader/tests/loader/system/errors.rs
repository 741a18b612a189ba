//! One test for each error of reading a fact. Errors that only reduce a dump are in `dump`.

use purgatory_loader::system::{System, SystemError};

use super::tree::{HEADERS, IOMEM, Tree, kcore_of};

fn dump(tree: &Tree) -> SystemError {
    assert!(Tree::new().system().dump().is_ok());
    tree.system().dump().unwrap_err()
}

#[test]
fn rejects_a_missing_file() {
    for file in ["proc/iomem", "proc/kcore", "sys/kernel/vmcoreinfo"] {
        let tree = Tree::new();
        tree.remove(file);
        let error = dump(&tree);
        assert!(
            matches!(&error, SystemError::Missing { path, .. } if path.ends_with(file)),
            "{error}"
        );
    }
    let error = System::at("/no/such/place").machine().unwrap_err();
    assert!(error.to_string().contains("/no/such/place/sys/firmware/memmap"), "{error}");
}

#[test]
fn rejects_an_unreadable_file() {
    // A path below a regular file.
    let tree = Tree::new();
    let error = System::at(tree.path("proc/kcore")).iomem().unwrap_err();
    assert!(matches!(error, SystemError::Unreadable { .. }), "{error}");
}

#[test]
fn rejects_hidden_addresses() {
    let hidden = "00000000-00000000 : System RAM\n  00000000-00000000 : Crash kernel\n";
    let error = dump(&Tree::with("proc/iomem", hidden));
    assert!(matches!(error, SystemError::Hidden { .. }));
    assert!(error.to_string().contains("run this as root"), "{error}");
}

#[test]
fn rejects_a_missing_crash_kernel_region() {
    let error = dump(&Tree::with("proc/iomem", &IOMEM.replace("Crash kernel", "Something else")));
    assert!(matches!(error, SystemError::NoCrashRegion { .. }));
    assert!(error.to_string().contains("crashkernel="), "{error}");
}

#[test]
fn rejects_a_missing_program_header() {
    let tree = Tree::new();
    for (headers, what) in
        [(&HEADERS[..1], "text"), (&HEADERS[..2], "RAM"), (&HEADERS[2..], "text")]
    {
        tree.write_kcore(&kcore_of(headers));
        let error = dump(&tree);
        assert!(matches!(error, SystemError::NoProgramHeader { .. }));
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn rejects_a_kcore_without_physical_addresses() {
    let tree = Tree::new();
    tree.write_kcore(&kcore_of(&HEADERS.map(|[kind, offset, address, _, file, memory, align]| {
        [kind, offset, address, 0, file, memory, align]
    })));
    let error = dump(&tree);
    assert!(matches!(error, SystemError::NoProgramHeader { .. }), "{error}");
    assert!(error.to_string().contains("text"), "{error}");
}

#[test]
fn rejects_malformed_files() {
    let texts = [
        ("proc/iomem", "00001000-0009fbff\n"),
        ("proc/iomem", "1000-ffffffffffffffff : System RAM\n"),
        ("sys/kernel/vmcoreinfo", "12d94000 1024\n"),
        ("sys/kernel/vmcoreinfo", "0x12d94000\n"),
        ("sys/kernel/vmcoreinfo", "0xffffffffffffffff 1024\n"),
        ("sys/devices/system/cpu/possible", "\n"),
        ("sys/devices/system/cpu/possible", "3-0\n"),
        ("sys/devices/system/cpu/possible", "0-99999999999\n"),
        ("sys/devices/system/cpu/cpu0/crash_notes", "0x1000\n"),
        ("sys/devices/system/cpu/cpu0/crash_notes_size", "0x\n"),
        ("sys/devices/system/cpu/cpu0/crash_notes_size", "18446744073709551615\n"),
    ];
    for (file, text) in texts {
        let error = dump(&Tree::with(file, text));
        assert!(matches!(error, SystemError::Malformed { .. }), "{file}: {text}: {error}");
    }
}

#[test]
fn rejects_a_malformed_kcore() {
    let tree = Tree::new();
    let good = kcore_of(&HEADERS);
    let mut huge = good.clone();
    huge[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut far = good.clone();
    far[32..40].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    let mut text_wraps = HEADERS;
    text_wraps[1][3] = u64::MAX - 1;
    let mut below = HEADERS;
    below[2][3] = u64::MAX - 1;
    let mut part_wraps = HEADERS;
    part_wraps[2][5] = u64::MAX;
    let broken = [
        b"\x7fEL".repeat(30),
        huge,
        far,
        kcore_of(&text_wraps),
        kcore_of(&below),
        kcore_of(&part_wraps),
    ];
    for bytes in broken {
        tree.write_kcore(&bytes);
        let error = dump(&tree);
        assert!(matches!(error, SystemError::Malformed { .. }), "{error}");
    }
    tree.write_kcore(&good[..good.len() - 1]);
    assert!(matches!(dump(&tree), SystemError::Unreadable { .. }));
    tree.write_kcore(&good[..63]);
    assert!(matches!(dump(&tree), SystemError::Unreadable { .. }));
}
