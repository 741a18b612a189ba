//! `boot_params`: the facts that the loader passes to a kernel.
//!
//! Source: `setup_boot_parameters` and `setup_efi_state` of `arch/x86/kernel/kexec-bzimage64.c`. This module differs as
//! follows:
//!
//! - Memory map entries that do not fit into the page are passed on; the kernel drops them.
//! - The EFI memory map has entries of 40 bytes, as in kexec-tools, because the running kernel does not export the
//!   rest.
//! - The number of EDD signatures is set, as in kexec-tools. Without it, the target kernel does not read them.
//! - Device trees, IMA measurements and memory that is preserved across kexec (KHO) are not passed on, because the
//!   running kernel does not export them.

use super::setup_data::{self, SetupItem};
use super::{Kernel, memory};
use crate::machine::{E820Entry, Efi, EfiMemory, Machine};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use purgatory_abi::boot::{
    BOOT_FLAG_MAGIC, BootParams, COMMAND_LINE_BYTES, E820_TABLE_ENTRIES,
    EFI_MEMORY_DESCRIPTOR_VERSION, EFI64_SIGNATURE, EfiInfo, EfiMemoryDescriptor, EfiSetupData,
    HEADER_MAGIC, SETUP_E820_EXT, SETUP_EFI, SETUP_RNG_SEED,
};
use zerocopy::{FromZeros, IntoBytes};

/// The number of kexec among boot loaders, and version 0: `Documentation/arch/x86/boot.rst`.
const LOADER_KEXEC: u8 = 0xd0;
/// The largest value of `ext_mem_k`: 63 MiB.
const EXT_MEM_K_MAX: u64 = 0xfc00;
/// Boot protocol 2.12, which has all fields that this module sets.
const VMLINUX_PROTOCOL: u16 = 0x020c;
/// The default for the highest address of an initrd byte: `INITRD_ADDR_MAX` of `header.S`.
const VMLINUX_INITRD_MAX: u32 = 0x7fff_ffff;

/// The segment of `boot_params`, without the addresses that depend on its own address.
#[derive(Debug)]
pub(super) struct Draft {
    page: Box<BootParams>,
    efi_map: Vec<u8>,
    setup_data: Vec<SetupItem>,
}

impl Draft {
    /// Makes the segment. `running` is [`Machine::boot_params`].
    pub(super) fn new(
        kernel: &Kernel<'_>,
        machine: &Machine,
        running: Option<&BootParams>,
        map: &[E820Entry],
        rng_seed: Option<&[u8]>,
    ) -> Self {
        let page = Box::new(BootParams::new_zeroed());
        let mut draft = Self { page, efi_map: Vec::new(), setup_data: Vec::new() };
        draft.set_header(kernel);
        draft.page.acpi_rsdp_addr.set(machine.rsdp.unwrap_or_default());
        if let Some(running) = running {
            draft.copy_hardware(running);
        }
        draft.set_memory(map);
        if let (Some(running), Some(efi)) = (running, &machine.efi) {
            draft.set_efi(running, efi);
        }
        if let Some(seed) = rng_seed {
            draft.add(SETUP_RNG_SEED, seed.to_vec());
        }
        draft
    }

