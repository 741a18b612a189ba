//! Makes the image.

use super::facts::Facts;
use super::request::Request;
use crate::kexec::KexecError;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::Blob;
use purgatory_loader::kernel::{ImageError, Inputs, NewKernel, image};
use purgatory_loader::segments::{BuildError, Builder, Placer, Ready};
use purgatory_sha256::Backend;

/// Finds a place for everything, and makes the digests with `backend`.
pub(super) fn make<'a>(
    request: &Request,
    inputs: &Inputs<'a>,
    facts: &Facts,
    blob: &Blob<'_>,
    backend: Backend,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Ready<'a>, KexecError> {
    let no_room = |kind, why| KexecError::NoRoom { kind, why, slot: request.slot };
    let mut placer = Placer::over(facts.memory.iter().cloned())?;
    let NewKernel { segments, entry } =
        image(inputs, &mut placer).map_err(|error| match error {
            ImageError::NoRoom { kind, why } => no_room(kind, why),
            error => KexecError::Image { path: request.kernel.clone(), error },
        })?;
    let mut builder = Builder::new(placer);
    builder.memory(facts.memory_bytes);
    builder.spare(facts.dump.as_ref().map_or(0, |dump| dump.spare));
    for segment in segments {
        builder.add(segment)?;
    }
    let ready = builder.finish(blob, entry, &request.options, backend, progress);
    ready.map_err(|error| match error {
        BuildError::NoRoom(why) => no_room(SegmentKind::Purgatory, why),
        error => error.into(),
    })
}
