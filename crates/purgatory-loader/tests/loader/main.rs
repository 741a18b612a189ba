//! Tests of the loader library, on objects that another implementation (the `object` crate) writes.

mod against_ld;
mod broken;
mod contract_kexec_tools;
mod contract_linux;
mod contract_native;
mod decode;
mod decode_errors;
mod elf_errors;
mod elfcorehdr;
mod everything;
mod find;
mod kernel;
mod kexec_tools;
mod layout;
mod loaded;
mod loader_of;
mod native;
mod no_panic;
mod place_errors;
mod purgatory;
mod relocation;
mod seal;
mod seal_chunks;
mod seal_errors;
mod seal_verified;
mod segments;
mod symbols;
#[cfg(feature = "std")]
mod system;
mod update;
