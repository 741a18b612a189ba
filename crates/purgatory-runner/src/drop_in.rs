//! A drop-in purgatory for Linux or kexec-tools, stock or ours: fills in its tables, and interprets its end.

use crate::error::BlobError;
use crate::machine::{End, Finished};
use crate::resident::{KERNEL_BYTES, Resident, our_verdict, quiet_boot_params};
use crate::verdict::Verdict;
use purgatory_abi::boot::BootParams;
use purgatory_abi::linux::{ENTRY64_REGS, REGION_SLOTS, STACK_END};
use purgatory_abi::{DIGEST_BYTES, Loader, Region};
use purgatory_abi::{kexec_tools, linux};
use purgatory_loader::contract::loader_of;
use purgatory_loader::{Blob, Image, Layout, SymbolError};
use sha2::{Digest, Sha256};
use std::ffi::CString;
use std::time::Duration;
use zerocopy::IntoBytes;

/// The symbols that a loader sets or calls.
#[derive(Clone, Copy, Debug)]
struct Symbols {
    regions: &'static str,
    digest: &'static str,
    /// The function of the stock purgatory that verifies the image. The kernel's (`arch/x86/purgatory/purgatory.c`)
    /// returns, or spins forever on a digest mismatch. That of kexec-tools (`purgatory/purgatory.c`) returns 0, or 1
    /// on a mismatch.
    check: &'static str,
}

impl Symbols {
    /// Returns the symbols of a loader with one digest over all regions.
    fn of(loader: Loader) -> Option<Self> {
        let (regions, digest, check) = match loader {
            Loader::Linux => (linux::SHA_REGIONS, linux::SHA256_DIGEST, "purgatory"),
            Loader::KexecTools => {
                (kexec_tools::SHA256_REGIONS, kexec_tools::SHA256_DIGEST, "verify_sha256_digest")
            }
            Loader::Native => return None,
        };
        Some(Self { regions, digest, check })
    }
}

/// The bytes of the two regions that [`DropIn::load`] adds for a purgatory of this project.
pub const ADDED_BYTES: usize = KERNEL_BYTES + 1;

/// A purgatory, placed and relocated in memory of this process.
#[derive(Debug)]
pub struct DropIn {
    loader: Loader,
    symbols: Symbols,
    /// Of a stock purgatory, only the check runs. Ours runs completely, from its entry to the jump.
    is_stock: bool,
    /// The address of the check or of the entry.
    entry: u64,
    image: Image,
    resident: Resident,
    boot_params: Box<BootParams>,
    command_line: CString,
}

impl DropIn {
    /// Places a stock purgatory, of which only the check will run.
    ///
    /// # Errors
    ///
    /// Returns an error if `object` is not a drop-in purgatory, or if there is no memory for it.
    pub fn stock(object: &[u8]) -> Result<Self, BlobError> {
        Self::new(object, true)
    }

    /// Places a purgatory of this project, which will run completely.
    ///
    /// # Errors
    ///
    /// The same as for [`DropIn::stock`].
    pub fn ours(object: &[u8]) -> Result<Self, BlobError> {
        Self::new(object, false)
    }

    fn new(object: &[u8], is_stock: bool) -> Result<Self, BlobError> {
        let blob = Blob::parse(object)?;
        let loader = loader_of(&blob).ok_or(BlobError::Kind)?;
        let symbols = Symbols::of(loader).ok_or(BlobError::Kind)?;
        let resident = Resident::new(Layout::of(&blob)?.memsz())?;
        let image = Image::place(&blob, resident.base())?;
        let entry = if is_stock { image.symbol(symbols.check)?.address } else { image.entry() };
        let (boot_params, command_line) = (quiet_boot_params(), CString::default());
        Ok(Self { loader, symbols, is_stock, entry, image, resident, boot_params, command_line })
    }

    /// Sets the kernel command line, from which our purgatories read consoles and settings. The default is no command
    /// line.
    pub fn set_command_line(&mut self, line: CString) {
        self.command_line = line;
        let address = self.command_line.as_ptr().expose_provenance() as u64;
        self.boot_params.set_command_line(address);
    }

