//! How the tool ends: one exit status for each class of outcome, the same for every command.

/// An exit status. `docs/loading.md` and `docs/command-line-tool.md` list them for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Refused for a reason that has no status of its own, or rules are broken.
    Refused = 1,
    /// The arguments make no sense, a file cannot be read or written, or standard output takes nothing. clap ends with it as
    /// well.
    Trouble = 2,
    /// There is nothing to do it with: the purgatory is there already, or no kernel is loaded that could be executed.
    Nothing = 3,
    /// The file is no kernel that can be loaded here.
    NotAKernel = 4,
    /// The kernel is cut off.
    Truncated = 5,
    /// Something does not fit into the memory that there is for it.
    TooLarge = 6,
    /// No memory is reserved for a crash kernel.
    NoReservation = 7,
    /// The process may not load kernels: it lacks `CAP_SYS_BOOT`.
    NotPermitted = 8,
    /// Lockdown forbids kexec_load(2).
    Lockdown = 9,
    /// kexec_load(2) was switched off, or may not be called again, until the next boot.
    Disabled = 10,
    /// The running kernel has no kexec_load(2).
    NoKexec = 11,
    /// kexec_load(2) or reboot(2) failed although nothing was found that speaks against it.
    KernelFailed = 12,
    /// What must be known of the machine cannot be found out.
    Machine = 13,
    /// This build of the tool has no purgatories inside.
    NoPurgatory = 14,
}

impl Exit {
    /// The number that a shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }
}
