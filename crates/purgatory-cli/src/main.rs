//! `purgatory`: the command-line tool. It parses arguments, and prints text and sets the exit status.

#![forbid(unsafe_code)]

mod arguments;
mod progress;

use arguments::{Arguments, Command, Load};
use clap::Parser as _;
use purgatory_abi::native::Policy;
use purgatory_cli::embed::{self, Source};
use purgatory_cli::file::{self, FileError, Limit};
use purgatory_cli::kexec::{self, Host, KexecError, Status};
use purgatory_cli::load::console::{self, ConsolesError};
use purgatory_cli::load::{self, Request};
use purgatory_cli::{Exit, blobs, inspect, text};
use purgatory_loader::Options;
use purgatory_loader::system::System;
use purgatory_loader::system::syscall::KexecType;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// Text and exit status: `Ok` for standard output, `Err` for standard error.
type Outcome = Result<(String, Exit), (String, Exit)>;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Load(arguments) => load(arguments),
        Command::Unload { panic } => unload(kexec_type(panic)),
        Command::Status { json } => status(json),
        Command::Exec => exec(),
        Command::Embed { into, output, purgatory } => embed(&into, &output, purgatory.as_deref()),
        Command::Inspect { file } => inspect(&file),
    };
    let printed =
        outcome.and_then(|(text, status)| match io::stdout().write_all(text.as_bytes()) {
            Ok(()) => Ok(status),
            Err(error) => {
                Err((format!("cannot write to standard output: {error}"), Exit::UsageOrIo))
            }
        });
    let status = printed.unwrap_or_else(|(message, status)| {
        // If standard error cannot be written, only the exit status reports the failure.
        let _ = writeln!(io::stderr(), "purgatory: {}", text::printable(&message));
        status
    });
    ExitCode::from(status.code())
}

fn load(arguments: Load) -> Outcome {
    let request = request(&arguments).map_err(|error| (error.to_string(), Exit::UsageOrIo))?;
    let blob = blobs::built_in().map(|blobs| blobs.native);
    let mut bar = progress::bar();
    let plan = load::load(&request, &mut Host::this(), blob, &mut bar).map_err(failed)?;
    let text = match (arguments.json, arguments.dry_run) {
        (true, dry_run) => format!("{:#}\n", plan.json(!dry_run)),
        (false, true) => text::printable(&plan.to_string()),
        (false, false) => text::printable(&plan.summary()),
    };
    Ok((text, Exit::Success))
}

/// Converts the arguments to a request.
fn request(arguments: &Load) -> Result<Request, ConsolesError> {
    let policy =
        Policy { verbose: arguments.verbose.into(), ..arguments.on_failure.unwrap_or_default() };
    Ok(Request {
        kexec_type: kexec_type(arguments.panic),
        kernel: arguments.kernel.clone(),
        initrd: arguments.initrd.clone(),
        command_line: arguments.command_line.clone(),
        reuse_command_line: arguments.reuse_cmdline,
        options: Options {
            policy,
            consoles: console::merge_consoles(&arguments.consoles)?,
            ..Options::default()
        },
        dry_run: arguments.dry_run,
    })
}

fn kexec_type(panic: bool) -> KexecType {
    if panic { KexecType::Crash } else { KexecType::Normal }
}

fn unload(kexec_type: KexecType) -> Outcome {
    let text = kexec::unload(&mut Host::this(), kexec_type).map_err(failed)?;
    Ok((text, Exit::Success))
}

fn status(json: bool) -> Outcome {
    let status = Status::of(&System::at("/")).map_err(failed)?;
    let text = if json { format!("{:#}\n", status.json()) } else { status.to_string() };
    Ok((text, Exit::Success))
}

fn exec() -> Outcome {
    match kexec::exec(&mut Host::this()) {
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: KexecError) -> (String, Exit) {
    (error.to_string(), error.exit())
}

fn embed(into: &Path, output: &Path, object: Option<&Path>) -> Outcome {
    let io = |error: FileError| (error.to_string(), Exit::UsageOrIo);
    let read = |path| file::read(path, Limit::Purgatory).map_err(io);
    let input = read(into)?;
    file::check_output(output, into, &input).map_err(io)?;
    let given = object.map(read).transpose()?;
    if let (Some(object), Some(given)) = (object, &given) {
        file::check_output(output, object, given).map_err(io)?;
    }
    let source = match &given {
        Some(given) => Source::Given(&given.bytes),
        None => Source::BuiltIn(blobs::built_in()),
    };
    let done = embed::embed(&input.bytes, source)
        .map_err(|error| (format!("{}: {error}", into.display()), error.exit()))?;
    file::write(output, &done.file, &input).map_err(io)?;
    Ok((text::embedded(&done, into, output), Exit::Success))
}

fn inspect(path: &Path) -> Outcome {
    let input =
        file::read(path, Limit::Purgatory).map_err(|error| (error.to_string(), Exit::UsageOrIo))?;
    let inspection = inspect::inspect(&input.bytes)
        .map_err(|error| (format!("{}: {error}", path.display()), Exit::UsageOrIo))?;
    let status = if inspection.passed() { Exit::Success } else { Exit::Rejected };
    Ok((text::inspection(&inspection, path), status))
}
