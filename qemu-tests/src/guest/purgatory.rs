//! The purgatory of a loaded crash image, compared with that of `purgatory-loader` from the same object.

use std::ops::Range;

use anyhow::{Context, Result, anyhow, bail, ensure};
use memchr::memmem;
use purgatory_abi::linux::{ENTRY64_REGS, REGION_SLOTS, SHA_REGIONS, SHA256_DIGEST};
use purgatory_abi::{DIGEST_BYTES, EntryRegs, PAGE, Region};
use purgatory_loader::{Blob, Image, Layout};
use sha2::{Digest, Sha256};
use zerocopy::FromBytes;

use super::memory::Memory;

/// The run of bytes that is looked for is at least this long.
const ENOUGH: usize = 64;

/// A purgatory that Linux has loaded.
#[derive(Debug)]
pub struct Loaded {
    /// Its memory.
    pub range: Range<u64>,
    /// The regions that it is to verify, without those that are not used.
    pub regions: Vec<Region>,
    /// The expected bytes there.
    pub digest: [u8; DIGEST_BYTES],
    /// The registers of the kernel that follows.
    pub registers: EntryRegs,
}

/// Finds `object` in the crash region by those of its bytes that no relocation and no loader changes, places it with
/// `purgatory-loader` for the same address and with the same tables, and compares every byte.
///
/// # Errors
/// It is not there or there twice, or a byte differs.
pub fn find(memory: &Memory, region: Range<u64>, object: &[u8]) -> Result<Loaded> {
    let blob = Blob::parse(object).context("the blob is broken")?;
    let code = Code::of(&blob)?;
    let start = code.find(memory, region)?.start;
    let base = start.checked_sub(code.offset).context("the purgatory is truncated")?;
    let mut image = place(&blob, base)?;
    let range = base..base + image.bytes().len() as u64;

    let registers = table(memory, &mut image, ENTRY64_REGS)?;
    let regions = table(memory, &mut image, SHA_REGIONS)?;
    let digest = table(memory, &mut image, SHA256_DIGEST)?;
    let actual = memory.read(range.clone())?;
    if let Some(at) = image.bytes().iter().zip(&actual).position(|(ours, theirs)| ours != theirs) {
        let (ours, theirs) = (image.bytes()[at], actual[at]);
        let at = base + at as u64;
        bail!("at {at:#x}, Linux has {theirs:#04x}, purgatory-loader {ours:#04x}");
    }

    let regions = <[Region; REGION_SLOTS]>::read_from_bytes(&regions)
        .map_err(|_| anyhow!("{SHA_REGIONS} has another size"))?;
    let regions: Vec<Region> = regions.into_iter().filter(|region| region.len != 0).collect();
    let registers = EntryRegs::read_from_bytes(&registers)
        .map_err(|_| anyhow!("{ENTRY64_REGS} has another size"))?;
    let digest = digest.try_into().map_err(|_| anyhow!("{SHA256_DIGEST} has another size"))?;
    Ok(Loaded { range, regions, digest, registers })
}

impl Loaded {
    /// Whether the regions have the digest, as another implementation than the blob's finds.
    ///
    /// # Errors
    /// A region is no RAM.
    pub fn verifies(&self, memory: &Memory) -> Result<bool> {
        let mut hasher = Sha256::new();
        for region in &self.regions {
            hasher.update(memory.read(region.start..region.start + region.len)?);
        }
        Ok(hasher.finalize()[..] == self.digest)
    }
}

/// The code of an object: it is found by its content, wherever a loader has put it.
#[derive(Debug)]
pub struct Code {
    /// Its longest run of bytes that no relocation and no loader changes.
    run: Vec<u8>,
    /// Bytes of code before the run.
    before: u64,
    /// Bytes of code.
    len: u64,
    /// Bytes before the code where Linux places the object.
    offset: u64,
}

