//! The front door for images that purgatory-loader made: a header, and a segment digest list behind the image.

mod options;

use crate::check::Chunks;
use crate::config::{self, Image, Settings, Warnings};
use crate::memory::Memory;
use crate::plan::Plan;
use crate::region::Defect;
use crate::segments::Segments;
use purgatory_abi::linux::Region;
use purgatory_abi::native::{Console, FLAGS, Header, LIST_BYTES, MAGIC, VERSION};
use purgatory_abi::status::Status;
use zerocopy::IntoBytes;

/// The name of this door in the verdict.
pub const NAME: &str = "native";

/// The tables as the loader left them: nothing in them is checked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// The header, at the start of the purgatory.
    pub header: &'m Header,
    /// The purgatory's code and constants, as they lie in memory.
    pub code: &'m [u8],
}

/// Something of the purgatory's own that has a digest in the header.
#[derive(Clone, Copy)]
pub struct Own<'m> {
    /// Its physical address.
    pub address: u64,
    /// Its bytes.
    pub bytes: &'m [u8],
    /// What their digest is to be.
    pub expected: &'m [u8; 32],
    /// What it means if it is another one.
    pub damaged: Status,
}

/// Makes a plan of the tables. `own` is the memory of the purgatory itself, without the list.
///
/// There is always a plan: what is wrong with the tables stands in it, since even then someone has to say so.
pub fn plan<'m, M: Memory>(
    tables: &RawTables<'m>,
    own: Region,
    memory: &'m M,
) -> Plan<'m, Chunks<'m>> {
    let header = tables.header;
    let mut plan = Plan {
        door: NAME,
        entry: header.entry,
        target: header.entry.rip,
        check: check(tables, own, memory),
        image: Image {
            kernel: header.entry.rip,
            boot_params: header.entry.rsi,
            ..Image::default()
        },
        settings: Settings::DEFAULT,
        warnings: Warnings::default(),
    };
    config::read(memory, &mut plan);
    if is_known(header) {
        options::apply(header, &mut plan.settings, &mut plan.warnings);
    }
    plan
}

/// What is to be verified, as far as the tables can be believed.
fn check<'m, M: Memory>(tables: &RawTables<'m>, own: Region, memory: &'m M) -> Chunks<'m> {
    let header = tables.header;
    let mut check = Chunks {
        tables: [None; 2],
        code: Own {
            address: own.start.wrapping_add(size_of::<Header>() as u64),
            bytes: tables.code,
            expected: &header.code_digest,
            damaged: Status::CodeDamaged,
        },
        segments: Err(Defect { status: Status::HeaderUnknown, slot: None, address: own.start }),
    };
    if !is_known(header) {
        return check;
    }
    let [own_header, own_list] = &mut check.tables;
    *own_header = Some(Own {
        address: own.start,
        bytes: header.as_bytes().get(Header::DIGESTED_FROM..).unwrap_or_default(),
        expected: &header.header_digest,
        damaged: Status::HeaderDamaged,
    });
    if !asks_for_what_is_known(header) {
        return check;
    }
    let Region { start, len } = header.list;
    let defect = |status, address| Defect { status, slot: None, address };
    check.segments = if len > LIST_BYTES {
        Err(defect(Status::ListMalformed, start))
    } else {
        match memory.whole(start, len) {
            Ok(bytes) => {
                *own_list = Some(Own {
                    address: start,
                    bytes,
                    expected: &header.list_digest,
                    damaged: Status::ListDamaged,
                });
                Segments::check(bytes, start, own)
            }
            Err(unmapped) => Err(defect(Status::ListUnmapped, unmapped.address)),
        }
    };
    check
}

/// Whether the fields are where this version has them.
fn is_known(header: &Header) -> bool {
    header.magic == MAGIC
        && header.version == VERSION
        && header.header_bytes as usize == size_of::<Header>()
}

/// Whether the loader asks for nothing but what this version has.
fn asks_for_what_is_known(header: &Header) -> bool {
    header.flags & !FLAGS == 0
        && header.policy.is_known()
        && header.consoles.iter().all(Console::is_known)
}

#[cfg(test)]
pub(crate) mod loaded;
#[cfg(test)]
mod tests;
