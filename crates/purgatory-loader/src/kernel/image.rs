//! Segments and registers of a target kernel.
//!
//! The kernel gets the lowest free place at or above its preferred address, and everything else the highest. This is as
//! far from the kernel as possible: a kernel that unpacks itself needs no more than `init_size`. The kernel's own
//! loader puts elfcorehdr lowest and the kernel below the rest; the target kernel does not notice the difference.

use super::boot_params::Draft;
use super::{BzImage, ImageError, Kernel, Vmlinux, crash_memory};
use crate::machine::Machine;
use crate::segment::Segment;
use crate::segments::{Direction, NewKernel, Placer, PlacerError};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use alloc::{format, string::String};
use core::ops::Range;
use purgatory_abi::boot::{BootParams, E820_TABLE_ENTRIES};
use purgatory_abi::command_line::Parameters;
use purgatory_abi::linux::ENTRY_64_OFFSET;
use purgatory_abi::native::SegmentKind;
use purgatory_abi::{EntryRegs, PAGE};
use zerocopy::FromBytes;

/// Bytes of [`Inputs::rng_seed`]: `RNG_SEED_LENGTH` of the kernel's loader.
pub const RNG_SEED_BYTES: usize = 32;

/// The lowest address of boot_params and command line: `MIN_BOOTPARAM_ADDR` of the kernel's loader.
const LOWEST: u64 = 0x3000;
/// The lowest address of a bzImage's kernel: `MIN_KERNEL_LOAD_ADDR`.
const LOWEST_KERNEL: u64 = 1 << 20;
/// The lowest address of the initrd: `MIN_INITRD_LOAD_ADDR`.
const LOWEST_INITRD: u64 = 16 << 20;
/// The end of the 32-bit address space.
const GIB_4: u64 = 1 << 32;
/// The maximum number of ranges that a kernel accepts: `E820_MAX_ENTRIES` of `arch/x86/include/asm/e820/types.h`, with
/// 1024 nodes.
const MEMORY_RANGES: usize = E820_TABLE_ENTRIES + 3 * 1024;

/// The target kernel, and the facts that the loader passes to it.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The kernel.
    pub kernel: &'a Kernel<'a>,
    /// Its initrd, if it has one. An empty initrd counts as none.
    pub initrd: Option<&'a [u8]>,
    /// Its command line, without `elfcorehdr=`, which is added at the start for a capture kernel.
    pub command_line: &'a str,
    /// The machine.
    pub machine: &'a Machine,
    /// The facts for a capture kernel; `None` for a normal kexec.
    pub crash: Option<Crash<'a>>,
    /// Secret random bytes for the target kernel's random number generator, if available.
    pub rng_seed: Option<[u8; RNG_SEED_BYTES]>,
}

/// The additional facts for a capture kernel.
#[derive(Clone, Debug)]
pub struct Crash<'a> {
    /// The RAM that it may use above the low 1 MiB, physical, half-open: the crash kernel regions, and the kernel's
    /// `crash_cma_ranges`. Only the placer decides where segments go.
    pub regions: &'a [Range<u64>],
    /// The description of the running kernel's memory, an ELF file.
    pub elfcorehdr: &'a [u8],
    /// Bytes of memory for it, at least its length. It may grow to this size on CPU and memory hotplug.
    pub elfcorehdr_bytes: u64,
}

