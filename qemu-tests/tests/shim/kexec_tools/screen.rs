//! `--console-vga` and `--reset-vga`: the screen's memory is read by the host.

use anyhow::{Context, Result, ensure};
use boot_shim::setup::{KexecTools, Regions, Setup};
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Ending, Outcome};

use crate::{CORRUPTED, PLAIN, tools};

/// The size of a VGA adapter's text mode of 80 columns and 25 rows, in pixels.
const TEXT_MODE: (u32, u32) = (720, 400);
/// The shim's text on the screen's last row.
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

/// The report begins after the last lines of the crashed kernel.
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

/// The verdict is the last thing on the screen, and the earlier lines have scrolled off at the top.
fn scrolled(outcome: &Outcome) -> Result<()> {
    let rows = outcome.screen();
    let end = text(outcome);
    ensure!(end.trim_end().ends_with("action=halt"), "the last rows are {:?}", &rows[23..]);
    ensure!(!end.contains(LAST_WORDS), "the earlier text is still on the screen");
    ensure!(
        !end.contains("expected sha256"),
        "the first line of the report is still on the screen"
    );
    ensure!(end.contains("region 15"), "the last line of the report is not on the screen");
    Ok(())
}

/// `--console-vga`.
const SCREEN: KexecTools = KexecTools { console_vga: true, ..KexecTools::PLAIN };
/// The same with `--reset-vga`.
const RESET: KexecTools = KexecTools { reset_vga: true, ..SCREEN };

pub(crate) fn cases() -> Vec<Case> {
    let lands = Case::lands;
    let halts = |name, setup, words| Case::ends(name, setup, words, Ending::Halts);
    let corrupted = |kexec_tools| Setup { kexec_tools, ..CORRUPTED };
    let keeps = Setup { last_words: true, ..tools(SCREEN) };
    let scrolls = Setup { last_words: true, regions: Regions::All, ..corrupted(SCREEN) };
    let graphics = |kexec_tools| Setup { graphics: true, ..tools(kexec_tools) };
    let only_reset = KexecTools { console_vga: false, ..RESET };
    vec![
        // The switch adds the screen to the default serial port.
        shows(lands("switch", tools(SCREEN), ""), "status=verified").says("status=verified"),
        shows(halts("switch/corrupted", corrupted(SCREEN), ""), "status=mismatch")
            .says("status=mismatch"),
        does_not_show(lands("no-switch", PLAIN, "").silent(0), "purgatory:"),
        does_not_show(
            halts("no-switch/corrupted", CORRUPTED, "").says("status=mismatch"),
            "purgatory:",
        ),
        // The parameter means the screen only.
        shows(
            lands("parameter", PLAIN, "purgatory.console=vga purgatory.verbose"),
            "status=verified",
        )
        .silent(0),
        shows(halts("parameter/corrupted", CORRUPTED, "purgatory.console=vga"), "status=mismatch")
            .silent(0),
        // A screen keeps as many of the earlier lines as fit.
        shows(lands("keeps", keeps, ""), LAST_WORDS).check(is_below_the_last_words),
        halts("scrolls", scrolls, "").screen().check(scrolled),
        // A machine without a VGA adapter.
        lands("absent", tools(SCREEN), "").says("status=verified"),
        Case::fails("absent/corrupted", corrupted(SCREEN), "", Status::Mismatch),
        lands("absent/reset", tools(RESET), "").says("status=verified"),
        lands("absent/parameter", PLAIN, "purgatory.console=vga purgatory.verbose").silent(0),
        // An adapter that the crashed kernel left in another mode.
        shows(lands("reset", graphics(RESET), ""), "status=verified").check(in_text_mode),
        does_not_show(lands("no-reset", graphics(SCREEN), ""), "status=verified")
            .check(not_in_text_mode),
        lands("reset/quiet", graphics(only_reset), "").screen().check(in_text_mode).silent(0),
        shows(
            halts("reset/corrupted", Setup { graphics: true, ..corrupted(RESET) }, ""),
            "status=mismatch",
        )
        .check(in_text_mode),
    ]
}
