//! Tests of the tool on test files: they run the program, and check its output, its exit status and the files.

// The test objects of the loader library. These tests need only a part of them.
#[allow(dead_code)]
#[path = "../../../purgatory-loader/tests/loader/kernel/sample.rs"]
mod kernel;
#[allow(dead_code)]
#[path = "../../../purgatory-loader/tests/loader/kexec_tools.rs"]
mod kexec_tools;
#[allow(dead_code)]
#[path = "../../../purgatory-loader/tests/loader/native.rs"]
mod native;
#[allow(dead_code)]
#[path = "../../../purgatory-loader/tests/loader/purgatory.rs"]
mod purgatory;

mod arguments;
mod bad_input;
mod compressed;
mod directory;
mod embed;
mod embed_rejected;
mod everything;
mod inspect;
mod kexec;
mod load;
mod load_failed;
mod load_rejected;
mod machine;
mod output;
mod plan;
mod sample;
mod statuses;
mod unpack;
