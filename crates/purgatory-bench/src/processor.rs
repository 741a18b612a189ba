//! The processor that the bench runs on.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;

/// Returns the processor's name, from /proc/cpuinfo.
///
/// # Errors
///
/// Returns an error if the file cannot be read.
pub fn name() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo").context("cannot read /proc/cpuinfo")?;
    Ok(name_in(&text).unwrap_or("unknown").to_owned())
}

fn name_in(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(": ").map(|(_, name)| name)
}

/// Pins this thread to the last CPU that it may run on, because most interrupts go to the first one. Returns its
/// number.
///
/// # Errors
///
/// Returns an error if a system call fails.
pub fn pin() -> Result<usize> {
    let allowed = sched_getaffinity(None).context("cannot read the CPU affinity of this thread")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|cpu| allowed.is_set(*cpu));
    let last = last.context("the CPU affinity of this thread is empty")?;
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one)
        .with_context(|| format!("cannot pin this thread to CPU {last}"))?;
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_the_model_name() {
        assert_eq!(name_in("processor\t: 0\nmodel name\t: Zen: 5\n"), Some("Zen: 5"));
    }

    #[test]
    fn accepts_a_processor_without_name() {
        assert_eq!(name_in("processor\t: 0\n"), None);
    }

    #[test]
    fn pinned_thread_has_one_cpu() {
        // In a new thread: the other threads of this process are not pinned.
        let count = std::thread::spawn(|| {
            pin().unwrap();
            sched_getaffinity(None).unwrap().count()
        });
        assert_eq!(count.join().unwrap(), 1);
    }
}
