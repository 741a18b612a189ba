//! The report that a fault requires.
//!
//! It is computed from the changed memory, by the documented contracts: not by the code of the purgatory.

use crate::image::{Digested, Image, Tables};
use anyhow::Result;
use purgatory_abi::Loader;
use purgatory_abi::native::MAGIC;
use purgatory_abi::report::{DigestOf, Line, Report};
use purgatory_abi::status::Status;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Bytes of a chunk.
const CHUNK: usize = 65_536;

/// What a fault changed, and the report that it requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// Nothing changed that the purgatory uses: the image must be started.
    Start,
    /// The changed code runs before anything checks it: it is that of a stock purgatory, or the first instructions of
    /// one of ours. Either end is right.
    StartOrReport,
    /// A failure with one of these statuses.
    Report(Vec<Status>),
    /// A digest mismatch with these digests of all regions.
    Digest {
        /// The digest in the table.
        expected: [u8; 32],
        /// The digest of memory.
        actual: [u8; 32],
    },
    /// A digest mismatch of these native segments.
    Segments(Vec<Corrupted>),
}

/// The corruption of one native segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrupted {
    /// The index of the segment.
    pub index: u8,
    /// The number of corrupted chunks, and the first of them.
    pub chunks: Option<(u64, u64)>,
    /// The digest of the first corrupted chunk, as loaded and now.
    pub digests: Option<[[u8; 32]; 2]>,
    /// The address of the first byte of the zero padding that is not zero.
    pub first_nonzero: Option<u64>,
}

/// The statuses with which a changed table of regions may be reported.
const TABLE: [Status; 5] = [
    Status::Mismatch,
    Status::RegionWraps,
    Status::RegionUnmapped,
    Status::RegionCoversPurgatory,
    Status::RegionsOverlap,
];

/// Returns the requirement for the memory as it is now.
///
/// # Errors
///
/// Returns an error if the image has no memory where its tables are.
pub fn required(image: &mut Image) -> Result<Required> {
    let tables = image.tables.clone();
    let mut changed = |part: &Range<u64>| -> Result<bool> {
        let start = (part.start.saturating_sub(tables.own.start)) as usize;
        let before = image.own.get(start..start + (part.end - part.start) as usize);
        Ok(!part.is_empty() && before != Some(image.ram.bytes(part.clone())?))
    };
    if image.loader == Loader::Native {
        let (list, first) = (changed(&tables.list)?, changed(&tables.first)?);
        let contents = repaired(image)?;
        let header = (tables.header.end - tables.header.start) as usize;
        for (is_changed, statuses) in [
            (
                contents[..header] != image.own[..header],
                vec![Status::HeaderCorrupted, Status::HeaderUnknown],
            ),
            (contents[header..] != image.own[header..contents.len()], vec![Status::CodeCorrupted]),
            (list, vec![Status::ListCorrupted]),
        ] {
            if is_changed {
                return Ok(Required::Report(statuses));
            }
        }
        return match segments(image)? {
            Required::Start if first => Ok(Required::StartOrReport),
            required => Ok(required),
        };
    }
    if changed(&(tables.first.end..tables.checked.end))? && !changed(&tables.first)? {
        return Ok(Required::Report(vec![Status::CodeCorrupted]));
    }
    if changed(&tables.registers)? {
        return Ok(Required::Report(vec![
            Status::RegistersInvalid,
            Status::EntryUnmapped,
            Status::EntryTooHigh,
        ]));
    }
    if changed(&tables.list)? {
        return Ok(Required::Report(TABLE.to_vec()));
    }
    let code = changed(&tables.code)? && !changed(&tables.digest)?;
    let mut of_memory = Sha256::new();
    let mut corrupted = false;
    for (segment, loaded) in image.digested.iter().zip(&image.loaded) {
        let now = image.ram.bytes(segment.range())?;
        of_memory.update(&now);
        corrupted |= now != loaded;
    }
    let mut expected = [0; 32];
    expected.copy_from_slice(image.ram.bytes(tables.digest)?);
    let actual = of_memory.finalize().into();
    Ok(match (code, expected == actual) {
        (true, _) if corrupted => Required::Report(Status::ALL.to_vec()),
        (true, _) => Required::StartOrReport,
        (false, true) => Required::Start,
        (false, false) => Required::Digest { expected, actual },
    })
}

