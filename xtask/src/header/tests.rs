//! The header that lies there is current, and compilers hold it against their own layout.

use super::*;
use crate::workspace::read_errors;
use qemu_tests::provision::{self, CXX};
use std::process::Command;

/// How C and C++ are compiled: the same driver has both.
const LANGUAGES: [[&str; 3]; 2] = [["-x", "c", "-std=c11"], ["-x", "c++", "-std=c++11"]];

/// A program that includes the header, and nothing else: twice, as it comes when other headers include it.
const INCLUDES: &str = "#include \"purgatory.h\"\n#include \"purgatory.h\"\n";

/// Compiles a program with this header; what the compiler says if it refuses.
fn compiled(header: &str, program: &str, language: [&str; 3]) -> Result<()> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("purgatory.h"), header)?;
    let source = directory.path().join("program");
    fs::write(&source, program)?;
    let mut command = Command::new(provision::require(CXX)?);
    command.args(language).args(["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]);
    read_errors(command.arg(source)).map(drop)
}

#[test]
fn the_stored_header_is_current() {
    check().unwrap();
}

#[test]
fn a_stale_header_is_an_error_that_says_what_to_run() {
    let text = contract::header().unwrap();
    is_current(&text).unwrap();
    let stale = text.replace("PURGATORY_VERSION 1", "PURGATORY_VERSION 0");
    let error = is_current(&stale).unwrap_err().to_string();
    assert!(error.contains("cargo xtask header"), "{error}");
}

#[test]
fn it_compiles_as_c_and_as_cpp() {
    let text = contract::header().unwrap();
    for language in LANGUAGES {
        compiled(&text, INCLUDES, language).unwrap();
    }
}

#[test]
fn another_layout_does_not_compile() {
    let text = contract::header().unwrap();
    let other = text.replace("    uint32_t seconds;", "    uint64_t seconds;");
    assert_ne!(text, other);
    for language in LANGUAGES {
        let error = compiled(&other, INCLUDES, language).unwrap_err().to_string();
        assert!(error.contains("sizeof(struct purgatory_policy) is 8"), "{error}");
    }
}

#[test]
fn the_example_of_the_documentation_compiles_and_one_with_another_field_does_not() {
    let documentation = fs::read_to_string(root().join("docs/native-contract.md")).unwrap();
    let (_, rest) = documentation.split_once("\n```c\n").unwrap();
    let (example, _) = rest.split_once("\n```\n").unwrap();
    let example = format!("{example}\n");
    let text = contract::header().unwrap();
    compiled(&text, &example, LANGUAGES[0]).unwrap();
    let other = example.replace("header->list_digest", "header->lists_digest");
    let error = compiled(&text, &other, LANGUAGES[0]).unwrap_err().to_string();
    assert!(error.contains("lists_digest"), "{error}");
}
