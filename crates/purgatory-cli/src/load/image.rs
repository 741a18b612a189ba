//! Makes the image.

use super::facts::Facts;
use crate::kexec::KexecError;
use purgatory_loader::build::{Builder, Placer, Ready};
use purgatory_loader::kernel::{Inputs, NewKernel, image};
use purgatory_loader::{Blob, Options};
use purgatory_sha256::Backend;
use std::path::Path;

/// Finds a place for everything, and makes the digests with `backend`. `path` is the kernel's, for errors.
pub(super) fn make<'a>(
    inputs: &Inputs<'a>,
    facts: &Facts,
    blob: &Blob<'_>,
    options: &Options,
    backend: Backend,
    path: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Ready<'a>, KexecError> {
    let mut placer = Placer::over(facts.memory.iter().cloned())?;
    let NewKernel { segments, entry } = image(inputs, &mut placer)
        .map_err(|error| KexecError::Image { path: path.to_owned(), error })?;
    let mut builder = Builder::new(placer);
    builder.memory(facts.memory_bytes);
    builder.spare(facts.dump.as_ref().map_or(0, |dump| dump.spare));
    for segment in segments {
        builder.add(segment)?;
    }
    Ok(builder.finish(blob, entry, options, backend, progress)?)
}
