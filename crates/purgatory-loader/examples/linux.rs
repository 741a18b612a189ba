//! Makes the image of a kernel for an example machine, and prints the addresses of its segments. It loads nothing.
//!
//! `cargo run -p purgatory-loader --features std --example linux -- PURGATORY KERNEL [INITRD]`, with
//! `target/purgatory/purgatory-native.ro` as the purgatory.

use purgatory_loader::kernel::{Inputs, Kernel, image};
use purgatory_loader::machine::{E820Entry, E820Kind, Machine};
use purgatory_loader::segments::{Builder, Placer, Ready};
use purgatory_loader::{Blob, Options};
use purgatory_sha256::Implementation;
use std::error::Error;
use std::{env, fs};

/// The machine's RAM: 639 KiB of the first MiB, and the rest of the first GiB.
const RAM: [(u64, u64); 2] = [(0, 0x9_fc00), (0x10_0000, 0x3ff0_0000)];

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<Vec<u8>> = env::args_os().skip(1).map(fs::read).collect::<Result<_, _>>()?;
    let (object, kernel, initrd) = match files.as_slice() {
        [object, kernel] => (object, kernel, None),
        [object, kernel, initrd] => (object, kernel, Some(initrd.as_slice())),
        _ => return Err("usage: linux PURGATORY KERNEL [INITRD]".into()),
    };
    let (kernel, machine) = (Kernel::parse(kernel)?, machine());
    let inputs = Inputs {
        kernel: &kernel,
        initrd,
        command_line: "console=ttyS0",
        machine: &machine,
        crash: None,
        rng_seed: None,
    };
    print(&build(&Blob::parse(object)?, &inputs)?);
    Ok(())
}

fn machine() -> Machine {
    let ram = RAM.map(|(start, size)| E820Entry { start, size, kind: E820Kind::Ram });
    Machine { memory: ram.into(), ..Machine::default() }
}

fn build<'a>(blob: &Blob<'_>, inputs: &Inputs<'a>) -> Result<Ready<'a>, Box<dyn Error>> {
    let mut placer = Placer::over(RAM.map(|(start, size)| start..start + size))?;
    // The purgatory contains the addresses of all segments, so it is placed last.
    let new_kernel = image(inputs, &mut placer)?;
    let mut builder = Builder::of_kernel(placer, new_kernel)?;
    builder.set_total_memory(RAM.iter().map(|(_, size)| size).sum());
    let implementation = Implementation::detected().next().ok_or("no SHA-256 implementation")?;
    let progress = |done, all| eprint!("\rdigested {done} of {all} bytes");
    let ready = builder.finish(blob, &Options::default(), implementation, progress)?;
    eprintln!();
    Ok(ready)
}

fn print(ready: &Ready<'_>) {
    println!("{:<14} {:>12} {:>12} {:>12}", "segment", "address", "bytes", "memory");
    for segment in &ready.segments {
        let (kind, bytes) = (segment.kind.name(), segment.payload.len());
        let (address, memory) = (segment.address, segment.memory_bytes());
        println!("{kind:<14} {address:>#12x} {bytes:>12} {memory:>12}");
    }
    println!("entry {:#x}", ready.entry);
}
