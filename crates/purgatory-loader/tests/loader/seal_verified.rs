//! Tests the library with the purgatory's own code: it verifies built and updated images, and detects corruption.

use crate::native;
use crate::seal::{REGS, scalar};
use purgatory::loader::native::{RawTables, plan};
use purgatory::memory::{Memory, Unmapped};
use purgatory::verify::{Corruptions, Outcome, chunks};
use purgatory_abi::native::{Header, SegmentKind};
use purgatory_abi::status::Status;
use purgatory_abi::{EntryRegs, Region};
use purgatory_loader::segments::{Builder, NewKernel, Placer};
use purgatory_loader::{Blob, Options, Segment, update};
use std::iter::once;
use zerocopy::FromBytes;

const KERNEL: u64 = 0x100_0000;

/// Size of the test purgatory in its file, and in memory without the list.
const FILE_BYTES: usize = 0x240;
const MEMORY_BYTES: u64 = 0x340;

/// A machine with the memory after kexec_load(2): the address and the bytes of each segment.
struct Machine(Vec<(u64, Vec<u8>)>);

/// Indices of the segments.
const KERNEL_SLOT: usize = 0;
const INITRD_SLOT: usize = 2;
const PURGATORY_SLOT: usize = 3;

impl Memory for Machine {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        let mut pieces = self.0.iter().filter_map(|(start, bytes)| {
            let rest = bytes.get(address.checked_sub(*start)? as usize..)?;
            Some(&rest[..rest.len().min(max as usize)])
        });
        pieces.find(|rest| !rest.is_empty()).ok_or(Unmapped { address })
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        let run = self.run(address, len)?;
        let end = address + run.len() as u64;
        if run.len() as u64 == len { Ok(run) } else { Err(Unmapped { address: end }) }
    }
}

impl Machine {
    /// Loads a kernel, an elfcorehdr, an initrd and the purgatory.
    fn loaded() -> Self {
        let object = native::purgatory().write();
        let blob = Blob::parse(&object).unwrap();
        let entry = EntryRegs { rip: KERNEL, rsi: 0, ..REGS };
        let placer = Placer::over(once(0x10_0000..0x1000_0000)).unwrap();
        let of = |kind, address, payload: Vec<u8>, zeros| {
            let payload = payload.into();
            Segment { kind, address, payload, zeros }
        };
        let segments = vec![
            of(SegmentKind::Kernel, KERNEL, kernel(150_000, 1), 200_000),
            of(SegmentKind::Elfcorehdr, 0x200_0000, b"\x7fELF".to_vec(), 0),
            of(SegmentKind::Initrd, 0x300_0000, vec![2; 65_537], 0),
        ];
        let builder = Builder::of_kernel(placer, NewKernel { segments, entry }).unwrap();
        let ready = builder.finish(&blob, &Options::default(), scalar(), |_, _| {}).unwrap();
        let in_memory = ready.segments.iter().map(|segment| {
            let mut bytes = segment.payload.to_vec();
            bytes.resize(segment.memory_bytes() as usize, 0);
            (segment.address, bytes)
        });
        Self(in_memory.collect())
    }

    /// Returns the result of the purgatory's verification.
    fn verify(&self) -> Outcome<Corruptions> {
        let (base, own) = &self.0[PURGATORY_SLOT];
        let (header, _) = Header::read_from_prefix(own).unwrap();
        let tables = RawTables {
            header: &header,
            code: &own[size_of::<Header>()..FILE_BYTES],
            repaired: 0,
            sha_ni: None,
        };
        let plan = plan(&tables, Region { start: *base, len: MEMORY_BYTES }, self);
        chunks(&plan.attempts[0], scalar(), self)
    }

    /// Makes the purgatory expect another kernel.
    fn update(&mut self, payload: &[u8]) {
        let (base, own) = &mut self.0[PURGATORY_SLOT];
        update(own, *base, KERNEL_SLOT, payload, scalar(), |_, _| {}).unwrap();
    }

    /// Writes another kernel into the memory of the first one.
    fn write(&mut self, payload: &[u8]) {
        let memory = &mut self.0[KERNEL_SLOT].1;
        memory.fill(0);
        memory[..payload.len()].copy_from_slice(payload);
    }
}

fn kernel(bytes: usize, seed: u8) -> Vec<u8> {
    (0..bytes).map(|at| (at / 251) as u8 ^ seed).collect()
}

#[test]
fn purgatory_verifies_a_built_image() {
    let outcome = Machine::loaded().verify();
    assert_eq!((outcome.status, outcome.defect), (Status::Verified, None));
}

#[test]
fn purgatory_detects_a_corrupted_byte() {
    for (slot, at, chunk) in [(KERNEL_SLOT, 131_072, 2), (INITRD_SLOT, 65_536, 1)] {
        let mut machine = Machine::loaded();
        machine.0[slot].1[at] ^= 1;
        let outcome = machine.verify();
        assert_eq!(outcome.status, Status::Mismatch);
        let corruption = outcome.found.of_segment[slot];
        assert_eq!((corruption.chunks, corruption.first), (1, chunk));
    }
    // The last zero of the kernel's last page, which the builder added.
    let mut machine = Machine::loaded();
    *machine.0[KERNEL_SLOT].1.last_mut().unwrap() = 1;
    let found = machine.verify().found.of_segment[KERNEL_SLOT].first_nonzero;
    assert_eq!(found, Some(KERNEL + machine.0[KERNEL_SLOT].1.len() as u64 - 1));
}

#[test]
fn purgatory_detects_a_corrupted_byte_of_itself() {
    let own = Machine::loaded().0[PURGATORY_SLOT].1.clone();
    let list = MEMORY_BYTES as usize;
    for (at, status) in [
        (100, Status::HeaderCorrupted),
        (size_of::<Header>(), Status::CodeCorrupted),
        (FILE_BYTES - 1, Status::CodeCorrupted),
        (list, Status::ListCorrupted),
    ] {
        let mut machine = Machine::loaded();
        machine.0[PURGATORY_SLOT].1[at] = own[at] ^ 1;
        assert_eq!(machine.verify().status, status, "{at}");
    }
}

#[test]
fn purgatory_verifies_only_the_updated_payload() {
    // The same length, shorter, one chunk more, less again, and the whole memory of the kernel.
    for bytes in [150_000, 5, 196_609, 0, 131_072, 352_256] {
        let mut machine = Machine::loaded();
        let payload = kernel(bytes, 7);
        machine.update(&payload);
        let outcome = machine.verify();
        assert_eq!(outcome.status, Status::Mismatch, "{bytes}: the old payload is still in memory");
        assert!(outcome.found.of_segment[INITRD_SLOT].is_none());
        machine.write(&payload);
        let outcome = machine.verify();
        assert_eq!((outcome.status, outcome.defect), (Status::Verified, None), "{bytes}");
    }
}
