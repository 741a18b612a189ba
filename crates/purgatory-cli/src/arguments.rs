//! The arguments, and the text of `--help`.

use clap::{Args, Parser, Subcommand};
use purgatory_abi::native::{Console, Policy};
use purgatory_cli::exit;
use purgatory_cli::load::{console, on_failure};
use std::path::PathBuf;

/// Loads kernels with a purgatory that reports failures, embeds it into kexec and kernels, and inspects purgatories.
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
    /// Errors are detected before kexec_load(2), so a previously loaded kernel stays loaded.
    #[command(after_help = exit::help(exit::LOAD))]
    Load(Load),
    /// Unload a kernel.
    #[command(after_help = exit::help(exit::UNLOAD))]
    Unload {
        /// Unload the capture kernel instead of the kernel for `purgatory exec`.
        #[arg(short, long, visible_alias = "load-panic")]
        panic: bool,
    },
    /// Show which kernels are loaded, and whether kexec_load(2) is allowed.
    #[command(after_help = exit::help(exit::STATUS))]
    Status {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Sync all file systems and start the loaded kernel, without a shutdown.
    #[command(after_help = exit::help(exit::EXEC))]
    Exec,
    /// Copy a kexec binary or an unpacked kernel, and replace its purgatory with ours.
    ///
    /// The copy has the size of FILE, and its permissions, except those that the umask clears and write permission of
    /// group and others. OUT is written completely or not at all.
    #[command(after_help = exit::help(exit::EMBED))]
    Embed {
        /// The kexec binary (/usr/sbin/kexec) or the unpacked kernel (vmlinux) to copy.
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
        /// The path of the copy.
        #[arg(short, long, value_name = "OUT")]
        output: PathBuf,
        /// Embed this object instead of the one inside this program.
        #[arg(long, value_name = "OBJECT")]
        purgatory: Option<PathBuf>,
    },
    /// Check the purgatory in a file against the rules of every loader.
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
    /// Load it into the `crashkernel=` reservation. A panic starts it.
    #[arg(short, long, visible_alias = "load-panic", conflicts_with = "load")]
    pub(crate) panic: bool,
    /// Load it for `purgatory exec`. This is the default without --panic.
    #[arg(short, long)]
    pub(crate) load: bool,
    /// The initrd of the kernel.
    #[arg(long, visible_alias = "ramdisk", value_name = "FILE")]
    pub(crate) initrd: Option<PathBuf>,
    /// The command line of the kernel.
    #[arg(long, visible_alias = "append", value_name = "STRING", allow_hyphen_values = true)]
    pub(crate) command_line: Option<String>,
    /// Put the running kernel's command line before --command-line, without BOOT_IMAGE=, elfcorehdr= and, with --panic,
    /// crashkernel=.
    #[arg(long)]
    pub(crate) reuse_cmdline: bool,
    /// The failure action of the purgatory, if the verification fails: halt, reset[,SECONDS], or continue. The default
    /// is given by the loaded kernel's command line. After a mismatch, continue starts the kernel; otherwise it halts.
    #[arg(long, value_name = "ACTION", value_parser = on_failure::parse)]
    pub(crate) on_failure: Option<Policy>,
    /// A console that the purgatory prints to: ttyS0[,BAUD], io,0xPORT[,BAUD], or none. Up to four may be given. The
    /// default is given by the loaded kernel's command line.
    #[arg(long = "console", value_name = "CONSOLE", value_parser = console::parse)]
    pub(crate) consoles: Vec<Console>,
    /// Make the purgatory report success too.
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Print the segments and their addresses, and load nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print one JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}
