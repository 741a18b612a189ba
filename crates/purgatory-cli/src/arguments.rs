//! The arguments, and what `--help` says.

use clap::{Args, Parser, Subcommand};
use purgatory_abi::native::{Console, Policy};
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
    #[command(after_help = LOAD_STATUS)]
    Load(Load),
    /// Unload a kernel.
    #[command(after_help = UNLOAD_STATUS)]
    Unload {
        /// Unload the crash kernel instead of the one for `purgatory exec`.
        #[arg(short, long, visible_alias = "load-panic")]
        panic: bool,
    },
    /// Tell what is loaded, and what can be.
    #[command(after_help = STATUS_STATUS)]
    Status {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Write all files to disk and start the kernel that is loaded, without shutting anything down.
    #[command(after_help = EXEC_STATUS)]
    Exec,
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

const LOAD_STATUS: &str = "\
Exit status, where nothing else is said nothing was changed:
   0  the kernel was loaded, or with --dry-run could have been
   1  refused: the message says why, and what to do
   2  the arguments make no sense, or a file cannot be read; or standard output takes nothing, after the kernel was loaded
   4  the file is no kernel that can be loaded here
   5  the kernel is truncated
   6  kernel and initrd do not fit into the memory that there is for them
   7  no memory is reserved for a crash kernel: crashkernel= is missing
   8  not permitted: CAP_SYS_BOOT is missing
   9  lockdown forbids kexec_load(2)
  10  kexec_load(2) was switched off until the next boot
  11  the running kernel has no kexec_load(2)
  12  kexec_load(2) failed: what was loaded before may be gone
  13  what must be known of the machine cannot be found out
  14  this build has no purgatories inside";

const UNLOAD_STATUS: &str = "\
Exit status:
   0  nothing is loaded there any more
   2  the arguments make no sense, or standard output takes nothing
   8 to 13  as of `purgatory load`; what was loaded is still there";

const STATUS_STATUS: &str = "\
Exit status:
   0  it was told, whatever it is
   2  the arguments make no sense, or standard output takes nothing
  13  what must be known of the machine cannot be found out";

const EXEC_STATUS: &str = "\
Exit status, if it returns:
   2  the arguments make no sense
   3  nothing is loaded
   8  not permitted: CAP_SYS_BOOT is missing
  11  the running kernel has no kexec
  12  reboot(2) failed
  13  what must be known of the machine cannot be found out";

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