    /// Returns its size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let page = size_of::<BootParams>() + self.efi_map.len();
        page as u64 + setup_data::bytes(&self.setup_data)
    }

    /// Returns its contents for this physical address (a multiple of 16), with the addresses of initrd and command
    /// line.
    pub(super) fn finish(
        mut self,
        address: u64,
        initrd: &Range<u64>,
        command_line: u64,
    ) -> Vec<u8> {
        let page = &mut self.page;
        page.set_initrd(initrd);
        page.set_command_line(command_line);
        let efi_map = address + size_of::<BootParams>() as u64;
        if !self.efi_map.is_empty() {
            page.set_efi_memory_map(efi_map);
        }
        let list = efi_map + self.efi_map.len() as u64;
        if !self.setup_data.is_empty() {
            page.hdr.setup_data.set(list);
        }
        let mut bytes = self.page.as_bytes().to_vec();
        bytes.append(&mut self.efi_map);
        setup_data::write(&self.setup_data, list, &mut bytes);
        bytes
    }

    fn set_header(&mut self, kernel: &Kernel<'_>) {
        let header = &mut self.page.hdr;
        match kernel {
            Kernel::BzImage(kernel) => *header = *kernel.setup_header(),
            // The values of kexec-tools' init_linux_parameters for a kernel without header, with a newer protocol.
            Kernel::Vmlinux(_) => {
                header.root_flags.set(1);
                header.boot_flag.set(BOOT_FLAG_MAGIC);
                header.header.set(HEADER_MAGIC);
                header.version.set(VMLINUX_PROTOCOL);
                header.initrd_addr_max.set(VMLINUX_INITRD_MAX);
                header.cmdline_size.set(COMMAND_LINE_BYTES as u32 - 1);
            }
        }
        header.type_of_loader = LOADER_KEXEC;
        header.loadflags = 0;
        header.setup_data.set(0);
    }

    /// Copies screen, platform and disks from the running kernel.
    fn copy_hardware(&mut self, running: &BootParams) {
        let page = &mut self.page;
        page.screen_info_start = running.screen_info_start;
        page.screen_info_rest = running.screen_info_rest;
        page.hdr.hardware_subarch = running.hdr.hardware_subarch;
        page.eddbuf_entries = running.eddbuf_entries;
        page.edd_mbr_sig_buf_entries = running.edd_mbr_sig_buf_entries;
        page.edd_mbr_sig_buffer = running.edd_mbr_sig_buffer;
        page.eddbuf = running.eddbuf;
    }

    fn set_memory(&mut self, map: &[E820Entry]) {
        let mut table: Vec<_> = map.iter().map(memory::entry).collect();
        let rest = table.split_off(table.len().min(E820_TABLE_ENTRIES));
        self.page.e820_entries = table.len() as u8;
        self.page.e820_table[..table.len()].copy_from_slice(&table);
        if !rest.is_empty() {
            self.add(SETUP_E820_EXT, rest.as_bytes().to_vec());
        }
        let kib = memory::extended_kib(map);
        self.page.ext_mem_k.set(kib.min(EXT_MEM_K_MAX) as u16);
        self.page.alt_mem_k.set(kib.min(u32::MAX.into()) as u32);
    }

    /// Passes on the runtime services if 64-bit EFI booted the machine, and the running kernel uses them.
    fn set_efi(&mut self, running: &BootParams, efi: &Efi) {
        let info = &running.efi_info;
        if info.loader_signature != EFI64_SIGNATURE
            || info.memdesc_version != EFI_MEMORY_DESCRIPTOR_VERSION
            || efi.runtime_map.is_empty()
        {
            return;
        }
        let map: Vec<_> = efi.runtime_map.iter().map(descriptor).collect();
        self.efi_map = map.as_bytes().to_vec();
        let map_bytes = self.efi_map.len() as u32;
        setup_data::pad(&mut self.efi_map);
        let memdesc_size = size_of::<EfiMemoryDescriptor>() as u32;
        self.page.efi_info =
            EfiInfo { memdesc_size: memdesc_size.into(), memmap_size: map_bytes.into(), ..*info };
        self.page.secure_boot = running.secure_boot;
        let tables = EfiSetupData {
            fw_vendor: efi.fw_vendor.into(),
            tables: efi.config_table.into(),
            smbios: efi.smbios.into(),
            ..EfiSetupData::default()
        };
        self.add(SETUP_EFI, tables.as_bytes().to_vec());
    }

    fn add(&mut self, kind: u32, data: Vec<u8>) {
        self.setup_data.push(SetupItem { kind, data });
    }
}

fn descriptor(memory: &EfiMemory) -> EfiMemoryDescriptor {
    EfiMemoryDescriptor {
        kind: memory.kind.into(),
        padding: 0.into(),
        physical: memory.physical.into(),
        virtual_address: memory.virtual_address.into(),
        pages: memory.pages.into(),
        attribute: memory.attribute.into(),
    }
}
