//! What a suite says of its packages: the fields of `deb-control(5)` that matter here.

use anyhow::{Context, Result, bail};

/// The section of a Debian suite that shared libraries are in.
const LIBRARIES: &str = "libs";

/// The section that Python, its standard library and its modules are in.
const PYTHON: &str = "python";

/// A package of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    section: String,
    /// The first alternative of each dependency.
    depends: Vec<String>,
}

/// The packages `wanted` and, again and again, the libraries that they depend on. Other dependencies are there for
/// maintainer scripts and tools that the runs do not use, except that a package that is nothing but a pointer to the
/// kernel of the day is followed, and so is Python, for a module of it.
pub(super) fn with_libraries(
    wanted: &[&str],
    show: impl Fn(&[String]) -> Result<Vec<Package>>,
) -> Result<Vec<Package>> {
    let names: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    let mut all = show(&names)?;
    if let Some(missing) = names.iter().find(|name| all.iter().all(|known| known.name != **name)) {
        bail!("the suite has no package {missing}");
    }
    let mut fresh = all.clone();
    while !fresh.is_empty() {
        let mut next: Vec<String> =
            fresh.iter().flat_map(|package| package.depends.iter().cloned()).collect();
        next.sort();
        next.dedup();
        next.retain(|name| all.iter().all(|known| known.name != *name));
        if next.is_empty() {
            break;
        }
        fresh = show(&next)?;
        fresh.retain(|package| {
            let kernel = package.section == "kernel" && package.name.starts_with("linux-");
            package.section.ends_with(LIBRARIES) || package.section.ends_with(PYTHON) || kernel
        });
        all.extend(fresh.iter().cloned());
    }
    Ok(all)
}

/// Reads paragraphs as `apt-cache show` prints them.
pub(super) fn parse(text: &str) -> Result<Vec<Package>> {
    text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).map(package).collect()
}

fn package(paragraph: &str) -> Result<Package> {
    let field = |name: &str| {
        let found = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.map(str::to_owned)
    };
    let needed = |name| field(name).with_context(|| format!("a package without {name}"));
    let depends = field("Depends").unwrap_or_default();
    let first = |dependency: &str| {
        let name = dependency.trim().split([' ', '|', '(', ':']).next()?;
        Some(name.to_owned()).filter(|name| !name.is_empty())
    };
    Ok(Package {
        name: needed("Package")?,
        version: needed("Version")?,
        section: field("Section").unwrap_or_default(),
        depends: depends.split(',').filter_map(first).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITE: &str = "\
Package: tool
Version: 1
Section: admin
Depends: liba (>= 2), perl:any, debconf | debconf-2.0

Package: liba
Version: 2
Section: libs
Depends: libb

Package: libb
Version: 3
Section: universe/libs
Depends: liba

Package: perl
Version: 5
Section: perl

Package: debconf
Version: 1
Section: admin

Package: python3-module
Version: 1
Section: python
Depends: python3:any, debconf

Package: python3
Version: 3
Section: python
Depends: liba
";

    fn show(names: &[String]) -> Result<Vec<Package>> {
        Ok(parse(SUITE)?.into_iter().filter(|package| names.contains(&package.name)).collect())
    }

    #[test]
    fn libraries_are_followed_and_nothing_else() {
        let names: Vec<String> =
            with_libraries(&["tool"], show).unwrap().into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["tool", "liba", "libb"]);
    }

    #[test]
    fn a_module_of_python_comes_with_python() {
        let names: Vec<String> = with_libraries(&["python3-module"], show)
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["python3-module", "python3", "liba", "libb"]);
    }

    #[test]
    fn a_package_that_the_suite_has_not_is_named() {
        let error = with_libraries(&["tool", "other"], show).unwrap_err().to_string();
        assert!(error.contains("no package other"), "{error}");
    }

    #[test]
    fn a_paragraph_without_a_version_is_refused() {
        assert!(parse("Package: tool\n").unwrap_err().to_string().contains("Version"));
    }
}
