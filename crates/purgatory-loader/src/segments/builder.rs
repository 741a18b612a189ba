//! The image out of its segments.

use super::error::BuildError;
use super::placer::{Direction, Placer};
use crate::elf::Blob;
use crate::image::{Image, Layout};
use crate::native::{Options, sealed_memsz};
use crate::segment::{KexecSegment, Segment, SegmentId};
use alloc::vec::Vec;
use core::ops::Range;
use object::elf::ELFMAG;
use purgatory_abi::native::{SEGMENTS, SegmentKind};
use purgatory_abi::{EntryRegs, PAGE};
use purgatory_sha256::Backend;

/// Collects the segments of an image, and refuses what kexec_load(2) would refuse (`sanity_check_segment_list` in
/// `kernel/kexec_core.c`), or the purgatory when it is needed. What is refused here leaves alone what was loaded before.
#[derive(Clone, Debug)]
pub struct Builder<'a> {
    placer: Placer,
    segments: Vec<Segment<'a>>,
    purgatory: Option<u64>,
    memory: Option<u64>,
    spare: u64,
}

/// An image, ready to be loaded: exactly what kexec_load(2) takes.
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    /// Physical address at which the image is entered: that of the purgatory's first instruction.
    pub entry: u64,
    /// The segments, in the order in which they were added, and the purgatory behind them.
    pub segments: Vec<KexecSegment<'a>>,
}

impl<'a> Builder<'a> {
    /// An image without segments, in the RAM of `placer`. What is reserved there stays free of the purgatory; segments may
    /// have been placed by it or not.
    ///
    /// For a crash image, the RAM is the reserved region (`Crash kernel` in `/proc/iomem`).
    pub fn new(placer: Placer) -> Self {
        Self { placer, segments: Vec::new(), purgatory: None, memory: None, spare: 0 }
    }

    /// Has the purgatory at this physical address, where it else takes the highest place that is free, as
    /// `bzImage64_load` in `arch/x86/kernel/kexec-bzimage64.c` does.
    pub fn purgatory_at(&mut self, address: u64) {
        self.purgatory = Some(address);
    }

    /// Says how many bytes of memory the running kernel has (`MemTotal` in `/proc/meminfo`): it takes no image of more than
    /// half of them. Without it, this is not looked at.
    pub fn memory(&mut self, bytes: u64) {
        self.memory = Some(bytes);
    }

    /// Says how many bytes of the RAM must be left to the kernel: that of a crash image has its page tables in the reserved
    /// region too (`kimage_alloc_crash_control_pages` in `kernel/kexec_core.c`). Without it, all may be used.
    pub fn spare(&mut self, bytes: u64) {
        self.spare = bytes;
    }

    /// The segments so far; zeros fill their last pages.
    pub fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// Adds a segment. Its zeros are made to fill its last page, because that is what the kernel fills it with.
    ///
    /// # Errors
    ///
    /// [`BuildError`], up to [`BuildError::Overlap`]. The image is then as it was.
    pub fn add(&mut self, mut segment: Segment<'a>) -> Result<(), BuildError> {
        let (kind, index) = (segment.kind, self.segments.len());
        if kind == SegmentKind::Purgatory {
            return Err(BuildError::OwnSegment { index });
        }
        // One place is the purgatory's.
        if index + 1 >= SEGMENTS {
            return Err(BuildError::TooManySegments { kind, index });
        }
        let payload = segment.payload.len() as u64;
        let bytes = payload.saturating_add(segment.zeros);
        let id = self.id(kind, index, segment.address, bytes)?;
        segment.zeros = id.range.end - id.range.start - payload;
        self.segments.push(segment);
        self.placer.take(&id.range);
        Ok(())
    }

