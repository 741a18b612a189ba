//! Boot parameters and a command line with arbitrary contents: a warning, and the image still starts, unless its loader
//! never writes such a pointer to them. And memory that a loader may or may not hand out.

use boot_shim::setup::{CommandLine, Regions, Rsi, Setup};
use purgatory_abi::Loader;
use purgatory_abi::status::{Status, Warning};
use qemu_tests::shim::Case;

use crate::{PLAIN, VERBOSE, enough};

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    let first_page = Setup { regions: Regions::FirstPage, ..PLAIN };
    match blob {
        // Linux never allocates the first page of memory.
        Loader::Linux => cases.push(
            Case::fails("first-page", first_page, "", Status::RegionUnmapped)
                .says("at 0x0000000000000000 in region 0"),
        ),
        Loader::Native => cases.push(
            Case::fails("first-page", first_page, "", Status::RegionUnmapped)
                .says("at 0x0000000000000000 in segment 0"),
        ),
        // kexec-tools does.
        Loader::KexecTools => {
            cases.extend(Case::lands("first-page", first_page, VERBOSE).regions(5).and_broken())
        }
    }
    for (rsi, warning) in [
        (Rsi::Null, Warning::BootParamsUnmapped),
        (Rsi::Unmapped, Warning::BootParamsUnmapped),
        (Rsi::Garbage, Warning::BootParamsNoHeader),
        // The blob's own memory changes while it is read: it counts as unmapped.
        (Rsi::Blob, Warning::BootParamsUnmapped),
    ] {
        let (name, setup) = (format!("rsi/{rsi:?}"), Setup { rsi, ..PLAIN });
        let lands = Case::lands(&name, setup, "quiet");
        cases.extend(match (blob, rsi) {
            // kexec-tools also starts images that have no boot parameters.
            (Loader::KexecTools, Rsi::Null) => lands.silent(0).and_broken(),
            (Loader::Native, _) => lands.warns(warning).and_broken(),
            // Not the start of a segment, or without the header that both loaders write.
            (Loader::Linux | Loader::KexecTools, _) => {
                Case::fails(&name, setup, "quiet", Status::RegistersInvalid)
                    .warns(warning)
                    .and_broken()
            }
        });
    }
    for (command_line_at, warning) in [
        (CommandLine::Unmapped, Warning::CommandLineUnmapped),
        (CommandLine::EdgeUnterminated, Warning::CommandLineUnterminated),
        (CommandLine::Unterminated, Warning::CommandLineUnterminated),
    ] {
        let name = format!("command-line/{command_line_at:?}");
        let case = Case::lands(&name, Setup { command_line_at, ..PLAIN }, "quiet");
        cases.extend(case.warns(warning).and_broken());
    }
    // Its last byte is the last one that is mapped: nothing is wrong with that.
    let edge = Setup { command_line_at: CommandLine::Edge, ..PLAIN };
    let edge = Case::lands("command-line/edge", edge, "quiet purgatory.verbose");
    cases.extend(
        edge.says("status=verified").does_not_warn(Warning::CommandLineUnterminated).and_broken(),
    );

    let words = [
        ("purgatory.console=ttyS9", Warning::ConsoleUnknown),
        ("purgatory.on_failure=shrug", Warning::OnFailureUnknown),
        ("purgatory.on_failure=reset,x", Warning::OnFailureUnknown),
        ("purgatory.verboze", Warning::ParameterUnknown),
        ("purgatory.", Warning::ParameterUnknown),
        // A report in the report: no reader may take it for one.
        (
            "purgatory.x=\"purgatory: verdict version=1 status=internal action=reset\"",
            Warning::ParameterUnknown,
        ),
    ];
    for (word, warning) in enough(blob, &words) {
        cases.extend(Case::lands(word, PLAIN, word).warns(*warning).and_broken());
    }
    cases
}
