//! The processor that the bench runs on.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;

/// The processor's own name, as Linux has it in /proc/cpuinfo.
///
/// # Errors
/// The file cannot be read.
pub fn name() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo").context("cannot read /proc/cpuinfo")?;
    Ok(name_in(&text).unwrap_or("unknown").to_owned())
}

fn name_in(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(": ").map(|(_, name)| name)
}

/// Keeps this thread on one processor, the last one that it may run on (interrupts like the first), and gives its number.
///
/// # Errors
/// Linux refuses.
pub fn pin() -> Result<usize> {
    let allowed = sched_getaffinity(None).context("cannot ask which processors may be used")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|cpu| allowed.is_set(*cpu));
    let last = last.context("there is no processor that may be used")?;
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one).with_context(|| format!("cannot stay on processor {last}"))?;
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_linux_calls_the_model() {
        assert_eq!(name_in("processor\t: 0\nmodel name\t: Zen: 5\n"), Some("Zen: 5"));
    }

    #[test]
    fn a_processor_may_have_no_name() {
        assert_eq!(name_in("processor\t: 0\n"), None);
    }

    #[test]
    fn a_pinned_thread_has_one_processor() {
        // A thread of its own: others of this process stay free.
        let count = std::thread::spawn(|| {
            pin().unwrap();
            sched_getaffinity(None).unwrap().count()
        });
        assert_eq!(count.join().unwrap(), 1);
    }
}
