//! How long it takes to load a capture kernel: `purgatory load`, and both of the ways that `kexec` has, in one machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::case::Image;
use super::cases::native::{PANIC, PROCESSORS_4};
use super::files::Setup;
use super::load;
use super::state::{COMMAND_LIMIT, State};
use crate::guest::running::Guest;
use crate::workspace;

/// A loader: the name of its figure, and its command before the files.
type Loader = (&'static str, &'static str);

/// `kexec` digests as it loads, and has the kernel do so with `-s`.
const LOADERS: [Loader; 3] = [
    ("load-purgatory", "purgatory load --panic"),
    ("load-kexec-c", "kexec -c -p"),
    ("load-kexec-s", "kexec -s -p"),
];

/// The median time that each loader takes, by the host's clock, in a machine with four processors and the newest kernel.
/// They take turns; a round before the `rounds` that count does not.
///
/// # Errors
/// The machine does not start, or a loader fails.
pub fn medians(rounds: u32) -> Result<Vec<(&'static str, Duration)>> {
    let state = State::boot(&Arc::new(Setup::newest()?), PROCESSORS_4, Image::BzImage);
    let guest = state.start(&workspace::runs().join("native-loading"), None)?;
    let mut times = LOADERS.map(|_| Vec::new());
    for round in 0..=rounds {
        for ((_, loader), times) in LOADERS.iter().zip(&mut times) {
            let time = time(&guest, loader)?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    let medians = times.into_iter().map(|times| median(times).context("no rounds"));
    LOADERS.iter().zip(medians).map(|((name, _), median)| Ok((*name, median?))).collect()
}

fn time(guest: &Guest, loader: &str) -> Result<Duration> {
    let command = load::command(loader, &PANIC);
    let started = Instant::now();
    guest.run(&command, COMMAND_LIMIT)?;
    Ok(started.elapsed())
}

/// The middle one, or the later of the two in the middle.
fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value_and_none_for_no_values() {
        let median = |times: &[u64]| {
            median(times.iter().copied().map(Duration::from_secs).collect()).map(|m| m.as_secs())
        };
        assert_eq!(median(&[9, 1, 3]), Some(3));
        assert_eq!(median(&[4, 1, 3, 9]), Some(4));
        assert_eq!(median(&[]), None);
    }
}