/// Places a kernel, its initrd and its data, and makes its `boot_params`.
///
/// ```
/// use purgatory_loader::kernel::{self, Inputs, Kernel, KernelError};
/// use purgatory_loader::machine::Machine;
/// use purgatory_loader::segments::{NewKernel, Placer};
/// use std::error::Error;
///
/// /// Places a kernel without initrd in 64 MiB of memory.
/// fn place<'a>(
///     kernel: &'a Kernel<'a>,
///     machine: &'a Machine,
/// ) -> Result<NewKernel<'a>, Box<dyn Error>> {
///     let inputs = Inputs {
///         kernel,
///         initrd: None,
///         command_line: "console=ttyS0",
///         machine,
///         crash: None,
///         rng_seed: None,
///     };
///     let mut placer = Placer::over([0x10_0000..0x400_0000])?;
///     Ok(kernel::image(&inputs, &mut placer)?)
/// }
///
/// assert_eq!(Kernel::parse(b"no kernel").unwrap_err(), KernelError::NotKernel);
/// ```
///
/// # Errors
///
/// Returns an [`ImageError`]. `placer` may then have some places in use.
pub fn image<'a>(inputs: &Inputs<'a>, placer: &mut Placer) -> Result<NewKernel<'a>, ImageError> {
    let running = check(inputs)?;
    let mut image = Image { segments: Vec::new(), placer, limit: limit(inputs.kernel) };
    let rip = match inputs.kernel {
        Kernel::BzImage(kernel) => image.bz_image(kernel)?,
        Kernel::Vmlinux(kernel) => image.vmlinux(kernel)?,
    };
    let initrd = match inputs.initrd.filter(|initrd| !initrd.is_empty()) {
        Some(initrd) => image.initrd(inputs.kernel, initrd)?,
        None => 0..0,
    };
    let elfcorehdr = match &inputs.crash {
        Some(crash) => Some(image.elfcorehdr(crash)?),
        None => None,
    };

    let map: Cow<'_, _> = match (&inputs.crash, &elfcorehdr) {
        (Some(crash), Some(at)) => crash_memory(&inputs.machine.memory, crash.regions, at).into(),
        _ => (&inputs.machine.memory).into(),
    };
    if map.len() > MEMORY_RANGES {
        return Err(ImageError::TooManyRanges { count: map.len(), max: MEMORY_RANGES });
    }
    let seed = inputs.rng_seed.as_ref().map(<[u8; _]>::as_slice);
    let draft = Draft::new(inputs.kernel, inputs.machine, running, &map, seed);

    let command_line = command_line(inputs, elfcorehdr.map(|at| at.start))?;
    let low = LOWEST..image.limit;
    let rsi = image.place(SegmentKind::BootParams, draft.bytes(), PAGE, low.clone())?;
    let line = image.place(SegmentKind::CommandLine, command_line.len() as u64, PAGE, low)?;
    image.add(SegmentKind::BootParams, rsi, draft.finish(rsi, &initrd, line).into(), 0)?;
    image.add(SegmentKind::CommandLine, line, command_line.into(), 0)?;
    Ok(NewKernel { segments: image.segments, entry: EntryRegs { rip, rsi, ..EntryRegs::ZERO } })
}

/// An image under construction.
struct Image<'a, 'p> {
    segments: Vec<Segment<'a>>,
    placer: &'p mut Placer,
    /// The end of the memory that the kernel can use before it has a memory map.
    limit: u64,
}

