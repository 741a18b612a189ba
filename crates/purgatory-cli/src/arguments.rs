//! The arguments, and what `--help` says.

use clap::{Args, Parser, Subcommand};
use purgatory_abi::native::{Console, Policy};
use purgatory_cli::exit;
use purgatory_cli::load::{console, on_failure};
use std::path::PathBuf;

/// Loads kernels with a purgatory that speaks, puts one into kexec and into kernels, and inspects those that are there.
#[derive(Parser)]
#[command(name = "purgatory", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Load a kernel, for a panic or for `purgatory exec`.
    ///
    /// All that can be refused is refused before the system call, so that what was loaded before stays.
    #[command(after_help = exit::help(exit::LOAD))]
    Load(Load),
    /// Unload a kernel.
    #[command(after_help = exit::help(exit::UNLOAD))]
    Unload {
        /// Unload the capture kernel instead of the one for `purgatory exec`.
        #[arg(short, long, visible_alias = "load-panic")]
        panic: bool,
    },
    /// Tell what is loaded, and what can be.
    #[command(after_help = exit::help(exit::STATUS))]
    Status {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Write all files to disk and start the kernel that is loaded, without shutting anything down.
    #[command(after_help = exit::help(exit::EXEC))]
    Exec,
    /// Write a copy of a kexec binary or an unpacked kernel with our purgatory in place of its own.
    ///
    /// The copy has the input's size and permissions. It appears whole or not at all.
    #[command(after_help = exit::help(exit::EMBED))]
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
    #[command(after_help = exit::help(exit::INSPECT))]
    Inspect {
        /// A purgatory object, a kexec binary, or a kernel: a vmlinux or bzImage.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Load {
    /// The kernel: a bzImage (vmlinuz) or an ELF vmlinux.
    pub(crate) kernel: PathBuf,
    /// Load it into the memory that crashkernel= has reserved, to be started by a panic.
    #[arg(short, long, visible_alias = "load-panic", conflicts_with = "load")]
    pub(crate) panic: bool,
    /// Load it to be started by `purgatory exec`, which is what happens without --panic too.
    #[arg(short, long)]
    pub(crate) load: bool,
    /// Its initial file system.
    #[arg(long, visible_alias = "ramdisk", value_name = "FILE")]
    pub(crate) initrd: Option<PathBuf>,
    /// Its command line.
    #[arg(long, visible_alias = "append", value_name = "STRING", allow_hyphen_values = true)]
    pub(crate) command_line: Option<String>,
    /// Put the running kernel's command line before it, without BOOT_IMAGE=, elfcorehdr= and, for a panic,
    /// crashkernel=.
    #[arg(long)]
    pub(crate) reuse_cmdline: bool,
    /// What the purgatory does when something has changed in memory: halt, reset[,SECONDS], or continue. Without it, what
    /// the command line says.
    #[arg(long, value_name = "WHAT", value_parser = on_failure::parse)]
    pub(crate) on_failure: Option<Policy>,
    /// Where the purgatory speaks: ttyS0[,BAUD], io,0xPORT[,BAUD], or none. May be given several times, at most four. Without
    /// it, where the command line says.
    #[arg(long = "console", value_name = "CONSOLE", value_parser = console::parse)]
    pub(crate) consoles: Vec<Console>,
    /// Let the purgatory report success too.
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Print what would be loaded and where, and load nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}
