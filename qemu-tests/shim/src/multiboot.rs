//! What a multiboot loader promises and hands over: the part without a machine.
//!
//! Sources: "Multiboot Specification" 0.6.96, sections 3.2 and 3.3; "Multiboot2 Specification" 2.0, sections 3.3 and
//! 3.6. Nothing that a loader says is believed: every table is read through [`Memory`].

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::fmt;

/// `info.flags`: there is a command line.
const FLAG_COMMAND_LINE: u32 = 1 << 2;
/// `info.flags`: there is a memory map.
const FLAG_MEMORY_MAP: u32 = 1 << 6;
/// Offsets in the information of multiboot.
const COMMAND_LINE: u64 = 16;
const MAP_BYTES: u64 = 44;
const MAP_ADDRESS: u64 = 48;
/// Bytes of a row of its map behind the row's size: address, length, type.
const ROW_BYTES: u32 = 20;
/// Where the type stands in a row, in multiboot behind the row's size, and RAM's.
const ROW_TYPE: usize = 16;
const RAM: u32 = 1;

/// Types of tags of multiboot2, and bytes of a tag's header, of what stands before the first tag, and of what a memory
/// map has before its rows.
const TAG_END: u32 = 0;
const TAG_COMMAND_LINE: u32 = 1;
const TAG_MEMORY_MAP: u32 = 6;
const TAG_HEADER_BYTES: u32 = 8;
const TAG_ALIGN: u32 = 8;
const MAP_HEADER_BYTES: usize = 8;
/// The smallest row of its map: address, length, type, reserved.
const ROW2_BYTES: usize = 24;

/// The longest command line, with the 0 behind it, and the largest table that is read, in bytes.
const COMMAND_LINE_LIMIT: u64 = 4096;
const TABLE_LIMIT: u32 = 0x1_0000;

/// Physical memory.
pub trait Memory {
    /// A copy of the bytes at an address, or nothing where a loader puts no table. kexec-tools uses address 0 too, where no
    /// Rust reference can point to.
    fn copy(&self, address: u64, bytes: u64) -> Option<Vec<u8>>;
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Multiboot.
    Multiboot1,
    /// Multiboot2.
    Multiboot2,
}

impl Protocol {
    const ALL: [Self; 2] = [Self::Multiboot1, Self::Multiboot2];

    /// What EAX holds at the start.
    #[must_use]
    pub const fn magic(self) -> u32 {
        match self {
            Self::Multiboot1 => 0x2bad_b002,
            Self::Multiboot2 => 0x36d7_6289,
        }
    }

    /// What lines call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Multiboot1 => "multiboot1",
            Self::Multiboot2 => "multiboot2",
        }
    }
}

/// Why what the loader handed over makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultibootError {
    /// EAX is neither loader's.
    #[error("eax={0:#x} is the magic of no multiboot loader")]
    Magic(u32),
    /// A table is said to lie where none can.
    #[error("the {what} cannot lie at {address:#x}")]
    Place {
        /// The table.
        what: &'static str,
        /// Where it is said to be.
        address: u64,
    },
    /// A size in a table contradicts the table.
    #[error("the {0} is not as long as it says")]
    Size(&'static str),
    /// Something that the header asks for is not there.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// The command line has no end, or is no text.
    #[error("the command line is no text that ends")]
    Text,
    /// There is a memory map, and no RAM is in it.
    #[error("the memory map has no RAM")]
    NoRam,
}

/// What the loader handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// How.
    pub protocol: Protocol,
    /// The command line. Loaders put the file's name before it.
    pub command_line: String,
    /// Rows of the memory map.
    pub memory_map: usize,
}

impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, command_line, memory_map } = self;
        let (name, magic) = (protocol.name(), protocol.magic());
        write!(f, "{name} magic={magic:#x} cmdline={command_line:?} memory-map={memory_map}")
    }
}

impl Info {
    /// Reads what EAX and EBX of the start say.
    ///
    /// # Errors
    /// It makes no sense.
    pub fn read(memory: &impl Memory, eax: u32, ebx: u32) -> Result<Self, MultibootError> {
        let known = Protocol::ALL.into_iter().find(|protocol| protocol.magic() == eax);
        let protocol = known.ok_or(MultibootError::Magic(eax))?;
        let (command_line, memory_map) = match protocol {
            Protocol::Multiboot1 => read1(memory, ebx.into())?,
            Protocol::Multiboot2 => read2(memory, ebx.into())?,
        };
        Ok(Self { protocol, command_line, memory_map })
    }
}

