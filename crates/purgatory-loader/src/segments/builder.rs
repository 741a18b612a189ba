//! Builds an image from segments.

use super::error::BuildError;
use super::new_kernel::NewKernel;
use super::placer::{Direction, Placer};
use crate::elf::Blob;
use crate::image::{Image, Layout};
use crate::native::{Options, SealedSize};
use crate::segment::{Segment, SegmentId};
use alloc::vec::Vec;
use core::ops::Range;
use object::elf::ELFMAG;
use purgatory_abi::native::{SEGMENTS, SegmentKind};
use purgatory_abi::{EntryRegs, PAGE};
use purgatory_sha256::Implementation;

/// Collects the segments of an image. It rejects every image that kexec_load(2) would reject
/// (`sanity_check_segment_list` in `kernel/kexec_core.c`), or later the purgatory. A previously loaded kernel then
/// stays loaded. The limits on memory are checked only after [`Builder::set_total_memory`] and
/// [`Builder::set_required_free`].
///
/// ```
/// use purgatory_abi::EntryRegs;
/// use purgatory_abi::native::SegmentKind;
/// use purgatory_loader::segments::{BuildError, Builder, Placer};
/// use purgatory_loader::Segment;
///
/// let address = 0x100_0000;
/// let entry = EntryRegs { rip: address, ..EntryRegs::default() };
/// let mut builder = Builder::new(Placer::over([0x100_0000..0x400_0000])?, entry);
/// let (kind, payload) = (SegmentKind::Kernel, [0xf4; 5000][..].into());
/// builder.add(Segment { kind, address, payload, zeros: 0 })?;
/// assert_eq!(builder.segments()[0].range(), 0x100_0000..0x100_2000, "whole pages");
///
/// let error = builder.add(builder.segments()[0].clone()).unwrap_err();
/// assert!(matches!(error, BuildError::Overlap { .. }));
/// // Then `builder.finish(&blob, &options, implementation, progress)`.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder<'a> {
    placer: Placer,
    entry: EntryRegs,
    segments: Vec<Segment<'a>>,
    purgatory_address: Option<u64>,
    total_memory: Option<u64>,
    required_free: u64,
}

/// An image that is ready to be loaded: the arguments of kexec_load(2).
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    /// Physical address at which the image is entered: that of the purgatory's first instruction.
    pub entry: u64,
    /// The segments in the order in which they were added, then the purgatory.
    pub segments: Vec<Segment<'a>>,
}

impl<'a> Builder<'a> {
    /// Starts an image without segments, in the RAM of `placer`. The purgatory jumps to the target kernel with `entry`.
    /// The purgatory is not placed in memory that is reserved in `placer`. Segments may be placed by `placer` or by the
    /// caller.
    ///
    /// For a crash image, the RAM is the crash kernel region (`Crash kernel` in `/proc/iomem`).
    pub fn new(placer: Placer, entry: EntryRegs) -> Self {
        Self {
            placer,
            entry,
            segments: Vec::new(),
            purgatory_address: None,
            total_memory: None,
            required_free: 0,
        }
    }

    /// Starts an image with all segments and the entry of `kernel`, which `placer` has placed.
    ///
    /// # Errors
    ///
    /// As for [`Builder::add`].
    pub fn of_kernel(placer: Placer, kernel: NewKernel<'a>) -> Result<Self, BuildError> {
        let mut builder = Self::new(placer, kernel.entry);
        kernel.segments.into_iter().try_for_each(|segment| builder.add(segment))?;
        Ok(builder)
    }

    /// Sets the physical address of the purgatory. By default, it takes the highest free place, as `bzImage64_load` in
    /// `arch/x86/kernel/kexec-bzimage64.c` does.
    pub fn set_purgatory_address(&mut self, address: u64) {
        self.purgatory_address = Some(address);
    }

    /// Sets the bytes of memory of the running kernel (`MemTotal` in `/proc/meminfo`). [`Builder::finish`] then
    /// rejects an image of more than half of them, as the running kernel does. By default, this is not checked.
    pub fn set_total_memory(&mut self, bytes: u64) {
        self.total_memory = Some(bytes);
    }

