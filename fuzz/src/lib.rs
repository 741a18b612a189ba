//! Fuzz targets for every reader of foreign bytes. `cargo xtask fuzz` builds and runs them.
//!
//! | target | readers |
//! | --- | --- |
//! | `object` | purgatory objects: search, parser, contracts, placement, symbols |
//! | `image` | loaded images: the loader's decoder, compared with the purgatory's own check |
//! | `tables` | complete runs of the purgatory: tables of each loader, `boot_params`, command line, elfcorehdr |
//! | `report` | the parser of reports |
//! | `files` | the tool's `inspect` and `embed`, and the decoders of compressed kernels |
//! | `system` | `/proc` and `/sys`, kernels and command lines: everything up to the system call |
//!
//! Each target writes its seeds into its corpus when it starts. The test objects are those of the host tests.

pub mod fields;
pub mod machine;

use std::fs;
use std::path::PathBuf;

/// Writes the seeds of a target into its corpus, the first directory of the command line.
pub fn write_seeds(seeds: &[Vec<u8>]) {
    let mut arguments = std::env::args().skip(1);
    let Some(corpus) = arguments.find(|argument| !argument.starts_with('-')).map(PathBuf::from)
    else {
        return;
    };
    if corpus.is_file() {
        // A single input, to be repeated.
        return;
    }
    fs::create_dir_all(&corpus).expect("the corpus can be created");
    for (index, seed) in seeds.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{index}")), seed).expect("a seed can be written");
    }
}
