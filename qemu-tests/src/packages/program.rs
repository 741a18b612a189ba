//! A program out of unpacked packages, run with their libraries and by their own dynamic linker: the machine's own may be
//! older than what the program was built for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where things are in the packages' tree.
const LINKER: &str = "usr/lib64/ld-linux-x86-64.so.2";
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/// The file to execute, and what stands before the program's own arguments. `program` is its place below `root`.
///
/// Nothing is looked at: what is not there is an error when it is executed.
pub(crate) fn linked(root: &Path, program: &str) -> (PathBuf, Vec<OsString>) {
    let libraries: Vec<_> =
        LIBRARIES.iter().map(|folder| root.join(folder).into_os_string()).collect();
    let args =
        vec!["--library-path".into(), libraries.join(":".as_ref()), root.join(program).into()];
    (root.join(LINKER), args)
}