    /// Sets how many bytes of the RAM must stay free: the running kernel puts the page tables of a crash image into the
    /// crash kernel region too (`kimage_alloc_crash_control_pages` in `kernel/kexec_core.c`). By default, all may be
    /// used.
    pub fn set_required_free(&mut self, bytes: u64) {
        self.required_free = bytes;
    }

    /// Returns the segments that were added. Zero padding fills their last pages.
    pub fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// Adds a segment. Its zero padding is extended to the end of its last page, because the kernel zeroes that page.
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] about the segment: too many segments, its kind, no bytes, or its address. The image is
    /// then unchanged.
    pub fn add(&mut self, mut segment: Segment<'a>) -> Result<(), BuildError> {
        let (kind, index) = (segment.kind, self.segments.len());
        if kind == SegmentKind::Purgatory {
            return Err(BuildError::OwnSegment { index });
        }
        // One segment is the purgatory's own.
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

    /// Places the purgatory, computes all digests and seals it. `progress` is called often, with the number of digested
    /// bytes of payload and the total; the last call has the total twice.
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] about the whole image or the purgatory's own segment.
    pub fn finish(
        mut self,
        blob: &Blob<'_>,
        options: &Options,
        implementation: Implementation,
        progress: impl FnMut(u64, u64),
    ) -> Result<Ready<'a>, BuildError> {
        self.one_elfcorehdr()?;
        let layout = Layout::of(blob)?;
        let size = SealedSize::of(layout.memsz(), &self.segments)?.in_pages();
        let address = self.place_purgatory(&layout, size.memsz)?;
        let mut image = Image::place(blob, address)?;
        image.seal_in(size, self.entry, &self.segments, options, implementation, progress)?;
        let entry = image.entry();
        let payload = image.into_bytes();
        let zeros = size.memsz - payload.len() as u64;
        let (kind, payload) = (SegmentKind::Purgatory, payload.into());
        self.segments.push(Segment { kind, address, payload, zeros });
        Ok(Ready { entry, segments: self.segments })
    }

    /// Checks that the running kernel cannot mistake another segment for elfcorehdr.
    fn one_elfcorehdr(&self) -> Result<(), BuildError> {
        let is_elfcorehdr = |segment: &Segment<'_>| segment.kind == SegmentKind::Elfcorehdr;
        let Some(real) = self.segments.iter().position(is_elfcorehdr) else { return Ok(()) };
        let taken = self.segments.iter().enumerate().find(|(index, segment)| {
            *index != real && (is_elfcorehdr(segment) || segment.payload.starts_with(&ELFMAG))
        });
        match taken {
            Some((index, _)) => Err(BuildError::LooksLikeElfcorehdr {
                segment: self.id_of(index),
                elfcorehdr: self.id_of(real),
            }),
            None => Ok(()),
        }
    }

    /// Places the purgatory, and checks the memory that the whole image needs.
    fn place_purgatory(&mut self, layout: &Layout, memsz: u64) -> Result<u64, BuildError> {
        let base = match self.purgatory_address {
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
        let of_segments = self.segments.iter().map(Segment::memory_bytes).sum::<u64>();
        let bytes = of_segments.saturating_add(memsz);
        if let Some(memory) = self.total_memory.filter(|memory| bytes > memory / 2) {
            return Err(BuildError::HalfOfMemory { bytes, memory });
        }
        let free = self.placer.free().iter().map(|range| range.end - range.start).sum();
        if free < self.required_free {
            return Err(BuildError::TooLittleFree { free, needed: self.required_free });
        }
        Ok(base)
    }

    /// Returns the id of a segment with these bytes at this address, if its address is valid.
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

    /// Returns the id of the added segment with this index.
    fn id_of(&self, index: usize) -> SegmentId {
        let segment = &self.segments[index];
        SegmentId { kind: segment.kind, index, range: segment.range() }
    }
}
