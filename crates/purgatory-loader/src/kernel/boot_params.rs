//! `boot_params`: what a kernel is told by its loader.
//!
//! Source: `setup_boot_parameters` and `setup_efi_state` of `arch/x86/kernel/kexec-bzimage64.c`. Different are: memory map
//! entries that the page has no room for are handed on (there they are dropped); EFI's memory map has entries of 40 bytes,
//! as that of kexec-tools, because the running kernel does not show what its own have more; the number of EDD signatures
//! is set, as kexec-tools does, since without it nobody reads them. Device trees, IMA's measurements and memory that
//! outlives a kexec (KHO) are not handed on: the running kernel keeps them to itself.

use super::setup_data::{self, SetupData};
use super::{Kernel, memory};
use crate::machine::{E820Entry, Efi, Machine};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::boot;

/// The number of kexec among boot loaders, and version 0: `Documentation/arch/x86/boot.rst`.
const LOADER_KEXEC: u8 = 0xd0;
/// The most that `ext_mem_k` is used for: 63 MiB.
const EXT_MEM_K_MAX: u64 = 0xfc00;
/// The version of EFI's memory descriptors: `EFI_MEMORY_DESCRIPTOR_VERSION`.
const EFI_MEMDESC_VERSION: u32 = 1;
/// Bytes of one.
const EFI_MEMDESC_BYTES: u32 = 40;
/// Bytes of `struct efi_setup_data` behind its four addresses.
const EFI_SETUP_RESERVED: usize = 64;
/// Boot protocol 2.12, which has all fields that are filled in here.
const VMLINUX_PROTOCOL: u16 = 0x020c;
/// The highest address of a byte of the initrd of a kernel that is told nothing: `INITRD_ADDR_MAX` of `header.S`.
const VMLINUX_INITRD_MAX: u32 = 0x7fff_ffff;

/// Everything of `boot_params` but the addresses that are not known before it has one itself.
#[derive(Debug)]
pub(super) struct BootParams {
    page: Page,
    efi_map: Vec<u8>,
    setup_data: Vec<SetupData>,
}

/// The zero page.
#[derive(Debug)]
struct Page(Vec<u8>);

impl Page {
    fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    fn put_split(&mut self, low: usize, high: usize, value: u64) {
        self.put(low, &(value as u32).to_le_bytes());
        self.put(high, &((value >> 32) as u32).to_le_bytes());
    }

    fn copy(&mut self, running: &[u8; boot::BOOT_PARAMS_BYTES], range: Range<usize>) {
        self.put(range.start, &running[range]);
    }
}

impl BootParams {
    /// `running` is [`Machine::boot_params`].
    pub(super) fn new(
        kernel: &Kernel<'_>,
        machine: &Machine,
        running: Option<&[u8; boot::BOOT_PARAMS_BYTES]>,
        map: &[E820Entry],
        rng_seed: Option<&[u8]>,
    ) -> Self {
        let page = Page(vec![0; boot::BOOT_PARAMS_BYTES]);
        let mut params = Self { page, efi_map: Vec::new(), setup_data: Vec::new() };
        params.set_header(kernel);
        params.page.put(boot::ACPI_RSDP_ADDR, &machine.rsdp.unwrap_or_default().to_le_bytes());
        if let Some(running) = running {
            let subarch = boot::HARDWARE_SUBARCH..boot::HARDWARE_SUBARCH + 4;
            let edd = [boot::EDD_ENTRIES, boot::EDD_MBR_SIG_BUFFER, boot::EDDBUF];
            for range in [boot::SCREEN_INFO, subarch].into_iter().chain(edd) {
                params.page.copy(running, range);
            }
        }
        params.set_memory(map);
        if let (Some(running), Some(efi)) = (running, &machine.efi) {
            params.set_efi(running, efi);
        }
        if let Some(seed) = rng_seed {
            params.add(boot::SETUP_RNG_SEED, seed.to_vec());
        }
        params
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        let page = self.page.0.len() + self.efi_map.len();
        page as u64 + setup_data::bytes(&self.setup_data)
    }

