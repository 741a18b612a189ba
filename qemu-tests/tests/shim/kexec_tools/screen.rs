//! `--console-vga` and `--reset-vga`: the screen's memory is read by the host.

use anyhow::{Context, Result, ensure};
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Ending, Outcome};

const BROKEN: &str = "flip=kernel/first";
/// What a VGA adapter shows in its text mode of 80 columns and 25 rows, in pixels.
const TEXT_MODE: (u32, u32) = (720, 400);
/// What the shim writes on the screen's last row.
const LAST_WORDS: &str = "last words of the old kernel";

/// The screen's rows as one text: a line of the report takes two of them where it is long.
fn text(outcome: &Outcome) -> String {
    outcome.screen().concat()
}

fn shows(case: Case, what: &'static str) -> Case {
    case.screen().check(move |outcome| {
        ensure!(text(outcome).contains(what), "the screen does not show {what:?}");
        Ok(())
    })
}

fn does_not_show(case: Case, what: &'static str) -> Case {
    case.screen().check(move |outcome| {
        ensure!(!text(outcome).contains(what), "the screen shows {what:?}");
        Ok(())
    })
}

/// The report begins where the last words end.
fn is_below_the_last_words(outcome: &Outcome) -> Result<()> {
    let rows = outcome.screen();
    let first = rows.iter().position(|row| row.starts_with("purgatory:")).context("no report")?;
    let above = first.checked_sub(1).context("nothing above the report")?;
    ensure!(rows[above].starts_with(LAST_WORDS), "{:?} is above the report", rows[above]);
    Ok(())
}

fn in_text_mode(outcome: &Outcome) -> Result<()> {
    let size = outcome.picture.context("no picture")?;
    ensure!(size == TEXT_MODE, "the picture is {size:?}");
    Ok(())
}

fn not_in_text_mode(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.picture != Some(TEXT_MODE), "the adapter is in text mode");
    Ok(())
}

/// The verdict is the last thing on the screen, and what was there before has left it at the top.
fn scrolled(outcome: &Outcome) -> Result<()> {
    let rows = outcome.screen();
    let end = text(outcome);
    ensure!(end.trim_end().ends_with("action=halt"), "the last rows are {:?}", &rows[23..]);
    ensure!(!end.contains(LAST_WORDS), "what was there before still is");
    ensure!(!end.contains("expected sha256"), "the report's beginning is still there");
    ensure!(end.contains("region 15"), "the report's end is not there");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let lands = Case::lands;
    let halts = |name, settings, words| Case::ends(name, settings, words, Ending::Halts);
    vec![
        // The switch adds the screen to the serial port that speaks anyway.
        shows(lands("switch", "console-vga", ""), "status=verified").says("status=verified"),
        shows(halts("switch/broken", "console-vga flip=kernel/first", ""), "status=mismatch")
            .says("status=mismatch"),
        does_not_show(lands("no-switch", "", "").silent(0), "purgatory:"),
        does_not_show(halts("no-switch/broken", BROKEN, "").says("status=mismatch"), "purgatory:"),
        // The word means the screen alone.
        shows(lands("word", "", "purgatory.console=vga purgatory.verbose"), "status=verified")
            .silent(0),
        shows(halts("word/broken", BROKEN, "purgatory.console=vga"), "status=mismatch").silent(0),
        // A screen keeps what it can of what was there.
        shows(lands("keeps", "last-words console-vga", ""), LAST_WORDS)
            .check(is_below_the_last_words),
        halts("scrolls", "last-words console-vga regions=all flip=kernel/first", "")
            .screen()
            .check(scrolled),
        // A machine without a VGA adapter.
        lands("nobody", "console-vga", "").says("status=verified"),
        Case::halts("nobody/broken", "console-vga flip=kernel/first", "", Status::Mismatch),
        lands("nobody/reset", "reset-vga console-vga", "").says("status=verified"),
        lands("nobody/word", "", "purgatory.console=vga purgatory.verbose").silent(0),
        // An adapter that the old kernel left in another mode.
        shows(lands("reset", "graphics reset-vga console-vga", ""), "status=verified")
            .check(in_text_mode),
        does_not_show(lands("no-reset", "graphics console-vga", ""), "status=verified")
            .check(not_in_text_mode),
        lands("reset/quiet", "graphics reset-vga", "").screen().check(in_text_mode).silent(0),
        shows(
            halts("reset/broken", "graphics reset-vga console-vga flip=kernel/first", ""),
            "status=mismatch",
        )
        .check(in_text_mode),
    ]
}
