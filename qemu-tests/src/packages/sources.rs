//! The mirror that the machine's own apt sources name, in both formats of `sources.list(5)`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::provision;

/// Where apt keeps its sources.
const FOLDER: &str = "/etc/apt";

/// Where packages come from, and who signs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mirror {
    uri: String,
    signed_by: Option<String>,
}

impl Mirror {
    /// A deb822 sources file for one suite of the mirror.
    pub(super) fn sources_file(&self, suite: &str) -> String {
        let key = self.signed_by.as_ref().map(|key| format!("Signed-By: {key}\n"));
        let uri = &self.uri;
        format!(
            "Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\n{}",
            key.unwrap_or_default()
        )
    }
}

/// The mirror of the release that this machine runs.
pub(super) fn of_this_machine() -> Result<Mirror> {
    let release = provision::release();
    let Some(codename) = release.codename else {
        bail!("/etc/os-release names no VERSION_CODENAME, so the machine's mirror is not known");
    };
    let mut files = vec![PathBuf::from(FOLDER).join("sources.list")];
    let parts = fs::read_dir(Path::new(FOLDER).join("sources.list.d"));
    files.extend(parts.into_iter().flatten().flatten().map(|entry| entry.path()));
    files.sort();
    let found = files.iter().find_map(|file| {
        let text = fs::read_to_string(file).ok()?;
        match file.extension()?.to_str()? {
            "list" => one_line(&text, &codename),
            "sources" => deb822(&text, &codename),
            _ => None,
        }
    });
    found.with_context(|| format!("no apt source in {FOLDER} has the suite {codename}, main"))
}

/// The mirror in a one-line style file that has `suite` with the component main.
fn one_line(text: &str, suite: &str) -> Option<Mirror> {
    text.lines().find_map(|line| {
        let rest = line.split('#').next()?.trim().strip_prefix("deb ")?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let (uri, named) = (words.next()?, words.next()?);
        let key = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
        (named == suite && words.any(|component| component == "main"))
            .then(|| Mirror { uri: uri.to_owned(), signed_by: key.map(str::to_owned) })
    })
}

/// The mirror in a deb822 style file that has `suite` with the component main.
fn deb822(text: &str, suite: &str) -> Option<Mirror> {
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    text.split(|line| line.trim().is_empty()).find_map(|stanza| {
        let field = |wanted: &str| {
            let value = |line: &&str| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
            };
            stanza.iter().find_map(value).unwrap_or_default()
        };
        let has = |name: &str, value: &str| field(name).split_whitespace().any(|w| w == value);
        if !has("Types", "deb") || !has("Suites", suite) || !has("Components", "main") {
            return None;
        }
        let enabled = !field("Enabled").eq_ignore_ascii_case("no");
        // A key that stands in the stanza itself leaves the field's first line empty: apt's own keys are used then.
        let key = Some(field("Signed-By")).filter(|key| !key.is_empty());
        let uri = field("URIs").split_whitespace().next()?.to_owned();
        enabled.then_some(Mirror { uri, signed_by: key })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(key: Option<&str>) -> Option<Mirror> {
        Some(Mirror { uri: "http://mirror/debian".into(), signed_by: key.map(str::to_owned) })
    }

    #[test]
    fn a_one_line_source_is_read() {
        let text = "# deb http://old/debian bookworm main\n\
                    deb http://security/debian bookworm-security main\n\
                    deb-src http://source/debian bookworm main\n\
                    deb http://mirror/debian bookworm contrib main # mine\n";
        assert_eq!(one_line(text, "bookworm"), mirror(None));
        assert_eq!(one_line(text, "trixie"), None);
    }

    #[test]
    fn the_options_of_a_one_line_source_are_read() {
        let text = "deb [arch=amd64 signed-by=/key.gpg] http://mirror/debian bookworm main";
        assert_eq!(one_line(text, "bookworm"), mirror(Some("/key.gpg")));
        assert_eq!(
            one_line("deb [arch=amd64 http://mirror/debian bookworm main", "bookworm"),
            None
        );
    }

    #[test]
    fn a_deb822_source_is_read() {
        let text = "Types: deb\nURIs: http://tools/x\nSuites: tools\nComponents: main\n\n\
                    Types: deb deb-src\n# a note\nURIs: http://mirror/debian\n\
                    Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /key.gpg\n";
        assert_eq!(deb822(text, "bookworm"), mirror(Some("/key.gpg")));
        assert_eq!(deb822(text, "trixie"), None);
    }

    #[test]
    fn a_disabled_deb822_source_is_passed_over() {
        let text = "Enabled: no\nTypes: deb\nURIs: http://mirror/debian\nSuites: bookworm\n\
                    Components: main\n";
        assert_eq!(deb822(text, "bookworm"), None);
    }

    #[test]
    fn a_sources_file_names_the_suite_and_the_key() {
        let file = mirror(Some("/key.gpg")).unwrap().sources_file("trixie");
        assert!(file.contains("Suites: trixie\n") && file.contains("Signed-By: /key.gpg\n"));
        assert_eq!(deb822(&file, "trixie"), mirror(Some("/key.gpg")));
    }
}
