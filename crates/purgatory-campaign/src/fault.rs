//! One fault, chosen by seed and index.

use crate::image::Image;
use crate::ram::{CRASH, Ram};
use crate::target::{Part, Target};
use anyhow::{Context, Result};
use purgatory_abi::PAGE;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// The shape of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One bit flips.
    Bit,
    /// One byte gets another value.
    Byte,
    /// Eight aligned bytes get random values.
    Word,
    /// 2 to 256 bytes get random values.
    Run,
    /// A page becomes zeros.
    PageOfZeros,
    /// A page becomes ones.
    PageOfOnes,
    /// A page is swapped with another one of the crash kernel region.
    SwappedPages,
    /// A block of 64 to 2048 bytes moves by 1 to 64 bytes.
    ShiftedBlock,
}

/// Returns the start of the page with this address.
const fn page_start(address: u64) -> u64 {
    address & !(PAGE - 1)
}

/// The memory that a fault may change: the range of its target that has the chosen address. So a page in a table of 32
/// bytes means these bytes.
struct Bounds(Range<u64>);

impl Bounds {
    /// Returns the part of the page with this address that is inside.
    fn page(&self, at: u64) -> Range<u64> {
        let start = page_start(at);
        start.max(self.0.start)..(start + PAGE).min(self.0.end)
    }

    /// Returns `bytes` bytes from `at`, or as many as are inside.
    fn run(&self, at: u64, bytes: u64) -> Range<u64> {
        at..(at + bytes).min(self.0.end)
    }
}

/// Every kind. Half of the faults are narrow: at most eight bytes.
const KINDS: [Kind; 10] = [
    Kind::Bit,
    Kind::Bit,
    Kind::Byte,
    Kind::Byte,
    Kind::Word,
    Kind::Run,
    Kind::PageOfZeros,
    Kind::PageOfOnes,
    Kind::SwappedPages,
    Kind::ShiftedBlock,
];

/// A fault: new bytes at up to two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The part that it hits first.
    pub target: Target,
    /// Its shape.
    pub kind: Kind,
    /// The changed memory.
    pub changes: Vec<Change>,
}

/// New bytes at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The address of the first byte.
    pub address: u64,
    /// The new bytes.
    pub bytes: Vec<u8>,
}

impl Change {
    fn range(&self) -> Range<u64> {
        self.address..self.address + self.bytes.len() as u64
    }
}

/// The source of random numbers.
struct Random(ChaCha8Rng);

impl Random {
    /// Returns a number less than `end`, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// Chooses a part by its weight.
    fn part<'p>(&mut self, parts: &'p [Part]) -> Option<&'p Part> {
        let all = parts.iter().map(|part| part.target.weight()).sum();
        let mut left = self.below(all);
        parts.iter().find(|part| match left.checked_sub(part.target.weight()) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        })
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

impl Fault {
    /// Chooses a fault for the memory of `image`: a part by its [weight](Target::weight), then a kind and an address.
    ///
    /// # Errors
    ///
    /// Returns an error if the image has no memory where the fault is.
    pub fn choose(image: &mut Image, seed: u64, index: u64) -> Result<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(index);
        let mut random = Random(random);
        let part = random.part(&image.parts).context("an image without parts")?;
        let target = part.target;
        let kind = KINDS[random.below(KINDS.len() as u64) as usize];
        let place = part.address(random.below(part.bytes())).context("a part without memory")?;
        let (at, bounds) = (place.0, Bounds(place.1));
        let changes = changes(&mut image.ram, &mut random, kind, at, &bounds)?;
        Ok(Self { target, kind, changes })
    }

    /// Changes the memory.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no memory at a changed address.
    pub fn apply(&self, ram: &mut Ram) -> Result<()> {
        for change in &self.changes {
            ram.bytes(change.range())?.copy_from_slice(&change.bytes);
        }
        Ok(())
    }
}

/// Returns the new bytes of a change of this kind at `at`.
fn changes(
    ram: &mut Ram,
    random: &mut Random,
    kind: Kind,
    at: u64,
    bounds: &Bounds,
) -> Result<Vec<Change>> {
    let mut read = |addresses: Range<u64>| Ok::<_, anyhow::Error>(ram.bytes(addresses)?.to_vec());
    let bytes_of = |range: &Range<u64>| (range.end - range.start) as usize;
    let change = |range: Range<u64>, bytes| vec![Change { address: range.start, bytes }];
    let page = bounds.page(at);
    Ok(match kind {
        Kind::Bit => {
            let old = read(at..at + 1)?[0];
            change(at..at + 1, vec![old ^ 1 << random.below(8)])
        }
        Kind::Byte => {
            let old = read(at..at + 1)?[0];
            change(at..at + 1, vec![old.wrapping_add(1 + random.below(255) as u8)])
        }
        Kind::Word | Kind::Run => {
            let most = if kind == Kind::Word { 8 } else { 2 + random.below(255) };
            let run = bounds.run(at, most);
            let bytes = random.bytes(bytes_of(&run));
            change(run, bytes)
        }
        Kind::PageOfZeros => change(page.clone(), vec![0; bytes_of(&page)]),
        Kind::PageOfOnes => change(page.clone(), vec![0xff; bytes_of(&page)]),
        Kind::SwappedPages => {
            let other = page_start(CRASH.start + random.below(CRASH.len)) + page.start % PAGE;
            let there = other..other + bytes_of(&page) as u64;
            let (ours, theirs) = (read(page.clone())?, read(there.clone())?);
            [change(page, theirs), change(there, ours)].concat()
        }
        Kind::ShiftedBlock => {
            let distance = 1 + random.below(64);
            let block = read(bounds.run(at, 64 + random.below(1985)))?;
            let moved = bounds.run(at + distance, block.len() as u64);
            let bytes =
                block[..block.len().min(moved.end.saturating_sub(moved.start) as usize)].to_vec();
            vec![Change { address: moved.start, bytes }]
        }
    })
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} in {:?}", self.kind, self.target)?;
        for change in &self.changes {
            let Range { start, end } = change.range();
            write!(f, ", {} bytes at {start:#x}", end - start)?;
        }
        Ok(())
    }
}
