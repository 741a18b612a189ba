//! The region table: checks the sixteen raw slots of a loader.

use purgatory_abi::linux::REGION_SLOTS;

use purgatory_abi::Region;
use purgatory_abi::status::{Defect, Status};

/// Regions that do not wrap, do not overlap each other and do not overlap the purgatory.
#[derive(Clone, Copy, Debug)]
pub struct Regions<'m>(&'m [Region; REGION_SLOTS]);

impl<'m> Regions<'m> {
    /// Checks the raw table of a loader. `own` is the memory of the purgatory itself.
    ///
    /// # Errors
    ///
    /// Returns [`Status::RegionWraps`], [`Status::RegionCoversPurgatory`] or [`Status::RegionsOverlap`] for the first
    /// slot that is wrong.
    #[inline(never)]
    pub fn check(raw: &'m [Region; REGION_SLOTS], own: Region) -> Result<Self, Defect> {
        for (slot, region) in used(raw) {
            let defect = |status| Defect { status, slot: Some(slot), address: region.start };
            if region.last().is_none() {
                return Err(defect(Status::RegionWraps));
            }
            if region.overlaps(own) {
                return Err(defect(Status::RegionCoversPurgatory));
            }
            if used(raw).any(|(other, earlier)| other < slot && region.overlaps(earlier)) {
                return Err(defect(Status::RegionsOverlap));
            }
        }
        Ok(Self(raw))
    }

    /// Returns the used slots, in the order in which they are digested.
    pub fn used(&self) -> impl Iterator<Item = (u8, Region)> {
        used(self.0)
    }
}

/// Returns the used slots of a raw table: those with a length.
pub fn used(raw: &[Region; REGION_SLOTS]) -> impl Iterator<Item = (u8, Region)> {
    raw.iter()
        .zip(0u8..)
        .filter(|(region, _)| region.len != 0)
        .map(|(region, slot)| (slot, *region))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Region = Region { start: 0x10_0000, len: 0x8000 };

    fn table(regions: &[(u64, u64)]) -> [Region; REGION_SLOTS] {
        let mut raw = [Region::default(); REGION_SLOTS];
        for (slot, (start, len)) in raw.iter_mut().zip(regions) {
            *slot = Region { start: *start, len: *len };
        }
        raw
    }

    fn defect(status: Status, slot: u8, address: u64) -> Option<Defect> {
        Some(Defect { status, slot: Some(slot), address })
    }

    fn check(regions: &[(u64, u64)]) -> Option<Defect> {
        Regions::check(&table(regions), OWN).err()
    }

    #[test]
    fn accepts_adjacent_regions_empty_slots_and_sixteen_regions() {
        assert_eq!(check(&[]), None);
        assert_eq!(check(&[(0x1000, 0x1000), (0, 0), (0x2000, 0x1000)]), None);
        let all: Vec<_> = (1..=16).map(|n| (n * 0x1000, 0x1000)).collect();
        assert_eq!(check(&all), None);
        assert_eq!(Regions::check(&table(&all), OWN).map(|r| r.used().count()), Ok(16));
    }

    #[test]
    fn rejects_a_region_that_passes_the_end_of_the_address_space() {
        assert_eq!(check(&[(u64::MAX - 0xfff, 0x1000)]), None);
        assert_eq!(
            check(&[(u64::MAX - 0xfff, 0x1001)]),
            defect(Status::RegionWraps, 0, u64::MAX - 0xfff)
        );
        assert_eq!(check(&[(0x1000, u64::MAX)]), defect(Status::RegionWraps, 0, 0x1000));
    }

    #[test]
    fn rejects_a_region_that_shares_a_byte_with_the_purgatory() {
        assert_eq!(check(&[(0xf_0000, 0x1_0000), (0x10_8000, 1)]), None);
        assert_eq!(
            check(&[(0xf_0000, 0x1_0001)]),
            defect(Status::RegionCoversPurgatory, 0, 0xf_0000)
        );
        assert_eq!(
            check(&[(1, 1), (0x10_7fff, 1)]),
            defect(Status::RegionCoversPurgatory, 1, 0x10_7fff)
        );
        assert_eq!(check(&[(0, 0x100_0000)]), defect(Status::RegionCoversPurgatory, 0, 0));
    }

    #[test]
    fn rejects_overlapping_regions() {
        assert_eq!(
            check(&[(0x1000, 0x1000), (0x1fff, 1)]),
            defect(Status::RegionsOverlap, 1, 0x1fff)
        );
        assert_eq!(
            check(&[(0x1800, 1), (0x1000, 0x1000)]),
            defect(Status::RegionsOverlap, 1, 0x1000)
        );
    }
}