impl<'a> Image<'a, '_> {
    /// Places a bzImage. Returns the address of its first instruction.
    fn bz_image(&mut self, kernel: &BzImage<'a>) -> Result<u64, ImageError> {
        let (memory, alignment) = (kernel.memory_bytes().into(), kernel.alignment().into());
        let within = kernel.preferred_address().max(LOWEST_KERNEL)..self.limit;
        let address = (self.placer).place(memory, alignment, within, Direction::BottomUp);
        let address = no_room(SegmentKind::Kernel, address)?;
        self.add(SegmentKind::Kernel, address, kernel.code().into(), memory)?;
        Ok(address + ENTRY_64_OFFSET)
    }

    /// Reserves the fixed place of a vmlinux. Returns the address of its first instruction.
    fn vmlinux(&mut self, kernel: &Vmlinux<'a>) -> Result<u64, ImageError> {
        for segment in kernel.segments() {
            let placed = self.placer.reserve(segment.range());
            placed.map_err(|why| ImageError::VmlinuxElsewhere { why })?;
            self.segments.push(segment.clone());
        }
        Ok(kernel.entry())
    }

    fn initrd(&mut self, kernel: &Kernel<'_>, initrd: &'a [u8]) -> Result<Range<u64>, ImageError> {
        let end = match kernel {
            Kernel::BzImage(kernel) if !kernel.above_4g() => {
                u64::from(kernel.initrd_address_max()) + 1
            }
            _ => self.limit,
        };
        let bytes = initrd.len() as u64;
        let address = self.place(SegmentKind::Initrd, bytes, PAGE, LOWEST_INITRD..end)?;
        self.add(SegmentKind::Initrd, address, initrd.into(), 0)?;
        Ok(address..address + bytes)
    }

    /// Places elfcorehdr, with all the memory that it may grow to.
    fn elfcorehdr(&mut self, crash: &Crash<'a>) -> Result<Range<u64>, ImageError> {
        let (len, memory) = (crash.elfcorehdr.len() as u64, crash.elfcorehdr_bytes);
        if len > memory {
            return Err(ImageError::ElfcorehdrTooLong { len, memory });
        }
        let address = self.place(SegmentKind::Elfcorehdr, memory, PAGE, LOWEST..self.limit)?;
        self.add(SegmentKind::Elfcorehdr, address, crash.elfcorehdr.into(), memory)?;
        Ok(address..address + memory.next_multiple_of(PAGE))
    }

    /// Reserves the highest place.
    fn place(
        &mut self,
        kind: SegmentKind,
        memory: u64,
        alignment: u64,
        within: Range<u64>,
    ) -> Result<u64, ImageError> {
        no_room(kind, self.placer.place(memory, alignment, within, Direction::TopDown))
    }

    /// Adds a placed segment, with at least this many bytes of memory, in whole pages.
    fn add(
        &mut self,
        kind: SegmentKind,
        address: u64,
        payload: Cow<'a, [u8]>,
        memory: u64,
    ) -> Result<(), ImageError> {
        let bytes = payload.len() as u64;
        let zeros = memory.max(bytes).next_multiple_of(PAGE) - bytes;
        self.segments.push(Segment { kind, address, payload, zeros });
        Ok(())
    }
}

/// Checks everything that does not depend on addresses. Returns the running kernel's boot_params.
fn check<'a>(inputs: &Inputs<'a>) -> Result<Option<&'a BootParams>, ImageError> {
    if let Kernel::BzImage(kernel) = inputs.kernel
        && inputs.machine.five_level_paging
        && !kernel.five_level_paging()
    {
        return Err(ImageError::FiveLevelPaging);
    }
    if inputs.machine.memory.is_empty() {
        return Err(ImageError::NoMemoryMap);
    }
    let Some(running) = &inputs.machine.boot_params else { return Ok(None) };
    let wrong = ImageError::BootParams { len: running.len() };
    BootParams::ref_from_bytes(running).map(Some).map_err(|_| wrong)
}

/// Returns the end of the memory that a kernel can use before it has a memory map.
fn limit(kernel: &Kernel<'_>) -> u64 {
    match kernel {
        Kernel::BzImage(kernel) if !kernel.above_4g() => GIB_4,
        _ => u64::MAX,
    }
}

/// Returns the command line with its terminating zero.
fn command_line(inputs: &Inputs<'_>, elfcorehdr: Option<u64>) -> Result<Vec<u8>, ImageError> {
    if let Some(at) = inputs.command_line.find('\0') {
        return Err(ImageError::CommandLineZero { at });
    }
    if let Some(at) = elfcorehdr.and_then(|_| elfcorehdr_parameter(inputs.command_line)) {
        return Err(ImageError::ElfcorehdrGiven { at });
    }
    let added = elfcorehdr.map_or(String::new(), |at| format!("elfcorehdr={at:#x} "));
    let (len, max) = (added.len() + inputs.command_line.len(), inputs.kernel.command_line_bytes());
    if len as u64 > max {
        return Err(ImageError::CommandLineTooLong { len, added: added.len(), max });
    }
    Ok([added.as_bytes(), inputs.command_line.as_bytes(), b"\0"].concat())
}

/// Returns the offset of the kernel parameter `elfcorehdr=` in a command line.
fn elfcorehdr_parameter(line: &str) -> Option<usize> {
    let mut parameters = Parameters::of(line.as_bytes());
    let given = parameters.find(|p| p.name == b"elfcorehdr" && p.value.is_some())?;
    Some(line.len() - parameters.rest().len() - given.text.len())
}

fn no_room(kind: SegmentKind, place: Result<u64, PlacerError>) -> Result<u64, ImageError> {
    place.map_err(|why| ImageError::NoRoom { kind, why })
}
