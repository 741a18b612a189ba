//! Tests of the stored header: it is up to date, and C compilers agree with its layout.

use super::*;
use crate::workspace::read;
use qemu_tests::provision::{self, CXX};
use std::process::Command;

/// The arguments for C and for C++, which the same compiler accepts.
const LANGUAGES: [[&str; 3]; 2] = [["-x", "c", "-std=c11"], ["-x", "c++", "-std=c++11"]];

/// A program that only includes the header, twice: other headers may include it too.
const INCLUDES: &str = "#include \"purgatory.h\"\n#include \"purgatory.h\"\n";

/// Compiles a program with this header.
///
/// # Errors
///
/// Returns the compiler's messages if it rejects the program.
fn compile(header: &str, program: &str, language: [&str; 3]) -> Result<()> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("purgatory.h"), header)?;
    let source = directory.path().join("program");
    fs::write(&source, program)?;
    let mut command = Command::new(provision::require(CXX)?);
    command.args(language).args(["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
    read(command.arg(source)).map(drop)
}

#[test]
fn stored_header_is_up_to_date() {
    check().unwrap();
}

#[test]
fn rejects_an_outdated_header_and_names_the_command() {
    let text = contract::header().unwrap();
    is_current(&text).unwrap();
    let stale = text.replace("PURGATORY_VERSION 1", "PURGATORY_VERSION 0");
    let error = is_current(&stale).unwrap_err().to_string();
    assert!(error.contains("cargo xtask header"), "{error}");
}

#[test]
fn header_compiles_as_c_and_cpp() {
    let text = contract::header().unwrap();
    for language in LANGUAGES {
        compile(&text, INCLUDES, language).unwrap();
    }
}

#[test]
fn assertions_reject_another_layout() {
    let text = contract::header().unwrap();
    let other = text.replace("    uint32_t seconds;", "    uint64_t seconds;");
    assert_ne!(text, other);
    for language in LANGUAGES {
        let error = compile(&other, INCLUDES, language).unwrap_err().to_string();
        assert!(error.contains("sizeof(struct purgatory_policy) is 8"), "{error}");
    }
}

#[test]
fn example_of_the_documentation_compiles() {
    let documentation = fs::read_to_string(root().join("docs/native-contract.md")).unwrap();
    let (_, rest) = documentation.split_once("\n```c\n").unwrap();
    let (example, _) = rest.split_once("\n```\n").unwrap();
    let example = format!("{example}\n");
    let text = contract::header().unwrap();
    compile(&text, &example, LANGUAGES[0]).unwrap();
    let other = example.replace("header->list_digest", "header->lists_digest");
    let error = compile(&text, &other, LANGUAGES[0]).unwrap_err().to_string();
    assert!(error.contains("lists_digest"), "{error}");
}
