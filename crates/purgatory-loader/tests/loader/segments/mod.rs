//! Images of segments.

mod errors;
mod placer;
mod ranges;
mod ready;

use crate::native;
use crate::seal::{REGS, scalar};
use purgatory_abi::native::SegmentKind;
use purgatory_loader::segments::{BuildError, Builder, Placer, Ready};
use purgatory_loader::{Blob, Options, Segment};

/// The RAM of a test machine: 640 KiB minus a page, and 64 MiB from 16 MiB on.
const RAM: [std::ops::Range<u64>; 2] = [0x1000..0x9_fc00, 0x100_0000..0x500_0000];

fn builder<'a>() -> Builder<'a> {
    Builder::new(Placer::over(RAM).unwrap(), REGS)
}

fn kernel(address: u64, payload: &[u8], zeros: u64) -> Segment<'_> {
    Segment { kind: SegmentKind::Kernel, address, payload: payload.into(), zeros }
}

/// Returns the image of these segments.
fn finish(builder: Builder<'_>) -> Result<Ready<'_>, BuildError> {
    let object = native::purgatory().write();
    let blob = Blob::parse(&object).unwrap();
    builder.finish(&blob, &Options::default(), scalar(), |_, _| {})
}
