//! The tables of purgatory-loader: a header at the start of the purgatory, and a segment digest list after it.

mod options;

use crate::config::{self, Settings};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{Attempt, Chunks, Defect, OwnPart, Plan, Segments};
use crate::warnings::Warnings;
use purgatory_abi::native::{COPIES, ELFCOREHDR_DIGEST, Header, LIST_BYTES};
use purgatory_abi::status::{Status, Warning};
use purgatory_abi::{Loader, Region};
use purgatory_sha256::ShaNi;
use zerocopy::IntoBytes;

/// The tables as the loader wrote them, unchecked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// The header, at the start of the purgatory.
    pub header: &'m Header,
    /// The purgatory's code and constants in memory.
    pub code: &'m [u8],
    /// The lowest address whose eight bytes were repaired from the copies, 0 if nothing was, or the address of the first
    /// copy if there are no copies.
    pub repaired: u64,
    /// The SHA extensions, if the processor has them.
    pub sha_ni: Option<ShaNi>,
}

impl RawTables<'_> {
    /// Returns the memory of the first copy of the contents.
    fn first_copy(&self, own: Region) -> Region {
        Header::first_copy(own.start, (size_of::<Header>() + self.code.len()) as u64)
    }
}

/// Returns the plan for the tables. `own` is the memory of the purgatory itself, without the list.
///
/// Never fails: a defect of the tables is part of the plan, because the purgatory must report it.
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
    let is_intact = own_header.is_some_and(|header| header.is_intact_before_setup(None).0);
    let mut plan = Plan {
        loader: Loader::Native.name(),
        attempts: [Attempt {
            entry: header.entry,
            target: header.entry.rip,
            check: check(tables, own_header, is_intact, own, memory),
            image: Image {
                kernel: header.entry.rip,
                boot_params: header.entry.rsi,
                ..Image::default()
            },
        }],
        settings: Settings::DEFAULT,
        warnings: Warnings::default(),
    };
    if tables.repaired != 0 {
        if tables.repaired != tables.first_copy(own).start {
            plan.warnings.at(Warning::ContentsRepaired, tables.repaired);
        } else if is_intact && header.flags & COPIES != 0 {
            plan.warnings.at(Warning::CopiesMissing, tables.repaired);
        }
    }
    let [attempt] = &mut plan.attempts;
    config::read(memory, &mut attempt.image, &mut plan.settings, &mut plan.warnings);
    if own_header.is_some() {
        // Applied even if the header is corrupted: no failure action starts the image then, and a configured reset is
        // likely to be right.
        options::policy(&header.policy, &mut plan.settings, &mut plan.warnings);
        if !is_intact {
            options::limit_wait(&mut plan.settings);
        }
    }
    if is_intact {
        // Applied only if the header is intact: a corrupted port may belong to another device, and a corrupted kind
        // could suppress the report.
        options::consoles(&header.consoles, &mut plan.settings, &mut plan.warnings);
    }
    plan
}

/// Returns the memory to verify, as far as the tables can be trusted.
fn check<'m, M: Memory>(
    tables: &RawTables<'m>,
    own_header: Option<OwnPart<'m>>,
    is_intact: bool,
    own: Region,
    memory: &'m M,
) -> Chunks<'m> {
    let header = tables.header;
    let defect = |status, address| Defect { status, slot: None, address };
    let mut check = Chunks {
        tables: [own_header, None],
        code: u64::MAX,
        segments: Err(defect(Status::HeaderUnknown, own.start)),
        elfcorehdr: (header.flags & ELFCOREHDR_DIGEST != 0).then_some(&header.elfcorehdr_digest),
    };
    if own_header.is_some() && !is_intact {
        // A corrupted header may give any address for the list, even that of a device.
        check.segments = Err(defect(Status::HeaderCorrupted, own.start));
    }
    let copies =
        if header.flags & COPIES != 0 { tables.first_copy(own) } else { Region::default() };
    if !is_intact || header.check_requests().is_err() || header.copies != copies {
        return check;
    }
    let code = OwnPart {
        address: own.start.wrapping_add(size_of::<Header>() as u64),
        bytes: tables.code,
        expected: &header.code_digest,
        corrupted: Status::CodeCorrupted,
    };
    // The code is verified first, so that corrupted code executes as little as possible.
    let (code_is_intact, difference) = code.is_intact_before_setup(tables.sha_ni);
    if !code_is_intact {
        check.segments = Err(defect(code.corrupted, code.address));
        return check;
    }
    check.code = difference;
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

/// Whether the header has exactly the fields of this version.
fn is_known(header: &Header) -> bool {
    header.check_layout().is_ok() && header.header_bytes as usize == size_of::<Header>()
}

#[cfg(test)]
pub(crate) mod fake_image;
#[cfg(test)]
mod tests;
