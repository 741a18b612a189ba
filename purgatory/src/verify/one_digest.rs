//! Verification by one digest over all regions, in the order of their slots.

use super::Outcome;
use crate::key::{Key, difference};
use crate::memory::Memory;
use crate::plan::{Attempt, Defect, OneDigest};
use purgatory_abi::DIGEST_BYTES;
use purgatory_abi::status::Status;
use purgatory_sha256::{Stream, StreamImplementation};

/// Digests all regions of the plan, and compares the digest. If the loader disabled the verification, the status is
/// skipped.
pub fn one_digest<M: Memory>(
    attempt: &Attempt<OneDigest<'_>>,
    implementation: StreamImplementation,
    memory: &M,
) -> Outcome<[u8; DIGEST_BYTES]> {
    let mut outcome = Outcome::default();
    if let Err(defect) = digest(attempt, implementation, memory, &mut outcome) {
        outcome.status = defect.status;
        outcome.defect = Some(defect);
    }
    outcome
}

/// Digests all regions if the entry is mapped, and sets the status by the comparison.
fn digest<M: Memory>(
    attempt: &Attempt<OneDigest<'_>>,
    implementation: StreamImplementation,
    memory: &M,
    outcome: &mut Outcome<[u8; DIGEST_BYTES]>,
) -> Result<(), Defect> {
    let regions = attempt.check.regions?;
    let run = |address, max, status, slot| {
        memory.run(address, max).map_err(|unmapped| Defect {
            status,
            slot,
            address: unmapped.address,
        })
    };
    run(attempt.target, 1, Status::EntryUnmapped, None)?;
    #[cfg(feature = "kexec-tools")]
    if attempt.check.is_skipped() {
        outcome.status = Status::Skipped;
        outcome.key = Key::of(attempt.check.tables_without_checks());
        return Ok(());
    }
    let mut stream = Stream::new(implementation);
    for (slot, region) in regions.used() {
        let (mut at, mut left) = (region.start, region.len);
        while left != 0 {
            let run = run(at, left, Status::RegionUnmapped, Some(slot))?;
            stream.update(run);
            let len = run.len() as u64;
            at = at.wrapping_add(len);
            left = left.saturating_sub(len);
            outcome.bytes = outcome.bytes.wrapping_add(len);
        }
    }
    outcome.found = stream.finish();
    outcome.key = Key::of(difference(&outcome.found, attempt.check.expected));
    if outcome.found != *attempt.check.expected {
        outcome.status = Status::Mismatch;
        return Ok(());
    }
    // After the digest: a wrong region also makes the registers look wrong.
    if !attempt.check.registers_are_valid {
        let status = Status::RegistersInvalid;
        return Err(Defect { status, slot: None, address: attempt.target });
    }
    outcome.status = Status::Verified;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loader::linux::{RawTables, plan};
    use crate::memory::fake::Pieces;
    use purgatory_abi::linux::REGION_SLOTS;
    use purgatory_abi::{EntryRegs, Region};

    const EMPTY: [u8; DIGEST_BYTES] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ];

    fn image() -> Pieces {
        Pieces::default().with(0x10_0000, vec![1; 200_000]).with(0x50_0000, b"initrd".to_vec())
    }

    fn digest_of(memory: &Pieces) -> [u8; DIGEST_BYTES] {
        let mut stream = Stream::new(StreamImplementation::scalar());
        memory.0.iter().for_each(|(_, bytes)| stream.update(bytes));
        stream.finish()
    }

    fn run(
        memory: &Pieces,
        regions: &[(u64, u64)],
        digest: [u8; DIGEST_BYTES],
    ) -> Outcome<[u8; DIGEST_BYTES]> {
        let mut raw = [Region::default(); REGION_SLOTS];
        for (slot, (start, len)) in raw.iter_mut().zip(regions) {
            *slot = Region { start: *start, len: *len };
        }
        let entry = EntryRegs { rip: 0x10_0200, rsi: 0x50_0000, rsp: 1, ..EntryRegs::default() };
        let own = Region { start: 0x9000, len: 0x1000 };
        let tables = RawTables { entry: &entry, regions: &raw, digest: &digest, stack_end: 1 };
        let [mut attempt] = plan(&tables, own).attempts;
        attempt.check.registers_are_valid = true;
        one_digest(&attempt, StreamImplementation::scalar(), memory)
    }

    const REGIONS: [(u64, u64); 3] = [(0x10_0000, 200_000), (0, 0), (0x50_0000, 6)];

    #[test]
    fn verifies_an_intact_image_and_detects_any_changed_byte() {
        let digest = digest_of(&image());
        let good = run(&image(), &REGIONS, digest);
        assert_eq!((good.status, good.bytes, good.found), (Status::Verified, 200_006, digest));
        assert_eq!(good.key, Key::of(0));
        for (piece, offset) in [(0, 0), (0, 65_536), (0, 199_999), (1, 0), (1, 5)] {
            let mut broken = image();
            broken.0[piece].1[offset] ^= 0x10;
            let outcome = run(&broken, &REGIONS, digest);
            assert_eq!((outcome.status, outcome.defect), (Status::Mismatch, None));
            assert_ne!(outcome.found, digest);
            assert_ne!(outcome.key, good.key);
        }
    }

    #[test]
    fn compares_every_byte_of_the_digest() {
        for byte in 0..DIGEST_BYTES {
            let mut digest = digest_of(&image());
            digest[byte] ^= 1;
            assert_eq!(run(&image(), &REGIONS, digest).status, Status::Mismatch);
        }
    }

    #[test]
    fn no_regions_match_only_the_digest_of_the_empty_message() {
        assert_eq!(run(&image(), &[], EMPTY).status, Status::Verified);
        assert_eq!(run(&image(), &[], [0; DIGEST_BYTES]).status, Status::Mismatch);
    }

    #[test]
    fn reports_the_first_unmapped_address_of_a_region() {
        let outcome = run(&image(), &[(0x50_0000, 6), (0x10_0000, 200_001)], EMPTY);
        let defect =
            Defect { status: Status::RegionUnmapped, slot: Some(1), address: 0x10_0000 + 200_000 };
        assert_eq!(
            outcome,
            Outcome {
                status: Status::RegionUnmapped,
                defect: Some(defect),
                bytes: 200_006,
                ..Outcome::default()
            }
        );
    }

    #[test]
    fn does_not_digest_an_invalid_table() {
        let outcome = run(&image(), &[(0x50_0000, 6), (0x50_0000, 1)], EMPTY);
        assert_eq!((outcome.status, outcome.bytes), (Status::RegionsOverlap, 0));
    }

    #[test]
    fn does_not_digest_an_image_whose_entry_is_unmapped() {
        let memory = Pieces::default();
        let outcome = run(&memory, &[], EMPTY);
        assert_eq!(
            (outcome.status, outcome.defect.map(|d| d.address)),
            (Status::EntryUnmapped, Some(0x10_0200))
        );
    }
}
