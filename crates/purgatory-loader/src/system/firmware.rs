//! The firmware's description of the machine, from the running kernel.

use std::format;
use std::fs;
use std::string::{String, ToString};
use std::vec::Vec;

use purgatory_abi::boot::{BOOT_PARAMS_BYTES, BootParams};
use zerocopy::FromBytes;

use super::{System, SystemError, failed, number, optional};
use crate::machine::{E820Entry, E820Kind, Efi, EfiMemory, Machine};

const MEMORY: &str = "sys/firmware/memmap";
const BOOT_PARAMS: &str = "sys/kernel/boot_params/data";
const SYSTAB: &str = "sys/firmware/efi/systab";
const RUNTIME_MAP: &str = "sys/firmware/efi/runtime-map";
const CPUINFO: &str = "proc/cpuinfo";

/// The action if the memory map is missing.
const MEMORY_ADVICE: &str = "the kernel must be built with CONFIG_FIRMWARE_MEMMAP";

/// The action if a part of the EFI facts is missing.
const EFI_ADVICE: &str =
    "boot with efi=noruntime, then the target kernel does not use EFI runtime services either";

impl System {
    /// Reads the facts about the machine.
    ///
    /// # Errors
    /// Returns a [`SystemError`] if the firmware's memory map cannot be read, or a file has an unexpected format.
    pub fn machine(&self) -> Result<Machine, SystemError> {
        let boot_params = self.boot_params()?;
        Ok(Machine {
            memory: self.firmware_memory()?,
            rsdp: self.rsdp(boot_params.as_deref())?,
            boot_params,
            efi: self.efi()?,
            five_level_paging: self.five_level_paging()?,
        })
    }

    /// Reads the memory map of the firmware, sorted by address: one directory for each range
    /// (`drivers/firmware/memmap.c`).
    fn firmware_memory(&self) -> Result<Vec<E820Entry>, SystemError> {
        let mut memory = Vec::new();
        for directory in self.numbered(MEMORY, MEMORY_ADVICE)? {
            let file = |name: &str| [directory.as_str(), name].join("/");
            let start = self.number(&file("start"), MEMORY_ADVICE)?;
            let end = self.number(&file("end"), MEMORY_ADVICE)?;
            let size = end.checked_sub(start).and_then(|size| size.checked_add(1));
            let size = size.ok_or_else(|| {
                self.malformed(&file("end"), &format!("{end:#x}"), "an address above `start`")
            })?;
            let kind = kind(&self.text(&file("type"), MEMORY_ADVICE)?);
            memory.push(E820Entry { start, size, kind });
        }
        memory.sort_unstable();
        Ok(memory)
    }

    fn boot_params(&self) -> Result<Option<Vec<u8>>, SystemError> {
        let Some(bytes) = optional(self.bytes(BOOT_PARAMS, ""))? else { return Ok(None) };
        if bytes.len() != BOOT_PARAMS_BYTES {
            let found = format!("{} bytes", bytes.len());
            return Err(self.malformed(BOOT_PARAMS, &found, "4096 bytes"));
        }
        Ok(Some(bytes))
    }

    fn rsdp(&self, boot_params: Option<&[u8]>) -> Result<Option<u64>, SystemError> {
        let params = boot_params.and_then(|bytes| BootParams::ref_from_bytes(bytes).ok());
        let address =
            params.map(|params| params.acpi_rsdp_addr.get()).filter(|&address| address != 0);
        if address.is_some() {
            return Ok(address);
        }
        Ok(self.systab("ACPI20")?.or(self.systab("ACPI")?))
    }

    /// Reads an address from `systab`: one line `NAME=0x…` for each table (`drivers/firmware/efi/efi.c`).
    fn systab(&self, name: &str) -> Result<Option<u64>, SystemError> {
        let text = optional(self.text(SYSTAB, ""))?.unwrap_or_default();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let parse =
            |value| number(value).ok_or_else(|| self.malformed(SYSTAB, value, "an address"));
        value.map(parse).transpose()
    }

    /// Reads the facts about the EFI runtime services (`drivers/firmware/efi/runtime-map.c`).
    fn efi(&self) -> Result<Option<Efi>, SystemError> {
        let Some(directories) = optional(self.numbered(RUNTIME_MAP, ""))? else { return Ok(None) };
        let mut runtime_map = Vec::new();
        for directory in directories {
            let value = |name: &str| self.number(&[directory.as_str(), name].join("/"), EFI_ADVICE);
            let kind = value("type")?;
            let kind = u32::try_from(kind).map_err(|_| {
                self.malformed(
                    &[directory.as_str(), "type"].join("/"),
                    &kind.to_string(),
                    "32 bits",
                )
            })?;
            runtime_map.push(EfiMemory {
                kind,
                physical: value("phys_addr")?,
                virtual_address: value("virt_addr")?,
                pages: value("num_pages")?,
                attribute: value("attribute")?,
            });
        }
        Ok(Some(Efi {
            runtime_map,
            fw_vendor: self.number("sys/firmware/efi/fw_vendor", EFI_ADVICE)?,
            config_table: self.number("sys/firmware/efi/config_table", EFI_ADVICE)?,
            smbios: self.systab("SMBIOS")?.unwrap_or(0),
        }))
    }

    fn five_level_paging(&self) -> Result<bool, SystemError> {
        let text = self.text(CPUINFO, "mount proc")?;
        let flags = text.lines().find(|line| line.starts_with("flags"));
        Ok(flags.is_some_and(|line| line.split_ascii_whitespace().any(|flag| flag == "la57")))
    }

    /// Returns the directories in `directory` whose names are numbers, in numeric order.
    fn numbered(&self, directory: &str, advice: &'static str) -> Result<Vec<String>, SystemError> {
        let path = self.path(directory);
        let entries = fs::read_dir(&path).map_err(|error| failed(&path, error, advice))?;
        let mut numbers: Vec<u32> = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| failed(&path, error, advice))?.file_name();
            numbers.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers.iter().map(|number| format!("{directory}/{number}")).collect())
    }
}

/// Returns the kind for the kernel's name of it: `e820_type_to_string` in `arch/x86/kernel/e820.c`. Any other name is
/// reserved.
fn kind(name: &str) -> E820Kind {
    match name {
        "System RAM" => E820Kind::Ram,
        "ACPI Tables" => E820Kind::Acpi,
        "ACPI Non-volatile Storage" => E820Kind::Nvs,
        "Unusable memory" => E820Kind::Unusable,
        "Persistent Memory" => E820Kind::Pmem,
        "Persistent Memory (legacy)" => E820Kind::Pram,
        "Soft Reserved" => E820Kind::SoftReserved,
        _ => E820Kind::Reserved,
    }
}
