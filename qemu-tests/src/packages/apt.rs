//! apt with a state of its own: another suite's lists and packages, without touching the machine's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::control::{self, Package};
use super::sources::Mirror;
use crate::{bounded, provision};

/// How long one call of apt may take; a kernel is about 30 MB.
const LIMIT: Duration = Duration::from_secs(600);

/// Where the one package that is being fetched goes.
const DOWNLOADS: &str = "downloads";

/// apt for one suite.
pub(super) struct Apt {
    folder: PathBuf,
    options: Vec<OsString>,
}

impl Apt {
    /// Makes the state in `folder` and reads the suite's package list.
    pub(super) fn new(folder: &Path, mirror: &Mirror, suite: &str) -> Result<Self> {
        for part in ["lists/partial", "cache/archives/partial", "preferences", DOWNLOADS] {
            fs::create_dir_all(folder.join(part)).context("cannot make apt's folders")?;
        }
        let sources = folder.join("suite.sources");
        fs::write(&sources, mirror.sources_file(suite)).context("cannot write apt's sources")?;
        // Nothing counts as installed, or apt would prefer the machine's own versions.
        fs::write(folder.join("status"), "").context("cannot write apt's status")?;

        let mut options = Vec::new();
        let mut option = |name: &str, value: OsString| {
            let mut both = OsString::from(format!("{name}="));
            both.push(value);
            options.extend(["-o".into(), both]);
        };
        option("Dir::Etc::sourcelist", sources.into());
        option("Dir::Etc::sourceparts", folder.join("preferences").into());
        option("Dir::Etc::preferences", folder.join("preferences/none").into());
        option("Dir::Etc::preferencesparts", folder.join("preferences").into());
        option("Dir::State::Lists", folder.join("lists").into());
        option("Dir::State::status", folder.join("status").into());
        option("Dir::Cache", folder.join("cache").into());
        option("Dir::Cache::pkgcache", "pkgcache.bin".into());
        // As root, apt would fetch as a user who may not read our folder.
        option("APT::Sandbox::User", "root".into());
        option("Acquire::Languages", "none".into());
        option("Acquire::Retries", "3".into());
        option("Acquire::http::Timeout", "60".into());
        // The machine's hooks are about the machine's own lists.
        option("APT::Update::Post-Invoke", "true".into());
        let apt = Self { folder: folder.to_owned(), options };
        apt.run(provision::APT_GET, &["-q", "update"])?;
        Ok(apt)
    }

    /// What the suite says of these packages.
    pub(super) fn show(&self, names: &[String]) -> Result<Vec<Package>> {
        let mut args = vec!["show", "--no-all-versions"];
        args.extend(names.iter().map(String::as_str));
        control::parse(&self.run(provision::APT_CACHE, &args)?)
    }

    /// Fetches a package and gives back its file.
    pub(super) fn download(&self, name: &str) -> Result<PathBuf> {
        self.run(provision::APT_GET, &["-q", "download", name])?;
        let mut files =
            fs::read_dir(self.folder.join(DOWNLOADS)).context("cannot list a folder")?;
        let file = files.next().with_context(|| format!("apt fetched nothing for {name}"))?;
        Ok(file.context("cannot list a folder")?.path())
    }

    /// Removes the state.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).context("cannot remove apt's folders")
    }

    fn run(&self, program: provision::Program, args: &[&str]) -> Result<String> {
        let mut command = Command::new(provision::find(program)?);
        command.args(&self.options).args(args).current_dir(self.folder.join(DOWNLOADS));
        bounded::output(&mut command, LIMIT).with_context(|| format!("apt: {}", args.join(" ")))
    }
}