impl Code {
    /// That of `blob`.
    ///
    /// # Errors
    /// It has too little code to be found by.
    pub fn of(blob: &Blob<'_>) -> Result<Self> {
        // Bytes that are the same at two addresses hold no address.
        let (one, other) = (place(blob, PAGE)?, place(blob, PAGE << 20)?);
        let layout = Layout::of(blob).context("the blob has no layout")?;
        let mut sections = blob.loaded_sections().filter(|section| section.executable);
        let code = sections.find_map(|section| {
            let start = usize::try_from(layout.section_offset(section.index)?).ok()?;
            Some(start..start + section.contents.len())
        });
        let code = code.context("the blob has no code")?;
        // Loaders write values into objects that have a name.
        let named: Vec<Range<u64>> = blob
            .symbols()
            .iter()
            .filter(|symbol| symbol.size > 0)
            .filter_map(|symbol| one.symbol(symbol.name).ok())
            .map(|symbol| symbol.address - PAGE..symbol.address - PAGE + symbol.size)
            .collect();
        let changes = |at: &usize| {
            let named = named.iter().any(|object| object.contains(&(*at as u64)));
            named || one.bytes()[*at] != other.bytes()[*at]
        };
        let mut edges: Vec<usize> = vec![code.start];
        edges.extend(code.clone().filter(changes));
        edges.push(code.end);
        let longest = edges.windows(2).max_by_key(|pair| pair[1] - pair[0]).context("no code")?;
        let run = longest[0] + 1..longest[1];
        ensure!(
            run.len() >= ENOUGH,
            "the blob has no {ENOUGH} consecutive bytes of code without an address"
        );
        Ok(Self {
            before: (run.start - code.start) as u64,
            run: one.bytes()[run].to_vec(),
            len: code.len() as u64,
            offset: code.start as u64,
        })
    }

    /// Where it is in `region`.
    ///
    /// # Errors
    /// It is not there, or there twice.
    pub fn find(&self, memory: &Memory, region: Range<u64>) -> Result<Range<u64>> {
        let bytes = memory.read(region.clone())?;
        let mut found = memmem::find_iter(&bytes, &self.run);
        let at = found.next().context("the purgatory is not in the crash region")?;
        ensure!(found.next().is_none(), "the purgatory is in the crash region twice");
        let start = (region.start + at as u64).checked_sub(self.before);
        let start = start.context("the purgatory is truncated")?;
        Ok(start..start + self.len)
    }

    /// Whether `address` is in it, where it is around that address in `region`.
    #[must_use]
    pub fn holds(&self, memory: &Memory, region: &Range<u64>, address: u64) -> bool {
        let start = address.saturating_sub(self.len).max(region.start);
        let around = start..address.saturating_add(self.len).min(region.end);
        self.find(memory, around).is_ok_and(|code| code.contains(&address))
    }
}

fn place(blob: &Blob<'_>, base: u64) -> Result<Image> {
    Image::place(blob, base).context("cannot place the blob")
}

/// Reads a table from the guest and gives it to the image too.
fn table(memory: &Memory, image: &mut Image, name: &str) -> Result<Vec<u8>> {
    let symbol = image.symbol(name)?;
    let bytes = memory.read(symbol.address..symbol.address + symbol.size)?;
    image.set_symbol(name, &bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_once_and_holds_its_own_addresses() {
        let memory = Memory::new(0x20_0000).unwrap();
        let region = 0x10_0000..0x20_0000;
        let run: Vec<u8> = (0..100).collect();
        let code = Code { run: run.clone(), before: 0x10, len: 0x100, offset: 0 };
        let find = || code.find(&memory, region.clone());
        let holds = |address| code.holds(&memory, &region, address);
        assert!(find().unwrap_err().to_string().contains("not in the crash region"));
        assert!(!holds(0x11_0000));
        memory.write(0x11_0010, &run).unwrap();
        assert_eq!(find().unwrap(), 0x11_0000..0x11_0100);
        assert!(holds(0x11_0000) && holds(0x11_00ff));
        assert!(!holds(0x10_ffff) && !holds(0x11_0100) && !holds(0x12_0000));
        memory.write(0x12_0010, &run).unwrap();
        assert!(find().unwrap_err().to_string().contains("twice"));
        memory.write(0x12_0010, &[9]).unwrap();
        memory.write(0x11_0010, &[9]).unwrap();
        assert!(find().is_err() && !holds(0x11_0000));
    }
}
