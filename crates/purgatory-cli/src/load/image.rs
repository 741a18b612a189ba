//! Makes the image.

use super::facts::Facts;
use super::request::Request;
use crate::kexec::KexecError;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::kernel::{ImageError, Inputs, image};
use purgatory_loader::segments::{BuildError, Builder, Placer, Ready};
use purgatory_loader::{Blob, Options};
use purgatory_sha256::Implementation;

/// Places all segments, and computes the digests with `implementation`.
pub(super) fn make<'a>(
    request: &Request,
    inputs: &Inputs<'a>,
    facts: &Facts,
    blob: &Blob<'_>,
    implementation: Implementation,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Ready<'a>, KexecError> {
    let no_room = |kind, why| KexecError::NoRoom { kind, why, kexec_type: request.kexec_type };
    let mut placer = Placer::over(facts.memory.iter().cloned())?;
    let kernel = image(inputs, &mut placer).map_err(|error| match error {
        ImageError::NoRoom { kind, why } => no_room(kind, why),
        error => KexecError::Image { path: request.kernel.clone(), error },
    })?;
    let mut builder = Builder::of_kernel(placer, kernel)?;
    builder.set_total_memory(facts.memory_bytes);
    builder.set_required_free(facts.dump.as_ref().map_or(0, |dump| dump.spare));
    let elfcorehdr_is_final = facts.dump.as_ref().is_some_and(|dump| !dump.update_elfcorehdr);
    let options = Options { elfcorehdr_is_final, ..request.options };
    let ready = builder.finish(blob, &options, implementation, progress);
    ready.map_err(|error| match error {
        BuildError::NoRoom(why) => no_room(SegmentKind::Purgatory, why),
        error => error.into(),
    })
}
