//! The progress of the digests, on standard error if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

const STYLE: &str = "digests {bar:40} {bytes} of {total_bytes}";

/// The time before the bar appears: shorter work needs no bar.
const LONG: Duration = Duration::from_millis(500);

/// Returns a function that shows the number of digested bytes and the total.
pub(crate) fn bar() -> impl FnMut(u64, u64) {
    let style = ProgressStyle::with_template(STYLE).expect("it is the same in every run");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style);
    let started = Instant::now();
    move |done, all| {
        if bar.is_hidden() && started.elapsed() >= LONG {
            // The target draws nothing if standard error is not a terminal.
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(all);
        bar.set_position(done);
        if done == all {
            bar.finish_and_clear();
        }
    }
}