    /// Places the purgatory, takes all digests and seals it. `progress` is called with the bytes of payload that are
    /// digested, and with how many there are in all: often, the last time with all.
    ///
    /// # Errors
    ///
    /// [`BuildError`], from [`BuildError::NotPageAligned`] on.
    pub fn finish(
        mut self,
        blob: &Blob<'_>,
        entry: EntryRegs,
        options: &Options,
        backend: Backend,
        progress: impl FnMut(u64, u64),
    ) -> Result<Ready<'a>, BuildError> {
        self.one_elfcorehdr()?;
        let layout = Layout::of(blob)?;
        let memsz = sealed_memsz(&layout, &self.segments).next_multiple_of(PAGE);
        let base = self.place_purgatory(&layout, memsz)?;
        let mut image = Image::place(blob, base)?;
        image.seal_in(memsz, entry, &self.segments, options, backend, progress)?;
        let loaded = |segment: Segment<'a>| KexecSegment {
            kind: segment.kind,
            mem: segment.address,
            memsz: memory_bytes(&segment),
            buf: segment.payload,
        };
        let mut segments: Vec<_> = self.segments.into_iter().map(loaded).collect();
        segments.push(KexecSegment {
            kind: SegmentKind::Purgatory,
            mem: base,
            memsz,
            buf: image.bytes().to_vec().into(),
        });
        Ok(Ready { entry: image.entry(), segments })
    }

    /// No segment is taken for elfcorehdr that is not.
    fn one_elfcorehdr(&self) -> Result<(), BuildError> {
        let is_elfcorehdr = |segment: &Segment<'_>| segment.kind == SegmentKind::Elfcorehdr;
        let Some(real) = self.segments.iter().position(is_elfcorehdr) else { return Ok(()) };
        let taken = self.segments.iter().enumerate().find(|(index, segment)| {
            *index != real && (is_elfcorehdr(segment) || segment.payload.starts_with(&ELFMAG))
        });
        match taken {
            Some((index, _)) => Err(BuildError::TakenForElfcorehdr {
                segment: self.id_of(index),
                elfcorehdr: self.id_of(real),
            }),
            None => Ok(()),
        }
    }

    /// Finds the place of the purgatory, and looks at what all of the image takes.
    fn place_purgatory(&mut self, layout: &Layout, memsz: u64) -> Result<u64, BuildError> {
        let base = match self.purgatory {
            Some(address) => {
                let index = self.segments.len();
                let id = self.id(SegmentKind::Purgatory, index, address, memsz)?;
                self.placer.take(&id.range);
                address
            }
            None => self
                .placer
                .place(memsz, layout.alignment(), 0..u64::MAX, Direction::TopDown)
                .map_err(BuildError::NoRoom)?,
        };
        let of_segments = self.segments.iter().map(memory_bytes).sum::<u64>();
        let bytes = of_segments.saturating_add(memsz);
        if let Some(memory) = self.memory.filter(|memory| bytes > memory / 2) {
            return Err(BuildError::HalfOfMemory { bytes, memory });
        }
        let free = self.placer.free().iter().map(|range| range.end - range.start).sum();
        if free < self.spare {
            return Err(BuildError::NothingSpare { free, needed: self.spare });
        }
        Ok(base)
    }

    /// The segment of these bytes at this address, if it may be where it is.
    fn id(
        &self,
        kind: SegmentKind,
        index: usize,
        address: u64,
        bytes: u64,
    ) -> Result<SegmentId, BuildError> {
        if bytes == 0 {
            return Err(BuildError::Empty { kind, index });
        }
        if !address.is_multiple_of(PAGE) {
            return Err(BuildError::NotPageAligned { kind, index, address });
        }
        let memsz = bytes.checked_next_multiple_of(PAGE);
        let Some(end) = memsz.and_then(|memsz| address.checked_add(memsz)) else {
            return Err(BuildError::Wraps { kind, index, address, bytes });
        };
        let segment = SegmentId { kind, index, range: address..end };
        let holds = |ram: &Range<u64>| ram.start <= address && end <= ram.end;
        if !self.placer.ram().iter().any(holds) {
            return Err(BuildError::OutsideRam { segment });
        }
        let others = (0..self.segments.len()).map(|other| self.id_of(other));
        let overlaps = |other: &SegmentId| address < other.range.end && other.range.start < end;
        match others.into_iter().find(overlaps) {
            Some(other) => Err(BuildError::Overlap { segment, other }),
            None => Ok(segment),
        }
    }

    /// The segment of this index, which was added.
    fn id_of(&self, index: usize) -> SegmentId {
        let segment = &self.segments[index];
        let range = segment.address..segment.address + memory_bytes(segment);
        SegmentId { kind: segment.kind, index, range }
    }
}

/// Bytes of memory of a segment that was added: whole pages.
fn memory_bytes(segment: &Segment<'_>) -> u64 {
    segment.payload.len() as u64 + segment.zeros
}
