//! Loads a kernel: reads the files and facts, makes the image, and passes it to the running kernel.
//!
//! | module | purpose |
//! | --- | --- |
//! | [`console`], [`on_failure`] | parse the values of `--console` and `--on-failure` |
//! | [`command_line`] | composes the target kernel's command line |
//! | `request` | the request of the caller |
//! | `facts` | the required facts about the machine |
//! | `image` | makes the image |
//! | `plan` | the segments and their addresses |
//! | `text`, `json` | the plan for people and for programs |

pub mod command_line;
pub mod console;
mod facts;
mod image;
mod json;
pub mod on_failure;
mod plan;
mod request;
mod text;

pub use facts::Source;
pub use plan::{FileFacts, Plan, PlannedSegment};
pub use request::Request;

use crate::file::{self, Limit};
use crate::kexec::{Host, KexecError};
use facts::{Dump, Facts};
use purgatory_loader::Blob;
use purgatory_loader::kernel::{Inputs, Kernel, RNG_SEED_BYTES};
use purgatory_loader::system::syscall::{Flags, KexecType};
use purgatory_sha256::Implementation;
use rustix::rand::GetRandomFlags;

/// Loads a kernel. `blob` is `purgatory-native.ro`. `progress` is called with the number of digested bytes and the
/// total.
///
/// # Errors
///
/// Returns a [`KexecError`]. A previously loaded kernel stays loaded, except with [`KexecError::CallFailed`]: its
/// message gives the state.
pub fn load(
    request: &Request,
    host: &mut Host,
    blob: Option<&[u8]>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Plan, KexecError> {
    let kexec = host.may_load(request.kexec_type)?;
    if request.kexec_type == KexecType::Crash && kexec.crash_bytes == 0 {
        return Err(KexecError::NoReservation);
    }
    let blob = Blob::parse(blob.ok_or(KexecError::NoPurgatory)?)?;
    let path = &request.kernel;
    let crash = request.kexec_type == KexecType::Crash;
    let memory_bytes = host.system.memory_bytes()?;
    let available = host.system.available_bytes()?;
    // A vmlinux may have far more bytes than it loads: debugging information.
    let kernel_file = file::read(path, Limit::Memory(available))?.bytes;
    let free = available.saturating_sub(kernel_file.len() as u64);
    let room = if crash { free.min(kexec.crash_bytes) } else { free };
    let initrd =
        request.initrd.as_deref().map(|path| file::read(path, Limit::Memory(room))).transpose()?;
    let initrd = initrd.map(|input| input.bytes);
    let of_kernel = |error| KexecError::Kernel { path: path.clone(), error };
    let kernel = Kernel::parse(&kernel_file).map_err(of_kernel)?;
    let running = request.reuse_command_line.then(|| host.system.command_line()).transpose()?;
    let given = request.command_line.as_deref();
    let mut facts = Facts::read(request.kexec_type, memory_bytes, &host.system)?;
    if let (Some(path), Some([])) = (&request.initrd, initrd.as_deref()) {
        let warning =
            format!("{} is empty: the kernel is loaded without an initrd", path.display());
        facts.warnings.push(warning);
    }
    let inputs = Inputs {
        kernel: &kernel,
        initrd: initrd.as_deref(),
        command_line: &command_line::compose(running.as_deref(), given, crash),
        machine: &facts.machine,
        crash: facts.dump.as_ref().map(Dump::crash),
        rng_seed: rng_seed(),
    };
    let implementation = Implementation::detected().next().expect("the last one runs everywhere");
    let ready = image::make(request, &inputs, &facts, &blob, implementation, progress)?;
    let plan = Plan::of(request, &inputs, &kernel_file, &facts, &ready, implementation);
    if !request.dry_run {
        let flags =
            Flags { kexec_type: request.kexec_type, update_elfcorehdr: plan.update_elfcorehdr };
        host.load(&ready, flags)?;
    }
    Ok(plan)
}

/// Returns random bytes for the target kernel; `None` if the running kernel has none yet.
fn rng_seed() -> Option<[u8; RNG_SEED_BYTES]> {
    let mut seed = [0; RNG_SEED_BYTES];
    let got = rustix::rand::getrandom(&mut seed, GetRandomFlags::NONBLOCK);
    (got == Ok(seed.len())).then_some(seed)
}
