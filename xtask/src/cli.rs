//! `purgatory`: the command-line tool, one static program with the blobs inside.

use crate::freestanding::{self, SEPARATOR};
use crate::workspace::{TARGET, cargo, root, run};
use anyhow::{Context, Result, ensure};
use object::LittleEndian;
use object::elf::{FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The file's name.
pub(crate) const NAME: &str = "purgatory";

/// It runs wherever the processor does: no library of the machine is asked for.
const FLAGS: [&str; 2] = ["-Ctarget-feature=+crt-static", "-Cstrip=symbols"];

/// Builds it around the blobs that have been delivered, and returns where it lies.
pub(crate) fn build() -> Result<PathBuf> {
    // A target directory of its own: other flags in the same directory would rebuild everything each time.
    let directory = root().join("target/cli");
    let mut flags = FLAGS.map(String::from).to_vec();
    flags.extend(freestanding::remaps()?);
    let mut command = cargo();
    command.args(["build", "--quiet", "--release", "--package", "purgatory-cli"]);
    command.args(["--features", "blobs", "--target", TARGET, "--target-dir"]).arg(&directory);
    command.env("PURGATORY_BLOBS", root().join("target/purgatory"));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR));
    run(&mut command)?;

    let program = directory.join(TARGET).join("release").join(NAME);
    let file = fs::read(&program).with_context(|| program.display().to_string())?;
    let is_static = is_static(&file).with_context(|| program.display().to_string())?;
    ensure!(is_static, "{} asks for a dynamic linker", program.display());
    let path = freestanding::deliver(root(), &file, NAME)?;
    fs::set_permissions(&path, Permissions::from_mode(0o755))
        .with_context(|| path.display().to_string())?;
    Ok(path)
}

fn is_static(file: &[u8]) -> Result<bool> {
    let header = FileHeader64::<LittleEndian>::parse(file)?;
    let segments = header.program_headers(LittleEndian, file)?;
    Ok(segments.iter().all(|segment| segment.p_type(LittleEndian) != PT_INTERP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_program_is_not_static() {
        let file = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&file).unwrap());
    }
}
