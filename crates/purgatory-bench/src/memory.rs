//! The memory that contenders verify: populated pages, huge ones if the system has them.

use anyhow::{Context, Result};
use memmap2::{Advice, MmapMut};

/// Returns memory with pseudo-random bytes.
///
/// # Errors
///
/// Returns an error if the system has not enough memory.
pub fn random(bytes: usize) -> Result<MmapMut> {
    let mut memory = map(bytes)?;
    // Marsaglia's xorshift64. Any content works that no implementation has a fast path for.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for word in memory.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
    }
    Ok(memory)
}

/// Returns memory with zeros. They are written, because all unwritten pages would be the same zero page.
///
/// # Errors
///
/// Returns an error if the system has not enough memory.
pub fn zeros(bytes: usize) -> Result<MmapMut> {
    let mut memory = map(bytes)?;
    memory.fill(0);
    Ok(memory)
}

fn map(bytes: usize) -> Result<MmapMut> {
    let memory = MmapMut::map_anon(bytes);
    let memory =
        memory.with_context(|| format!("cannot allocate {} MiB of memory", bytes >> 20))?;
    // The stock kernels map the memory that a purgatory verifies with large pages. Without them the bench works, but is
    // slower.
    let _ = memory.advise(Advice::HugePage);
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_random_memory_are_unique() {
        let memory = random(4099).unwrap();
        let mut words: Vec<_> = memory.chunks(8).collect();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), 513);
    }

    #[test]
    fn zeros_are_zero() {
        assert!(zeros(4099).unwrap().iter().all(|byte| *byte == 0));
    }

    #[test]
    fn rejects_more_memory_than_the_address_space_has() {
        let error = zeros(1 << 50).unwrap_err().to_string();
        assert_eq!(error, "cannot allocate 1073741824 MiB of memory");
    }
}
