//! `purgatory`, the command-line tool: one static program with the blobs inside.

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

/// Compiler flags: the program is static, so it needs no library of the machine that it runs on.
const FLAGS: [&str; 2] = ["-Ctarget-feature=+crt-static", "-Cstrip=symbols"];

/// Builds the tool, with the blobs of `target/purgatory` inside, and returns its path.
///
/// # Errors
///
/// Returns an error if the build fails, or if the program is not static.
pub(crate) fn build() -> Result<PathBuf> {
    // A separate target directory: builds with different flags in one directory rebuild everything each time.
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
    let file = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    let is_static =
        is_static(&file).with_context(|| format!("cannot parse {}", program.display()))?;
    ensure!(is_static, "{} is not static: it has a PT_INTERP segment", program.display());
    let path = freestanding::deliver(root(), &file, NAME)?;
    fs::set_permissions(&path, Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} executable", path.display()))?;
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
    fn recognizes_a_dynamically_linked_program() {
        let file = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(!is_static(&file).unwrap());
    }
}
