//! A directory with test files, in which the tool runs.

use crate::statuses::assert_listed;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// The directory.
pub(crate) struct Directory(TempDir);

/// The result of a run of the tool.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Directory {
    /// Makes a directory with `files`.
    pub(crate) fn with(files: &[(&str, &[u8])]) -> Self {
        let directory = Self(TempDir::new().unwrap());
        for (name, bytes) in files {
            fs::write(directory.path(name), bytes).unwrap();
        }
        directory
    }

    /// Returns the path of a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the bytes of a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Returns all names in the directory, with the bytes of files.
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

    /// Runs the tool. It must end with `status`, print only `message`, and change no file.
    pub(crate) fn assert_rejected(&self, arguments: &[&str], status: i32, message: &str) {
        let before = self.everything();
        let ran = self.run(arguments);
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(ran.stderr, format!("purgatory: {message}\n"));
        assert_eq!(ran.stdout, "");
        assert_eq!(self.everything(), before, "something was written");
    }
}
