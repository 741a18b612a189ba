//! A directory with made-up files, in which the tool is run.

use crate::statuses::assert_listed;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// The directory.
pub(crate) struct Directory(TempDir);

/// What a run of the tool came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Directory {
    /// A new directory with `files` in it.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let directory = Self(TempDir::new().unwrap());
        for (name, bytes) in files {
            fs::write(directory.path(name), bytes).unwrap();
        }
        directory
    }

    /// Where a file of the directory is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The bytes of a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Everything in the directory: names, and bytes where they are files.
    pub(crate) fn everything(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(Result::unwrap);
        let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
        let bytes = |entry: &fs::DirEntry| {
            entry.file_type().unwrap().is_file().then(|| fs::read(entry.path()).unwrap())
        };
        entries.map(|entry| (name(&entry), bytes(&entry))).collect()
    }

    /// Runs the tool in the directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_purgatory"))
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        let status = output.status.code().expect("it ends by itself");
        assert_listed(arguments, status);
        Ran {
            status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the tool, which must end with `status`, say `message` and no more, and leave everything as it is.
    pub(crate) fn assert_refused(&self, arguments: &[&str], status: i32, message: &str) {
        let before = self.everything();
        let ran = self.run(arguments);
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stderr, format!("purgatory: {message}\n"));
        assert_eq!(ran.stdout, "");
        assert_eq!(self.everything(), before, "something was written");
    }
}
