//! A loader without an operating system. It builds an image, copies it to memory, finds it there, verifies the
//! segments, and replaces the kernel. Only `main` needs more than `alloc`.
//!
//! `cargo run -p purgatory-loader --example bare_metal -- target/purgatory/purgatory-native.ro`. The boot shim in
//! `qemu-tests/shim` does this on bare metal, and enters the image.

use purgatory_abi::EntryRegs;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::segments::{Builder, Direction, Placer};
use purgatory_loader::{Blob, Loaded, Options, Segment, update};
use purgatory_sha256::{Implementation, Instructions, digest_many};
use std::error::Error;
use std::ops::Range;

/// The loadable memory.
const RAM: Range<u64> = 0x10_0000..0x50_0000;

/// The memory of the kernel, in bytes.
const KERNEL_MEMORY: u64 = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let object = std::env::args_os().nth(1).ok_or("usage: bare_metal PURGATORY")?;
    let object = std::fs::read(object)?;
    // This vector replaces the physical memory. Its first byte is at the start of `RAM`.
    let mut memory = vec![0; (RAM.end - RAM.start) as usize];

    let entry = load(&mut memory, &object, &[0x90; 300_000])?;
    println!("loaded, entry {entry:#x}");
    println!("corrupted chunks: {:?}", corrupted(&memory)?);
    replace_kernel(&mut memory, &[0xcc; 100_000])?;
    println!("kernel replaced, corrupted chunks: {:?}", corrupted(&memory)?);
    memory[70_000] ^= 1;
    println!("one bit flipped, corrupted chunks: {:?}", corrupted(&memory)?);
    Ok(())
}

/// Loads a kernel and the purgatory. Returns the entry of the purgatory.
fn load(memory: &mut [u8], object: &[u8], kernel: &[u8]) -> Result<u64, Box<dyn Error>> {
    let mut placer = Placer::over([RAM])?;
    let address = placer.place(KERNEL_MEMORY, 1 << 20, RAM, Direction::BottomUp)?;
    let entry = EntryRegs { rip: address, ..EntryRegs::default() };
    let mut builder = Builder::new(placer, entry);
    builder.add(Segment {
        kind: SegmentKind::Kernel,
        address,
        payload: kernel.into(),
        zeros: KERNEL_MEMORY - kernel.len() as u64,
    })?;
    let blob = Blob::parse(object)?;
    let ready = builder.finish(&blob, &Options::default(), implementation()?, |_, _| {})?;
    for segment in &ready.segments {
        let memory = part(memory, segment.address, segment.memory_bytes())?;
        let (bytes, zeros) = memory.split_at_mut(segment.payload.len());
        bytes.copy_from_slice(&segment.payload);
        zeros.fill(0);
    }
    Ok(ready.entry)
}

/// Finds the image. Its header may be anywhere, and the magic also occurs elsewhere.
fn find(memory: &[u8]) -> Result<(u64, Loaded), Box<dyn Error>> {
    let implementation = implementation()?;
    let mut found = Loaded::find(memory).filter_map(|offset| {
        let base = RAM.start + offset as u64;
        Some((base, Loaded::decode(&memory[offset..], base, implementation).ok()?))
    });
    Ok(found.next().ok_or("no image found in memory")?)
}

/// Returns the corrupted chunks: the index of the segment, and the index of the chunk.
fn corrupted(memory: &[u8]) -> Result<Vec<(usize, usize)>, Box<dyn Error>> {
    let (_, loaded) = find(memory)?;
    let (mut corrupted, implementation) = (Vec::new(), implementation()?);
    for (index, segment) in loaded.segments.iter().enumerate().filter(|(_, one)| one.verified) {
        let start = (segment.address - RAM.start) as usize;
        let payload = &memory[start..start + segment.payload as usize];
        digest_many(implementation, payload.chunks(65_536), |chunk, digest| {
            if digest != segment.digests[chunk] {
                corrupted.push((index, chunk));
            }
        });
    }
    Ok(corrupted)
}

/// Replaces the loaded kernel by another one, in the same memory.
fn replace_kernel(memory: &mut [u8], kernel: &[u8]) -> Result<(), Box<dyn Error>> {
    let (base, loaded) = find(memory)?;
    let mut segments = loaded.segments.iter();
    let index = segments.position(|segment| segment.kind == SegmentKind::Kernel);
    let index = index.ok_or("the image has no kernel")?;
    let of_purgatory = &mut memory[(base - RAM.start) as usize..];
    update(of_purgatory, base, index, kernel, implementation()?, |_, _| {})?;
    let memory = part(memory, loaded.segments[index].address, KERNEL_MEMORY)?;
    let (bytes, zeros) = memory.split_at_mut(kernel.len());
    bytes.copy_from_slice(kernel);
    zeros.fill(0);
    Ok(())
}

/// Returns the SHA-256 implementation that runs on every processor.
fn implementation() -> Result<Implementation, Box<dyn Error>> {
    Ok(Implementation::ranked(Instructions::default()).last().ok_or("no SHA-256 implementation")?)
}

/// Returns the memory at a physical address.
fn part(memory: &mut [u8], address: u64, bytes: u64) -> Result<&mut [u8], Box<dyn Error>> {
    let start = address.checked_sub(RAM.start).ok_or("the address is below the memory")? as usize;
    Ok(memory.get_mut(start..start + bytes as usize).ok_or("the range ends above the memory")?)
}
