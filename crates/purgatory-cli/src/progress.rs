//! How far the digests are: on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const STYLE: &str = "digests {bar:40} {bytes} of {total_bytes}";

/// What is told the bytes that are done, and all that there are.
pub(crate) fn bar() -> impl FnMut(u64, u64) {
    let style = ProgressStyle::with_template(STYLE).expect("it is the same in every run");
    // Nothing is drawn where standard error is no terminal.
    let bar = ProgressBar::new(0).with_style(style);
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
        if done == all {
            bar.finish_and_clear();
        }
    }
}