/// Returns header and code of the native purgatory as they are after their repair.
fn repaired(image: &mut Image) -> Result<Vec<u8>> {
    let Tables { header, code, copies, .. } = image.tables.clone();
    let mut contents = image.ram.bytes(header.start..code.end)?.to_vec();
    if copies.is_empty() {
        return Ok(contents);
    }
    repair(&mut contents, image.ram.bytes(copies)?);
    Ok(contents)
}

/// Gives each bit of the contents the value of two of the three copies, if one of `copies` starts with the magic.
fn repair(contents: &mut [u8], copies: &[u8]) {
    let (first, second) = copies.split_at(copies.len() / 2);
    if first.starts_with(&MAGIC) || second.starts_with(&MAGIC) {
        for (byte, (first, second)) in contents.iter_mut().zip(first.iter().zip(second)) {
            *byte = *byte & first | *byte & second | first & second;
        }
    }
}

/// Returns the requirement for the native segments.
fn segments(image: &mut Image) -> Result<Required> {
    let mut all = Vec::new();
    for (segment, loaded) in image.digested.iter().zip(&image.loaded) {
        let now = image.ram.bytes(segment.range())?;
        if let Some(corrupted) = corruption(segment, loaded, now) {
            all.push(corrupted);
        }
    }
    Ok(if all.is_empty() { Required::Start } else { Required::Segments(all) })
}

/// Compares a segment with its bytes as loaded.
fn corruption(segment: &Digested, loaded: &[u8], now: &[u8]) -> Option<Corrupted> {
    let (loaded, _) = loaded.split_at(segment.payload as usize);
    let (payload, zeros) = now.split_at(segment.payload as usize);
    let pairs = || loaded.chunks(CHUNK).zip(payload.chunks(CHUNK));
    let mut differ = (0..).zip(pairs()).filter(|(_, (a, b))| a != b);
    let first = differ.next();
    let chunks = first.map(|(index, _)| (1 + differ.count() as u64, index));
    let digests = first.map(|(_, (a, b))| [a, b].map(|chunk| Sha256::digest(chunk).into()));
    let nonzero = zeros.iter().position(|byte| *byte != 0);
    let first_nonzero = nonzero.map(|at| segment.start + segment.payload + at as u64);
    (digests.is_some() || first_nonzero.is_some()).then_some(Corrupted {
        index: segment.index,
        chunks,
        digests,
        first_nonzero,
    })
}

impl Required {
    /// Reports whether the report is exactly the required one.
    #[must_use]
    pub fn is_met_by(&self, report: &Report<'_>) -> bool {
        let Some(verdict) = report.verdict() else { return false };
        match self {
            Self::Start => false,
            // The report of a fault is exact if it is complete: the code that it reports is the corrupted one.
            Self::StartOrReport => true,
            Self::Report(statuses) => statuses.contains(&verdict.status),
            Self::Digest { expected, actual } => {
                let digest = |of| {
                    report.lines.iter().find_map(|line| match line {
                        Line::Digest(line) if line.of == of => Some(line.digest),
                        _ => None,
                    })
                };
                verdict.status == Status::Mismatch
                    && digest(DigestOf::ExpectedImage) == Some(*expected)
                    && digest(DigestOf::ActualImage) == Some(*actual)
            }
            Self::Segments(corrupted) => {
                verdict.status == Status::Mismatch
                    && reported(report).is_some_and(|reported| reported == *corrupted)
            }
        }
    }
}

/// Returns the corrupted segments of a native report, in the form of [`Required::Segments`].
fn reported(report: &Report<'_>) -> Option<Vec<Corrupted>> {
    let corrupted = report.segments()?.into_iter().filter_map(|found| {
        let corruption = found.segment.corruption;
        let chunks = corruption.map(|found| (found.corrupted, found.first));
        let digests = found.chunk.map(|chunk| [chunk.expected, chunk.actual]);
        let first_nonzero = found.first_nonzero;
        (corruption.is_some() || first_nonzero.is_some()).then_some(Corrupted {
            index: found.segment.index,
            chunks,
            digests,
            first_nonzero,
        })
    });
    Some(corrupted.collect())
}

#[cfg(test)]
mod tests;