/// Multiboot: a table of fixed offsets, and flags that say what of it counts.
fn read1(memory: &impl Memory, info: u64) -> Result<(String, usize), MultibootError> {
    let word = |offset| number(memory, "information", info + offset);
    let flags = word(0)?;
    if flags & FLAG_COMMAND_LINE == 0 {
        return Err(MultibootError::Missing("command line"));
    }
    if flags & FLAG_MEMORY_MAP == 0 {
        return Err(MultibootError::Missing("memory map"));
    }
    let address = word(COMMAND_LINE)?.into();
    let line = table(memory, "command line", address, COMMAND_LINE_LIMIT)?;
    let (bytes, address) = (word(MAP_BYTES)?, word(MAP_ADDRESS)?.into());
    if bytes > TABLE_LIMIT {
        return Err(MultibootError::Size("memory map"));
    }
    let map = table(memory, "memory map", address, bytes.into())?;
    let mut rest = map.as_slice();
    let (mut rows, mut has_ram) = (0, false);
    while !rest.is_empty() {
        let (size, row) = split_number(rest).ok_or(MultibootError::Size("memory map"))?;
        let row_bytes = size as usize;
        if size < ROW_BYTES || row.len() < row_bytes {
            return Err(MultibootError::Size("memory map"));
        }
        has_ram |= is_ram(row);
        rows += 1;
        rest = &row[row_bytes..];
    }
    if !has_ram {
        return Err(MultibootError::NoRam);
    }
    Ok((text(&line)?, rows))
}

/// Multiboot2: a size, and tags up to the one that ends them.
fn read2(memory: &impl Memory, info: u64) -> Result<(String, usize), MultibootError> {
    let bytes = number(memory, "information", info)?;
    if !(TAG_HEADER_BYTES..=TABLE_LIMIT).contains(&bytes) {
        return Err(MultibootError::Size("information"));
    }
    let all = table(memory, "information", info, bytes.into())?;
    let mut rest = &all[TAG_HEADER_BYTES as usize..];
    let (mut line, mut rows) = (None, None);
    loop {
        let (kind, after) = split_number(rest).ok_or(MultibootError::Missing("last tag"))?;
        let (size, after) = split_number(after).ok_or(MultibootError::Missing("last tag"))?;
        let payload =
            size.checked_sub(TAG_HEADER_BYTES).and_then(|size| after.get(..size as usize));
        let payload = payload.ok_or(MultibootError::Size("tag"))?;
        match kind {
            TAG_END => break,
            TAG_COMMAND_LINE => line = Some(text(payload)?),
            TAG_MEMORY_MAP => rows = Some(rows2(payload)?),
            _ => {}
        }
        rest = rest.get(size.next_multiple_of(TAG_ALIGN) as usize..).unwrap_or_default();
    }
    let line = line.ok_or(MultibootError::Missing("command line"))?;
    Ok((line, rows.ok_or(MultibootError::Missing("memory map"))?))
}

/// The rows of a memory map of multiboot2.
fn rows2(payload: &[u8]) -> Result<usize, MultibootError> {
    let (row_bytes, _) = split_number(payload).ok_or(MultibootError::Size("memory map"))?;
    let rows = payload.get(MAP_HEADER_BYTES..).ok_or(MultibootError::Size("memory map"))?;
    let row_bytes = row_bytes as usize;
    if row_bytes < ROW2_BYTES || !rows.len().is_multiple_of(row_bytes) {
        return Err(MultibootError::Size("memory map"));
    }
    if !rows.chunks(row_bytes).any(is_ram) {
        return Err(MultibootError::NoRam);
    }
    Ok(rows.len() / row_bytes)
}

fn is_ram(row: &[u8]) -> bool {
    row.get(ROW_TYPE..).and_then(split_number).is_some_and(|(kind, _)| kind == RAM)
}

fn text(bytes: &[u8]) -> Result<String, MultibootError> {
    let line = CStr::from_bytes_until_nul(bytes).map_err(|_| MultibootError::Text)?;
    line.to_str().map(str::to_owned).map_err(|_| MultibootError::Text)
}

fn table(
    memory: &impl Memory,
    what: &'static str,
    address: u64,
    bytes: u64,
) -> Result<Vec<u8>, MultibootError> {
    memory.copy(address, bytes).ok_or(MultibootError::Place { what, address })
}

fn number(memory: &impl Memory, what: &'static str, address: u64) -> Result<u32, MultibootError> {
    let bytes = table(memory, what, address, 4)?;
    split_number(&bytes).map(|(number, _)| number).ok_or(MultibootError::Place { what, address })
}

/// The number that bytes start with, and what stands behind it.
fn split_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
#[path = "multiboot_tests.rs"]
mod tests;