    /// Its contents, at this physical address (a multiple of 16), with the initrd and the command line where they are.
    pub(super) fn finish(mut self, address: u64, initrd: Range<u64>, command_line: u64) -> Vec<u8> {
        let page = &mut self.page;
        page.put_split(boot::RAMDISK_IMAGE, boot::EXT_RAMDISK_IMAGE, initrd.start);
        page.put_split(boot::RAMDISK_SIZE, boot::EXT_RAMDISK_SIZE, initrd.end - initrd.start);
        page.put_split(boot::CMD_LINE_PTR, boot::EXT_CMD_LINE_PTR, command_line);

        let efi_map = address + page.0.len() as u64;
        if !self.efi_map.is_empty() {
            page.put_split(boot::EFI_MEMMAP, boot::EFI_MEMMAP_HI, efi_map);
        }
        let list = efi_map + self.efi_map.len() as u64;
        if !self.setup_data.is_empty() {
            page.put(boot::SETUP_DATA, &list.to_le_bytes());
        }
        let mut bytes = self.page.0;
        bytes.append(&mut self.efi_map);
        setup_data::write(&self.setup_data, list, &mut bytes);
        bytes
    }

    fn set_header(&mut self, kernel: &Kernel<'_>) {
        let page = &mut self.page;
        match kernel {
            Kernel::BzImage(kernel) => page.put(boot::SETUP_SECTS, kernel.setup_header()),
            // What kexec-tools' init_linux_parameters gives a kernel that has no header, of a newer protocol.
            Kernel::Vmlinux(_) => {
                page.put(boot::ROOT_FLAGS, &1u16.to_le_bytes());
                page.put(boot::BOOT_FLAG, &boot::BOOT_FLAG_MAGIC.to_le_bytes());
                page.put(boot::HEADER, &boot::HEADER_MAGIC.to_le_bytes());
                page.put(boot::VERSION, &VMLINUX_PROTOCOL.to_le_bytes());
                page.put(boot::INITRD_ADDR_MAX, &VMLINUX_INITRD_MAX.to_le_bytes());
                let command_line = boot::COMMAND_LINE_BYTES as u32 - 1;
                page.put(boot::CMDLINE_SIZE, &command_line.to_le_bytes());
            }
        }
        page.put(boot::TYPE_OF_LOADER, &[LOADER_KEXEC]);
        page.put(boot::LOADFLAGS, &[0]);
        page.put(boot::SETUP_DATA, &[0; 8]);
    }

    fn set_memory(&mut self, map: &[E820Entry]) {
        let (first, rest) = map.split_at(map.len().min(boot::E820_TABLE_ENTRIES));
        self.page.put(boot::E820_ENTRIES, &[first.len() as u8]);
        self.page.put(boot::E820_TABLE, &memory::table(first));
        if !rest.is_empty() {
            self.add(boot::SETUP_E820_EXT, memory::table(rest));
        }
        let kib = memory::extended_kib(map);
        self.page.put(boot::EXT_MEM_K, &(kib.min(EXT_MEM_K_MAX) as u16).to_le_bytes());
        self.page.put(boot::ALT_MEM_K, &(kib.min(u32::MAX.into()) as u32).to_le_bytes());
    }

    /// Runtime services are handed on where 64-bit EFI booted the machine, and the running kernel uses them.
    fn set_efi(&mut self, running: &[u8; boot::BOOT_PARAMS_BYTES], efi: &Efi) {
        let u32_at = |offset| super::fields::u32_at(running, offset);
        if u32_at(boot::EFI_LOADER_SIGNATURE) != Some(boot::EFI64_SIGNATURE)
            || u32_at(boot::EFI_MEMDESC_VERSION) != Some(EFI_MEMDESC_VERSION)
            || efi.runtime_map.is_empty()
        {
            return;
        }
        for memory in &efi.runtime_map {
            self.efi_map.extend(u64::from(memory.kind).to_le_bytes());
            let rest = [memory.physical, memory.virtual_address, memory.pages, memory.attribute];
            self.efi_map.extend(rest.into_iter().flat_map(u64::to_le_bytes));
        }
        let map_bytes = self.efi_map.len() as u32;
        setup_data::pad(&mut self.efi_map);

        self.page.copy(running, boot::EFI_INFO);
        self.page.copy(running, boot::SECURE_BOOT..boot::SECURE_BOOT + 1);
        self.page.put(boot::EFI_MEMDESC_SIZE, &EFI_MEMDESC_BYTES.to_le_bytes());
        self.page.put(boot::EFI_MEMMAP_SIZE, &map_bytes.to_le_bytes());

        // The second is `__unused`.
        let addresses = [efi.fw_vendor, 0, efi.config_table, efi.smbios];
        let mut data: Vec<u8> = addresses.into_iter().flat_map(u64::to_le_bytes).collect();
        data.resize(data.len() + EFI_SETUP_RESERVED, 0);
        self.add(boot::SETUP_EFI, data);
    }

    fn add(&mut self, kind: u32, data: Vec<u8>) {
        self.setup_data.push(SetupData { kind, data });
    }
}
