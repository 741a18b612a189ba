//! The loader tables for images that purgatory-loader made: a header, and a segment digest list behind the image.

mod options;

use crate::config::{self, Settings};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{Attempt, Chunks, Defect, OwnPart, Plan, Segments};
use crate::warnings::Warnings;
use purgatory_abi::native::{Header, LIST_BYTES};
use purgatory_abi::status::Status;
use purgatory_abi::{Loader, Region};
use zerocopy::IntoBytes;

/// The tables as the loader left them: nothing in them is checked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// The header, at the start of the purgatory.
    pub header: &'m Header,
    /// The purgatory's code and constants, as they lie in memory.
    pub code: &'m [u8],
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
    let own_header = is_known(header).then(|| OwnPart {
        address: own.start,
        bytes: header.as_bytes().get(Header::DIGESTED_FROM..).unwrap_or_default(),
        expected: &header.header_digest,
        corrupted: Status::HeaderCorrupted,
    });
    let is_sound = own_header.is_some_and(|header| header.is_intact_before_setup());
    let mut plan = Plan {
        loader: Loader::Native.name(),
        attempts: [Attempt {
            entry: header.entry,
            target: header.entry.rip,
            check: check(tables, own_header, is_sound, own, memory),
            image: Image {
                kernel: header.entry.rip,
                boot_params: header.entry.rsi,
                ..Image::default()
            },
        }],
        settings: Settings::DEFAULT,
        warnings: Warnings::default(),
    };
    let [attempt] = &mut plan.attempts;
    config::read(memory, &mut attempt.image, &mut plan.settings, &mut plan.warnings);
    if own_header.is_some() {
        // Even if it is corrupted: no policy starts the image then, and a reset may still be what was meant.
        options::policy(&header.policy, &mut plan.settings);
    }
    if is_sound {
        // Only then: a corrupted port may be anybody's, and a corrupted kind could silence what is said of the corruption.
        options::consoles(&header.consoles, &mut plan.settings, &mut plan.warnings);
    }
    plan
}

/// What is to be verified, as far as the tables can be believed.
fn check<'m, M: Memory>(
    tables: &RawTables<'m>,
    own_header: Option<OwnPart<'m>>,
    is_sound: bool,
    own: Region,
    memory: &'m M,
) -> Chunks<'m> {
    let header = tables.header;
    let defect = |status, address| Defect { status, slot: None, address };
    let mut check = Chunks {
        tables: [own_header, None],
        code: OwnPart {
            address: own.start.wrapping_add(size_of::<Header>() as u64),
            bytes: tables.code,
            expected: &header.code_digest,
            corrupted: Status::CodeCorrupted,
        },
        segments: Err(defect(Status::HeaderUnknown, own.start)),
    };
    if own_header.is_some() && !is_sound {
        // The list may be said to be anywhere, devices included.
        check.segments = Err(defect(Status::HeaderCorrupted, own.start));
    }
    if !is_sound || header.check_requests().is_err() {
        return check;
    }
    let [_, own_list] = &mut check.tables;
    let Region { start, len } = header.list;
    check.segments = if len > LIST_BYTES {
        Err(defect(Status::ListMalformed, start))
    } else {
        match memory.whole(start, len) {
            Ok(bytes) => {
                *own_list = Some(OwnPart {
                    address: start,
                    bytes,
                    expected: &header.list_digest,
                    corrupted: Status::ListCorrupted,
                });
                Segments::check(bytes, start, own)
            }
            Err(unmapped) => Err(defect(Status::ListUnmapped, unmapped.address)),
        }
    };
    check
}

/// Whether the fields are where this version has them, and there are no others.
fn is_known(header: &Header) -> bool {
    header.check_layout().is_ok() && header.header_bytes as usize == size_of::<Header>()
}

#[cfg(test)]
pub(crate) mod fake_image;
#[cfg(test)]
mod tests;
