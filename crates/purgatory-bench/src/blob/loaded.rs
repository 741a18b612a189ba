//! A purgatory in memory: its tables, and what the ways in which it ends mean.

use super::machine::{self, End, Finished, Mapping, RunError};
use crate::contender::Verdict;
use purgatory_abi::linux::{DIGEST_BYTES, ENTRY64_REGS, REGION_SLOTS, Region, STACK_END};
use purgatory_abi::status::Status;
use purgatory_abi::{boot, kexec_tools, linux, verdict};
use purgatory_loader::contract::Kind;
use purgatory_loader::{Blob, ElfError, Image, Layout, PlaceError, SymbolError};
use std::time::Duration;
use thiserror::Error;
use zerocopy::IntoBytes;

/// How long a purgatory may take: scalar code needs some seconds for a gigabyte.
const LIMIT: Duration = Duration::from_secs(120);

/// The check of the kernel's purgatory (`arch/x86/purgatory/purgatory.c`): returns, or spins for ever.
const LINUX_CHECK: &str = "purgatory";
/// That of kexec-tools' (`purgatory/purgatory.c`): 0, or 1 where the digests differ.
const KEXEC_TOOLS_CHECK: &str = "verify_sha256_digest";

/// Why a purgatory is not loaded, or has not said what it was asked.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BlobError {
    /// It is no object.
    #[error("the purgatory cannot be read: {0}")]
    Elf(#[from] ElfError),
    /// It cannot be placed.
    #[error("the purgatory cannot be placed: {0}")]
    Place(#[from] PlaceError),
    /// It lacks a symbol of its loader's contract.
    #[error("the purgatory is not what its loader expects: {0}")]
    Symbol(#[from] SymbolError),
    /// Its tables are no known loader's.
    #[error("the object has neither the tables of Linux' purgatory nor those of kexec-tools'")]
    Kind,
    /// The table of regions is full.
    #[error("{count} segments, and a purgatory's table holds {REGION_SLOTS}: use fewer")]
    TooManyRegions { count: usize },
    /// It could not be run, or not to its end.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It ended, and that says neither that the image is good nor that it has changed.
    #[error("the purgatory ended without a verdict on the image ({end:?}), and said: {said:?}")]
    NoVerdict { end: End, said: String },
}

/// What of a purgatory is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A function of a stock one, at this address.
    Check(u64),
    /// All of one of ours, from its entry to the jump.
    Whole(u64),
}

/// A purgatory, placed and relocated in memory of this process.
#[derive(Debug)]
pub struct Loaded {
    kind: Kind,
    part: Part,
    image: Image,
    mapping: Mapping,
    /// Its memory is as loaded: it has not run since.
    fresh: bool,
    /// What ours read: an image without a command line, for which they say nothing.
    boot_params: Box<[u8; boot::BOOT_PARAMS_BYTES]>,
}

impl Loaded {
    /// A stock purgatory, of which its own check is to be run.
    ///
    /// # Errors
    /// It is no purgatory, or there is no memory for it.
    pub fn stock(object: &[u8]) -> Result<Self, BlobError> {
        Self::new(object, |kind, image| {
            let check = match kind {
                Kind::Linux => LINUX_CHECK,
                Kind::KexecTools => KEXEC_TOOLS_CHECK,
            };
            Ok(Part::Check(image.symbol(check)?.address))
        })
    }

    /// A purgatory of ours, which is to be run whole.
    ///
    /// # Errors
    /// As for [`Loaded::stock`].
    pub fn ours(object: &[u8]) -> Result<Self, BlobError> {
        Self::new(object, |_, image| Ok(Part::Whole(image.entry())))
    }

    fn new(
        object: &[u8],
        part: impl Fn(Kind, &Image) -> Result<Part, SymbolError>,
    ) -> Result<Self, BlobError> {
        let blob = Blob::parse(object)?;
        let kind = Kind::of(&blob).ok_or(BlobError::Kind)?;
        let bytes = Layout::of(&blob)?.memsz();
        let mapping = Mapping::new(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let image = Image::place(&blob, mapping.addresses().start)?;
        let part = part(kind, &image)?;
        let mut boot_params = Box::new([0; boot::BOOT_PARAMS_BYTES]);
        boot_params[boot::HEADER..][..4].copy_from_slice(&boot::HEADER_MAGIC.to_le_bytes());
        Ok(Self { kind, part, image, mapping, fresh: false, boot_params })
    }

    /// Puts the purgatory in its memory as a loader does, to verify `regions`, which have the one digest.
    ///
    /// # Errors
    /// There are too many regions, or the purgatory lacks a table.
    pub fn load(
        &mut self,
        regions: &[Region],
        digest: &[u8; DIGEST_BYTES],
    ) -> Result<(), BlobError> {
        let count = regions.len();
        let mut table = [Region::default(); REGION_SLOTS];
        let slots = table.get_mut(..count).ok_or(BlobError::TooManyRegions { count })?;
        slots.copy_from_slice(regions);
        let (regions_symbol, digest_symbol) = match self.kind {
            Kind::Linux => (linux::SHA_REGIONS, linux::SHA256_DIGEST),
            Kind::KexecTools => (kexec_tools::SHA256_REGIONS, kexec_tools::SHA256_DIGEST),
        };
        self.image.set_symbol(regions_symbol, table.as_bytes())?;
        self.image.set_symbol(digest_symbol, digest)?;
        if let Part::Whole(_) = self.part {
            self.set_registers()?;
        }
        self.refresh();
        Ok(())
    }

    /// Makes its memory what a loader leaves, tables filled in and the rest zero.
    fn refresh(&mut self) {
        self.mapping.bytes_mut()[..self.image.bytes().len()].copy_from_slice(self.image.bytes());
        self.fresh = true;
    }

    /// The registers of the next kernel, whose entry is the landing.
    fn set_registers(&mut self) -> Result<(), SymbolError> {
        let rip = machine::landing();
        let rsi = self.boot_params.as_ptr().expose_provenance() as u64;
        let rsp = self.image.symbol(STACK_END)?.address;
        match self.kind {
            Kind::Linux => {
                let registers = linux::EntryRegs { rip, rsi, rsp, ..Default::default() };
                self.image.set_symbol(ENTRY64_REGS, registers.as_bytes())
            }
            Kind::KexecTools => {
                let registers = kexec_tools::EntryRegs { rip, rsi, rsp, ..Default::default() };
                self.image.set_symbol(kexec_tools::ENTRY64_REGS, registers.as_bytes())
            }
        }
    }

    /// Runs it: what it found, and how it went. Where it has run before, its memory is first made fresh: a purgatory
    /// never runs twice.
    ///
    /// # Errors
    /// It could not be run, or gave no verdict.
    pub fn run(&mut self) -> Result<(Verdict, Finished), BlobError> {
        if !self.fresh {
            self.refresh();
        }
        self.fresh = false;
        let (Part::Check(entry) | Part::Whole(entry)) = self.part;
        let finished = machine::run(&mut self.mapping, entry, LIMIT)?;
        match verdict(self.kind, self.part, &finished) {
            Some(verdict) => Ok((verdict, finished)),
            None => Err(BlobError::NoVerdict { end: finished.end, said: finished.said }),
        }
    }
}

/// What a run that has ended says of the image.
fn verdict(kind: Kind, part: Part, finished: &Finished) -> Option<Verdict> {
    match (part, kind, finished.end) {
        (Part::Check(_), Kind::Linux, End::Returned(_)) => Some(Verdict::Unchanged),
        (Part::Check(_), Kind::Linux, End::Spins) => Some(Verdict::Changed),
        // An int: the upper half of rax is anything.
        (Part::Check(_), Kind::KexecTools, End::Returned(rax)) => {
            Some(Verdict::of(&0, &(rax as u32)))
        }
        (Part::Whole(_), _, End::Returned(_)) => Some(Verdict::Unchanged),
        (Part::Whole(_), _, End::Halted) => {
            let mut lines = finished.said.lines();
            let status = lines.find_map(|line| verdict::value(line, verdict::key::STATUS))?;
            (status == Status::Mismatch.name()).then_some(Verdict::Changed)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict_of(kind: Kind, part: Part, end: End, said: &str) -> Option<Verdict> {
        verdict(kind, part, &Finished { end, said: said.into(), traps: 0 })
    }

    #[test]
    fn a_stock_purgatory_returns_or_refuses_in_its_own_way() {
        let verdict = |kind, end| verdict_of(kind, Part::Check(0), end, "");
        assert_eq!(verdict(Kind::Linux, End::Returned(5)), Some(Verdict::Unchanged));
        assert_eq!(verdict(Kind::Linux, End::Spins), Some(Verdict::Changed));
        assert_eq!(verdict(Kind::KexecTools, End::Returned(7 << 32)), Some(Verdict::Unchanged));
        assert_eq!(verdict(Kind::KexecTools, End::Returned(1)), Some(Verdict::Changed));
        for (kind, end) in [
            (Kind::Linux, End::Halted),
            (Kind::KexecTools, End::Spins),
            (Kind::KexecTools, End::Halted),
        ] {
            assert_eq!(verdict(kind, end), None);
        }
    }

    #[test]
    fn one_of_ours_jumps_on_or_says_mismatch_and_halts() {
        let verdict = |end, said| verdict_of(Kind::Linux, Part::Whole(0), end, said);
        let mismatch = "purgatory: mismatch\r\npurgatory: verdict version=1 status=mismatch\r\n";
        assert_eq!(verdict(End::Returned(0), ""), Some(Verdict::Unchanged));
        assert_eq!(verdict(End::Halted, mismatch), Some(Verdict::Changed));
        assert_eq!(verdict(End::Halted, "purgatory: verdict version=1 status=fault\r\n"), None);
        assert_eq!(verdict(End::Halted, ""), None);
        assert_eq!(verdict(End::Spins, mismatch), None);
    }
}
