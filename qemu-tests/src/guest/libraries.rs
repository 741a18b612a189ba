//! The shared libraries that a program needs, by its ELF dynamic section (`DT_NEEDED`), and its loader.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use object::elf::{DT_NEEDED, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{LittleEndian, StringTable};

/// Where Debian has its libraries, below a root.
const FOLDERS: [&str; 4] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib", "lib"];

/// The libraries of `programs`, and theirs, as name and bytes; the loader is one of them.
pub(super) fn of(root: &Path, programs: &[&[u8]]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut wanted = Vec::new();
    for program in programs {
        wanted.extend(needed(program)?);
    }
    while let Some(name) = wanted.pop() {
        if found.contains_key(&name) {
            continue;
        }
        let bytes = fs::read(file(root, &name)?).with_context(|| format!("cannot read {name}"))?;
        wanted.extend(needed(&bytes)?);
        found.insert(name, bytes);
    }
    Ok(found)
}

/// What one file needs.
fn needed(bytes: &[u8]) -> Result<Vec<String>> {
    let order = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(bytes).context("this is no ELF file")?;
    let segments = header.program_headers(order, bytes).context("bad program headers")?;
    let mut names = Vec::new();
    for segment in segments {
        if segment.p_type(order) == PT_INTERP {
            let path = segment.data(order, bytes).ok().context("bad PT_INTERP")?;
            let path = String::from_utf8_lossy(path);
            let name = Path::new(path.trim_end_matches('\0')).file_name().context("no loader")?;
            names.push(name.to_string_lossy().into_owned());
        }
    }
    let sections = header.sections(order, bytes).context("bad section headers")?;
    if let Some((entries, strings)) =
        sections.dynamic(order, bytes).context("bad dynamic section")?
    {
        let strings: StringTable<'_> =
            sections.strings(order, bytes, strings).context("no names")?;
        for entry in entries.iter().filter(|entry| entry.d_tag(order) == DT_NEEDED) {
            let name = entry.string(order, strings).context("a library without a name")?;
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

fn file(root: &Path, name: &str) -> Result<PathBuf> {
    let places = FOLDERS.map(|folder| root.join(folder).join(name));
    match places.into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!("the packages have no library {name}"),
    }
}