    /// Loads the purgatory into its memory, with tables for `regions` and their common `digest`. `contents` are the bytes
    /// of the regions.
    ///
    /// For a purgatory of this project, the start of a kernel and of `boot_params` are added as regions, as the loaders
    /// do, and to the digest if `digest` is that of `contents`.
    ///
    /// # Errors
    ///
    /// Returns an error if there are too many regions, or if the purgatory lacks a table.
    pub fn load(
        &mut self,
        regions: &[Region],
        digest: &[u8; DIGEST_BYTES],
        contents: &[&[u8]],
    ) -> Result<(), BlobError> {
        let boot_params = Region { start: self.boot_params(), len: 1 };
        let added = [self.resident.kernel(), boot_params];
        let added = if self.is_stock { &[] } else { &added[..] };
        let all = [added, regions].concat();
        let count = all.len();
        let mut table = [Region::default(); REGION_SLOTS];
        let slots = table.get_mut(..count).ok_or(BlobError::TooManyRegions { count })?;
        slots.copy_from_slice(&all);
        let digest = if self.is_stock || digest_of(contents) != *digest {
            *digest
        } else {
            let first = &self.boot_params.as_bytes()[..1];
            digest_of(&[&[&[0; KERNEL_BYTES], first], contents].concat())
        };
        self.image.set_symbol(self.symbols.regions, table.as_bytes())?;
        self.image.set_symbol(self.symbols.digest, &digest)?;
        if !self.is_stock {
            self.set_registers()?;
        }
        Ok(self.resident.load(&self.image)?)
    }

    fn boot_params(&self) -> u64 {
        self.boot_params.as_bytes().as_ptr().expose_provenance() as u64
    }

    /// Sets the registers of the target kernel.
    fn set_registers(&mut self) -> Result<(), SymbolError> {
        let (rip, rsi) = (self.resident.kernel_entry(), self.boot_params());
        let rsp = self.image.symbol(STACK_END)?.address;
        match self.loader {
            Loader::Linux | Loader::Native => {
                let registers = purgatory_abi::EntryRegs { rip, rsi, rsp, ..Default::default() };
                self.image.set_symbol(ENTRY64_REGS, registers.as_bytes())
            }
            Loader::KexecTools => {
                let registers = kexec_tools::EntryRegs { rip, rsi, rsp, ..Default::default() };
                self.image.set_symbol(kexec_tools::ENTRY64_REGS, registers.as_bytes())
            }
        }
    }

    /// Runs the purgatory, and returns its verdict.
    ///
    /// # Errors
    ///
    /// Returns an error if the purgatory could not be run, or gave no verdict.
    pub fn run(&mut self) -> Result<(Verdict, Finished), BlobError> {
        let finished = self.finish()?;
        if self.is_stock {
            stock_verdict(self.loader, finished)
        } else {
            our_verdict(finished, self.resident.kernel_entry())
        }
    }

    /// Runs the purgatory without interpreting its end.
    ///
    /// # Errors
    ///
    /// Returns an error if the purgatory could not be run to its end.
    pub fn finish(&mut self) -> Result<Finished, BlobError> {
        Ok(self.resident.run(self.entry)?)
    }

    /// Returns the part of the last run's time that the runner used.
    #[must_use]
    pub fn overhead(&self) -> Duration {
        self.resident.overhead()
    }
}

fn digest_of(contents: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    let mut digest = Sha256::new();
    contents.iter().for_each(|bytes| digest.update(bytes));
    digest.finalize().into()
}

/// Returns the verdict of a stock purgatory's check.
fn stock_verdict(loader: Loader, finished: Finished) -> Result<(Verdict, Finished), BlobError> {
    let verdict = match (loader, finished.end) {
        (Loader::Linux, End::Returned(_)) => Verdict::Intact,
        (Loader::Linux, End::Spins) => Verdict::Corrupted,
        // The result is an int: the upper half of rax is undefined.
        (Loader::KexecTools, End::Returned(rax)) => Verdict::of(&0, &(rax as u32)),
        (_, end) => return Err(BlobError::NoVerdict { end, printed: finished.printed }),
    };
    Ok((verdict, finished))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(loader: Loader, end: End) -> Option<Verdict> {
        stock_verdict(loader, Finished::with(end, "")).ok().map(|(verdict, _)| verdict)
    }

    #[test]
    fn interprets_the_end_of_stock_checks() {
        assert_eq!(verdict(Loader::Linux, End::Returned(5)), Some(Verdict::Intact));
        assert_eq!(verdict(Loader::Linux, End::Spins), Some(Verdict::Corrupted));
        assert_eq!(verdict(Loader::KexecTools, End::Returned(7 << 32)), Some(Verdict::Intact));
        assert_eq!(verdict(Loader::KexecTools, End::Returned(1)), Some(Verdict::Corrupted));
    }

    #[test]
    fn rejects_other_ends() {
        assert_eq!(verdict(Loader::Linux, End::Halted), None);
        assert_eq!(verdict(Loader::KexecTools, End::Spins), None);
        assert_eq!(verdict(Loader::KexecTools, End::Halted), None);
    }
}
