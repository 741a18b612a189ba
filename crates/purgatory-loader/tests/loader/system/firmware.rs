//! The facts about the machine.

use purgatory_loader::machine::{E820Entry, E820Kind, Efi, EfiMemory};
use purgatory_loader::system::SystemError;

use super::tree::Tree;

/// Ranges that are not sorted by address, and directories that are not read in numeric order.
fn tree() -> Tree {
    let tree = Tree::with("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu la57 sha_ni\n");
    let ranges = [
        (0, "0x0", "0x9fbff", "System RAM"),
        (1, "0x9fc00", "0x9ffff", "Reserved"),
        (2, "0x100000", "0x3ffdffff", "System RAM"),
        (10, "0x3ffe0000", "0x3ffeffff", "ACPI Tables"),
        (11, "0x3fff0000", "0x3fffffff", "ACPI Non-volatile Storage"),
        (3, "0x100000000", "0x1ffffffff", "Soft Reserved"),
        (4, "0x200000000", "0x2ffffffff", "Something new"),
    ];
    for (number, start, end, kind) in ranges {
        for (name, text) in [("start", start), ("end", end), ("type", kind)] {
            tree.write(&format!("sys/firmware/memmap/{number}/{name}"), &format!("{text}\n"));
        }
    }
    tree
}

fn efi(tree: &Tree) {
    tree.write(
        "sys/firmware/efi/systab",
        "ACPI20=0x3fb7e014\nACPI=0x3fb7e000\nSMBIOS=0x3fb5f000\n",
    );
    tree.write("sys/firmware/efi/fw_vendor", "0x3feb8c18\n");
    tree.write("sys/firmware/efi/config_table", "0x3feb8a98\n");
    for (number, address) in [("10", "0x3f000000"), ("9", "0x3e000000")] {
        let file = |name: &str| format!("sys/firmware/efi/runtime-map/{number}/{name}");
        tree.write(&file("type"), "0x6\n");
        tree.write(&file("phys_addr"), &format!("{address}\n"));
        tree.write(&file("virt_addr"), "0xfffffffeffc00000\n");
        tree.write(&file("num_pages"), "0x100\n");
        tree.write(&file("attribute"), "0x800000000000000f\n");
    }
}

#[test]
fn sorts_the_memory_map_by_address() {
    let machine = tree().system().machine().unwrap();
    let entry = |start, size, kind| E820Entry { start, size, kind };
    let expected = [
        entry(0, 0x9_fc00, E820Kind::Ram),
        entry(0x9_fc00, 0x400, E820Kind::Reserved),
        entry(0x10_0000, 0x3fee_0000, E820Kind::Ram),
        entry(0x3ffe_0000, 0x1_0000, E820Kind::Acpi),
        entry(0x3fff_0000, 0x1_0000, E820Kind::Nvs),
        entry(1 << 32, 1 << 32, E820Kind::SoftReserved),
        entry(2 << 32, 1 << 32, E820Kind::Reserved),
    ];
    assert_eq!(machine.memory, expected);
    assert!(machine.five_level_paging);
    assert_eq!((machine.boot_params, machine.rsdp, machine.efi), (None, None, None));
}

#[test]
fn rejects_a_reversed_range() {
    let tree = tree();
    tree.write("sys/firmware/memmap/2/end", "0xfffff\n");
    assert!(matches!(tree.system().machine(), Err(SystemError::Malformed { .. })));
    tree.write("sys/firmware/memmap/2/start", "0x0\n");
    tree.write("sys/firmware/memmap/2/end", "0xffffffffffffffff\n");
    assert!(matches!(tree.system().machine(), Err(SystemError::Malformed { .. })));
}

#[test]
fn sorts_the_efi_runtime_map_by_number() {
    let tree = tree();
    efi(&tree);
    let machine = tree.system().machine().unwrap();
    let memory = |physical| EfiMemory {
        kind: 6,
        physical,
        virtual_address: 0xffff_fffe_ffc0_0000,
        pages: 0x100,
        attribute: 0x8000_0000_0000_000f,
    };
    let expected = Efi {
        runtime_map: vec![memory(0x3e00_0000), memory(0x3f00_0000)],
        fw_vendor: 0x3feb_8c18,
        config_table: 0x3feb_8a98,
        smbios: 0x3fb5_f000,
    };
    assert_eq!(machine.efi, Some(expected));
}

#[test]
fn requires_all_efi_facts() {
    let tree = tree();
    efi(&tree);
    tree.remove("sys/firmware/efi/config_table");
    let error = tree.system().machine().unwrap_err();
    assert!(matches!(error, SystemError::Missing { .. }));
    assert!(error.to_string().contains("efi=noruntime"), "{error}");
    efi(&tree);
    tree.write("sys/firmware/efi/runtime-map/9/type", "0x100000000\n");
    assert!(matches!(tree.system().machine(), Err(SystemError::Malformed { .. })));
}

#[test]
fn reads_the_rsdp_from_boot_params_then_from_efi() {
    let tree = tree();
    let rsdp = |tree: &Tree| tree.system().machine().unwrap().rsdp;
    let mut boot_params = vec![0; 4096];
    tree.write_bytes("sys/kernel/boot_params/data", &boot_params);
    assert_eq!(rsdp(&tree), None);
    tree.write("sys/firmware/efi/systab", "ACPI=0x1000\n");
    assert_eq!(rsdp(&tree), Some(0x1000));
    tree.write("sys/firmware/efi/systab", "ACPI=0x1000\nACPI20=0x2000\n");
    assert_eq!(rsdp(&tree), Some(0x2000));
    boot_params[0x70..0x78].copy_from_slice(&0x3000_u64.to_le_bytes());
    tree.write_bytes("sys/kernel/boot_params/data", &boot_params);
    assert_eq!(rsdp(&tree), Some(0x3000));
    assert_eq!(tree.system().machine().unwrap().boot_params, Some(boot_params));
}

#[test]
fn rejects_boot_params_of_another_size() {
    let tree = tree();
    tree.write_bytes("sys/kernel/boot_params/data", &[0; 4095]);
    let error = tree.system().machine().unwrap_err();
    assert!(error.to_string().contains("4095 bytes"), "{error}");
}
