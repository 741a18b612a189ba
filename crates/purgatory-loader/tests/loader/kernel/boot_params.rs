//! The `boot_params` of a target kernel.

use super::sample::*;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::kernel::{Inputs, Kernel, crash_memory, image};
use purgatory_loader::machine::{E820Entry, E820Kind, Efi, EfiMemory, Machine};

/// Returns the boot_params of an image and their address.
fn boot_params(inputs: &Inputs<'_>) -> (Vec<u8>, u64) {
    let image = image(inputs, &mut placer()).unwrap();
    let segment = image.segments.iter().find(|segment| segment.kind == SegmentKind::BootParams);
    let segment = segment.unwrap();
    assert_eq!(segment.address, image.entry.rsi);
    (segment.payload.to_vec(), segment.address)
}

/// Returns the boot_params of a bzImage on this machine.
fn on(machine: &Machine) -> (Vec<u8>, u64) {
    let file = bz_image();
    boot_params(&inputs(&Kernel::parse(&file).unwrap(), machine))
}

/// Returns a running kernel's boot_params: the value of each byte depends on its offset.
fn running() -> Vec<u8> {
    let mut running: Vec<u8> = (0..4096u32).map(|offset| (offset % 251) as u8 | 1).collect();
    put(&mut running, 0x1c0, b"EL64");
    put(&mut running, 0x1cc, 1u32.to_le_bytes());
    running
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Returns the list of setup_data: type and data of each item.
fn setup_data(params: &[u8], address: u64) -> Vec<(u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut next = u64_at(params, 0x250);
    while next != 0 {
        let at = (next - address) as usize;
        assert!(at >= 4096 && at.is_multiple_of(16));
        let len = u32_at(params, at + 12) as usize;
        found.push((u32_at(params, at + 8), params[at + 16..at + 16 + len].to_vec()));
        next = u64_at(params, at);
    }
    found
}

/// Returns an entry of a memory map in the format of boot_params.
fn raw(entry: &E820Entry) -> Vec<u8> {
    let kind = (entry.kind as u32).to_le_bytes();
    [&entry.start.to_le_bytes()[..], &entry.size.to_le_bytes(), &kind].concat()
}

fn raw_map(map: &[E820Entry]) -> Vec<u8> {
    map.iter().flat_map(raw).collect()
}

#[test]
fn copies_the_setup_header_and_sets_the_loader() {
    let (params, _) = on(&machine());
    let file = bz_image();
    let mut header = file[0x1f1..0x26c].to_vec();
    header[0x210 - 0x1f1] = 0xd0;
    header[0x211 - 0x1f1] = 0;
    header[0x228 - 0x1f1..0x22c - 0x1f1].copy_from_slice(&params[0x228..0x22c]);
    assert_eq!(&params[0x1f1..0x26c], header);
    assert_eq!((params[0x1ef], params[0x26c]), (0, 0), "not the header's");
    assert_eq!(params.len(), 4096);
}

#[test]
fn makes_a_header_for_a_vmlinux() {
    let file = vmlinux();
    let machine = machine();
    let (params, _) = boot_params(&inputs(&Kernel::parse(&file).unwrap(), &machine));
    assert_eq!(params[0x1fe..0x200], [0x55, 0xaa]);
    assert_eq!(&params[0x202..0x208], b"HdrS\x0c\x02");
    assert_eq!((params[0x1f2], params[0x210]), (1, 0xd0));
    assert_eq!((u32_at(&params, 0x22c), u32_at(&params, 0x238)), (0x7fff_ffff, 2047));
}

#[test]
fn unknown_facts_leave_fields_zero() {
    let (params, address) = on(&machine());
    for range in [4..0x40, 0x70..0x78, 0x1c0..0x1e0, 0x1e9..0x1f0, 0x290..0x2d0, 0xd00..0x1000] {
        assert!(params[range.clone()].iter().all(|&byte| byte == 0), "{range:x?}");
    }
    assert_eq!(setup_data(&params, address), []);
}

#[test]
fn copies_screen_edd_and_platform() {
    let machine = Machine { boot_params: Some(running()), rsdp: Some(0xf_5a50), ..machine() };
    let (params, _) = on(&machine);
    for range in [0..2, 4..0x40, 0x1e9..0x1eb, 0x290..0x2d0, 0xd00..0xeec, 0x23c..0x240] {
        assert_eq!(params[range.clone()], running()[range.clone()], "{range:x?}");
    }
    assert_eq!(u64_at(&params, 0x70), 0xf_5a50);
    for range in [0x40..0x70, 0x78..0xc0, 0x1c0..0x1e0, 0x1eb..0x1f0, 0xeec..0x1000] {
        assert!(params[range.clone()].iter().all(|&byte| byte == 0), "{range:x?}");
    }
}

#[test]
fn copies_the_memory_map() {
    let machine = machine();
    let (params, _) = on(&machine);
    assert_eq!(params[0x1e8], 7);
    assert_eq!(params[0x2d0..0x2d0 + 7 * 20], raw_map(&machine.memory));
    assert_eq!((params[2], params[3]), (0, 0xfc), "ext_mem_k stops at 63 MiB");
    assert_eq!(u32_at(&params, 0x1e0), ((0xbffd_0000u32 - 1) >> 10) - 1024);
}

#[test]
fn passes_further_ranges_as_setup_data() {
    let ranges = |count: u64| {
        let range =
            |index: u64| E820Entry { start: index << 30, size: 1 << 20, kind: E820Kind::Ram };
        Machine { memory: (0..count).map(range).collect(), ..Machine::default() }
    };
    let (params, address) = on(&ranges(128));
    assert_eq!((params[0x1e8], setup_data(&params, address).len()), (128, 0));
    let machine = ranges(131);
    let (params, address) = on(&machine);
    assert_eq!(params[0x1e8], 128);
    assert_eq!(params[0x2d0..0xcd0], raw_map(&machine.memory[..128]));
    assert_eq!(setup_data(&params, address), [(1, raw_map(&machine.memory[128..]))]);
}

fn efi() -> Efi {
    let memory = EfiMemory {
        kind: 5,
        physical: 0xbf00_0000,
        virtual_address: 0xffff_fffe_0000_0000,
        pages: 16,
        attribute: 0x8000_0000_0000_000f,
    };
    let second = EfiMemory { kind: 6, physical: 0xbf10_0000, ..memory };
    Efi { runtime_map: vec![memory, second, second], fw_vendor: 1, config_table: 2, smbios: 3 }
}

#[test]
fn passes_on_efi_and_the_seed() {
    let machine = Machine { boot_params: Some(running()), efi: Some(efi()), ..machine() };
    let file = bz_image();
    let kernel = Kernel::parse(&file).unwrap();
    let rng_seed = Some([0x5e; 32]);
    let (params, address) = boot_params(&Inputs { rng_seed, ..inputs(&kernel, &machine) });

    // Signature, system table, then the map's entry size and version, and its address and bytes.
    assert_eq!(params[0x1c0..0x1c8], running()[0x1c0..0x1c8]);
    assert_eq!((u32_at(&params, 0x1c8), u32_at(&params, 0x1cc)), (40, 1));
    assert_eq!(params[0x1d8..0x1dc], running()[0x1d8..0x1dc]);
    assert_eq!(params[0x1ec], running()[0x1ec], "secure_boot");
    let map = u64::from(u32_at(&params, 0x1d0)) | u64::from(u32_at(&params, 0x1dc)) << 32;
    assert_eq!((map, u32_at(&params, 0x1d4)), (address + 4096, 120));
    let first = [5, 0xbf00_0000, 0xffff_fffe_0000_0000, 16, 0x8000_0000_0000_000f];
    let first: Vec<u8> = first.into_iter().flat_map(u64::to_le_bytes).collect();
    assert_eq!(params[4096..4136], first);
    assert_eq!(u64_at(&params, 4096 + 88), 0xbf10_0000);

    let addresses: Vec<u8> = [1u64, 0, 2, 3].into_iter().flat_map(u64::to_le_bytes).collect();
    let efi = [&addresses[..], &[0; 64]].concat();
    assert_eq!(setup_data(&params, address), [(4, efi), (9, vec![0x5e; 32])]);
}

#[test]
fn omits_efi_that_cannot_be_passed_on() {
    let good = Machine { boot_params: Some(running()), efi: Some(efi()), ..machine() };
    let with = |offset, bytes: &[u8]| {
        let mut running = running();
        put(&mut running, offset, bytes);
        Machine { boot_params: Some(running), ..good.clone() }
    };
    let no_map = Efi { runtime_map: Vec::new(), ..efi() };
    let machines = [
        ("32-bit EFI", with(0x1c0, b"EL32")),
        ("another version of the map", with(0x1cc, &[2])),
        ("no map", Machine { efi: Some(no_map), ..good.clone() }),
        ("no runtime services", Machine { efi: None, ..good.clone() }),
        ("no boot_params", Machine { boot_params: None, ..good.clone() }),
    ];
    assert_eq!(on(&good).0.len(), 4096 + 128 + 112);
    for (why, machine) in machines {
        let (params, address) = on(&machine);
        assert_eq!((params.len(), setup_data(&params, address)), (4096, vec![]), "{why}");
        assert!(params[0x1c0..0x1e0].iter().all(|&byte| byte == 0), "{why}");
    }
}

#[test]
fn capture_kernel_gets_low_memory_and_regions_without_elfcorehdr() {
    let low = 0x3000_0000..0x3100_0000;
    let regions = [0xa000_0000..0xb000_0000, low.clone()];
    let mut memory = machine().memory;
    memory.push(range(0xf_8000..0x18_0000, E820Kind::Ram));
    let expected = [
        range(0..0x9_fc00, E820Kind::Ram),
        range(0x9_fc00..0x10_0000, E820Kind::Reserved),
        range(0xf_8000..0x10_0000, E820Kind::Ram),
        range(low, E820Kind::Ram),
        range(0xa000_0000..0xafff_0000, E820Kind::Ram),
        range(0xafff_8000..0xb000_0000, E820Kind::Ram),
        range(0xbffd_0000..0xbffe_0000, E820Kind::Acpi),
        range(0xbffe_0000..0xbfff_0000, E820Kind::Nvs),
    ];
    assert_eq!(crash_memory(&memory, &regions, &(0xafff_0000..0xafff_8000)), expected);
}

#[test]
fn omits_partial_pages_of_crash_kernel_regions() {
    let region = 0xa000_0000..0xa001_0000;
    let map = |elfcorehdr| crash_memory(&[], std::slice::from_ref(&region), &elfcorehdr);
    let all = [range(region.clone(), E820Kind::Ram)];
    assert_eq!(map(0..0), all);
    assert_eq!(map(0xa001_0000..0xa002_0000), all);
    let rest = [range(0xa000_2000..0xa001_0000, E820Kind::Ram)];
    assert_eq!(map(0xa000_0fff..0xa000_2000), rest);
    assert_eq!(map(0xa000_1000..0xa001_0000), [range(0xa000_0000..0xa000_1000, E820Kind::Ram)]);
    assert_eq!(map(region.clone()), []);
}
