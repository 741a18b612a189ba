//! The SHA-256 implementations on this processor, in place of a blob: checked, or counted (`boot_shim::sha256`).

mod check;
mod count;
mod processor;

use core::str;

use boot_shim::end::End;
use boot_shim::sha256::Task;
use boot_shim::sha256::vectors::Vectors;

use crate::error::ShimError;

/// Does the task; `module` holds NIST's vectors.
pub(crate) fn run(task: Task, module: &'static [u8]) -> Result<End, ShimError> {
    let instructions = processor::instructions();
    let is_right = if task == Task::Count {
        count::run(instructions)
    } else {
        let text = str::from_utf8(module).map_err(|_| ShimError::VectorsText)?;
        check::run(instructions, Vectors::parse(text)?, task == Task::Broken)
    };
    Ok(if is_right { End::Passed } else { End::Failed })
}
