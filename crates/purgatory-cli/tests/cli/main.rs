//! Tests of the tool on made-up files: the program is run, and what it says, returns and leaves behind is looked at.

// The objects that the loader library is tested with. Not all that they can be made to be is needed here.
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
mod inspect;
mod kexec;
mod load;
mod load_failed;
mod load_refused;
mod machine;
mod output;
mod plan;
mod refused;
mod sample;
mod statuses;
mod unpack;
