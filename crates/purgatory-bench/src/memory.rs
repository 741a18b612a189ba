//! The memory that is verified: pages that are really there, large ones where the system has them.

use anyhow::{Context, Result};
use memmap2::{Advice, MmapMut};

/// Memory full of bytes that look random.
///
/// # Errors
/// The system has no such amount.
pub fn random(bytes: usize) -> Result<MmapMut> {
    let mut memory = map(bytes)?;
    // Marsaglia's xorshift64: any content will do that no implementation takes a short way through.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for word in memory.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
    }
    Ok(memory)
}

/// Memory full of zeros, written: until then all its pages would be one and the same.
///
/// # Errors
/// The system has no such amount.
pub fn zeros(bytes: usize) -> Result<MmapMut> {
    let mut memory = map(bytes)?;
    memory.fill(0);
    Ok(memory)
}

fn map(bytes: usize) -> Result<MmapMut> {
    let memory = MmapMut::map_anon(bytes);
    let memory = memory.with_context(|| format!("cannot get {} MiB of memory", bytes >> 20))?;
    // Both kernels map what a purgatory verifies in large pages. A system without them is not an error: it is slower.
    let _ = memory.advise(Advice::HugePage);
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_memory_has_no_two_words_alike() {
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
    fn more_memory_than_there_can_be_is_refused() {
        let error = zeros(1 << 50).unwrap_err().to_string();
        assert_eq!(error, "cannot get 1073741824 MiB of memory");
    }
}
