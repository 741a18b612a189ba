//! How far the digests are: on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

const STYLE: &str = "digests {bar:40} {bytes} of {total_bytes}";

/// What is done sooner is done before anybody can read of it.
const LONG: Duration = Duration::from_millis(500);

/// What is told the bytes that are done, and all that there are.
pub(crate) fn bar() -> impl FnMut(u64, u64) {
    let style = ProgressStyle::with_template(STYLE).expect("it is the same in every run");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style);
    let started = Instant::now();
    move |done, all| {
        if bar.is_hidden() && started.elapsed() >= LONG {
            // Nothing is drawn where it is no terminal.
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(all);
        bar.set_position(done);
        if done == all {
            bar.finish_and_clear();
        }
    }
}
