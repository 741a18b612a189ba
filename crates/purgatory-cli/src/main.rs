//! `purgatory`: the command-line tool. Arguments in, text and exit status out.

#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use purgatory_cli::embed::{self, EmbedError, Source};
use purgatory_cli::file::{self, FileError};
use purgatory_cli::{blobs, inspect, text};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Puts a purgatory that speaks into kexec and into kernels, and inspects those that are there.
#[derive(Parser)]
#[command(name = "purgatory", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a copy of a kexec binary or an unpacked kernel with our purgatory in place of its own.
    ///
    /// The copy has the input's size and permissions. It appears whole or not at all.
    #[command(after_help = EMBED_STATUS)]
    Embed {
        /// The kexec binary (/usr/sbin/kexec) or the unpacked kernel (vmlinux) to copy.
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
        /// Where to write the copy.
        #[arg(short, long, value_name = "OUT")]
        output: PathBuf,
        /// Embed this object instead of the one inside this program.
        #[arg(long, value_name = "OBJECT")]
        purgatory: Option<PathBuf>,
    },
    /// Hold the purgatory in a file against the rules of every loader.
    #[command(after_help = INSPECT_STATUS)]
    Inspect {
        /// A purgatory object, a kexec binary, or a kernel: a vmlinux or bzImage.
        file: PathBuf,
    },
}

const EMBED_STATUS: &str = "\
Exit status:
  0  OUT was written
  1  refused: the message says why, and what to do; nothing was written
  2  the arguments make no sense, or a file cannot be read or written; nothing was written, unless the message says that
     only standard output could not be
  3  the purgatory is there already; nothing was written";

const INSPECT_STATUS: &str = "\
Exit status:
  0  every rule is held that the purgatory's own loader needs
  1  some are broken
  2  the file cannot be inspected: the message says why";

/// Everything is as it should be.
const DONE: u8 = 0;
/// Refused, or rules are broken.
const REFUSED: u8 = 1;
/// Arguments or files are not what they should be; clap ends with it as well.
const TROUBLE: u8 = 2;
/// There is nothing to do.
const NOTHING: u8 = 3;

/// Text for standard output and the exit status; or for standard error.
type Outcome = Result<(String, u8), (String, u8)>;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Embed { into, output, purgatory } => embed(&into, &output, purgatory.as_deref()),
        Command::Inspect { file } => inspect(&file),
    };
    let printed =
        outcome.and_then(|(text, status)| match io::stdout().write_all(text.as_bytes()) {
            Ok(()) => Ok(status),
            Err(error) => Err((format!("cannot write to standard output: {error}"), TROUBLE)),
        });
    let status = printed.unwrap_or_else(|(message, status)| {
        // Where standard error takes nothing, the status is all that is left to say.
        let _ = writeln!(io::stderr(), "purgatory: {}", text::printable(&message));
        status
    });
    ExitCode::from(status)
}

fn embed(into: &Path, output: &Path, object: Option<&Path>) -> Outcome {
    let trouble = |error: FileError| (error.to_string(), TROUBLE);
    let input = file::read(into).map_err(trouble)?;
    file::check_output(output, into, &input).map_err(trouble)?;
    let given = object.map(file::read).transpose().map_err(trouble)?;
    if let (Some(object), Some(given)) = (object, &given) {
        file::check_output(output, object, given).map_err(trouble)?;
    }
    let source = match &given {
        Some(given) => Source::Given(&given.bytes),
        None => Source::BuiltIn(blobs::built_in()),
    };
    let done = embed::embed(&input.bytes, source).map_err(|error| {
        let nothing = matches!(error, EmbedError::SameAlready { .. });
        let status = if nothing { NOTHING } else { REFUSED };
        (format!("{}: {error}", into.display()), status)
    })?;
    file::write(output, &done.file, &input).map_err(trouble)?;
    Ok((text::embedded(&done, into, output), DONE))
}

fn inspect(path: &Path) -> Outcome {
    let input = file::read(path).map_err(|error| (error.to_string(), TROUBLE))?;
    let inspection = inspect::inspect(&input.bytes)
        .map_err(|error| (format!("{}: {error}", path.display()), TROUBLE))?;
    let status = if inspection.held() { DONE } else { REFUSED };
    Ok((text::inspection(&inspection, path), status))
}
