//! The backends of `purgatory_sha256`: many messages at once.

use crate::contender::{Candidate, Contender, Verdict};
use crate::image::{Image, Sha256Digest};
use anyhow::{Result, anyhow};
use purgatory_sha256::{Backend, digest_many};

/// What every backend's row starts with.
const PREFIX: &str = "backend-";

/// The backends that this processor has, and of the rows for all others why there is nobody.
pub(super) fn candidates() -> Vec<Candidate> {
    let here: Vec<Backend> = Backend::detected().collect();
    let candidate = |row: &&str| {
        let name = row.strip_prefix(PREFIX)?;
        let backend = here.iter().find(|backend| backend.name() == name);
        let contender = backend.map(|backend| {
            Box::new(Many { backend: *backend, digests: Vec::new() }) as Box<dyn Contender>
        });
        let contender = contender.ok_or_else(|| anyhow!("this processor lacks its instructions"));
        Some(Candidate { name: (*row).to_owned(), contender })
    };
    crate::rows::ROWS.iter().filter_map(candidate).collect()
}

struct Many {
    backend: Backend,
    digests: Vec<Sha256Digest>,
}

impl Contender for Many {
    fn prepare(&mut self, image: &Image, _: &[u8]) -> Result<()> {
        self.digests = vec![Sha256Digest::default(); image.chunks().len()];
        Ok(())
    }

    fn run(&mut self, image: &Image, memory: &[u8]) -> Result<Verdict> {
        let digests = &mut self.digests;
        digest_many(self.backend, image.messages(memory), |index, digest| digests[index] = digest);
        Ok(Verdict::of(image.chunks(), &self.digests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::rows::Content;

    #[test]
    fn every_backend_that_is_here_has_a_row_and_passes() {
        let mut candidates = candidates();
        for backend in Backend::detected() {
            let row = format!("{PREFIX}{}", backend.name());
            let found = candidates.iter_mut().find(|candidate| candidate.name == row);
            let contender = found.expect(&row).contender.as_mut().expect(&row);
            check(contender.as_mut(), Content::Random).expect(&row);
        }
    }

    #[test]
    fn no_other_backend_has_a_contender() {
        let present = candidates().iter().filter(|candidate| candidate.contender.is_ok()).count();
        assert_eq!(present, Backend::detected().count());
    }
}
