//! Detection of the loader that an object is for.

use crate::broken::Broken;
use crate::kexec_tools;
use crate::native;
use crate::purgatory::Purgatory;
use object::elf::STB_LOCAL;
use purgatory_abi::Loader;
use purgatory_loader::Blob;
use purgatory_loader::contract::{self, check, loader_of};

fn loader(bytes: &[u8]) -> Option<Loader> {
    loader_of(&Blob::parse(bytes).unwrap())
}

#[test]
fn finds_the_loader_by_its_tables() {
    assert_eq!(loader(&Purgatory::new().write()), Some(Loader::Linux));
    assert_eq!(loader(&kexec_tools::purgatory().write()), Some(Loader::KexecTools));
    assert_eq!(loader(&native::purgatory().write()), Some(Loader::Native));
}

#[test]
fn one_of_the_two_tables_is_enough() {
    let tables = [
        (Purgatory::new(), ["purgatory_sha_regions", "purgatory_sha256_digest"], Loader::Linux),
        (kexec_tools::purgatory(), ["sha256_regions", "sha256_digest"], Loader::KexecTools),
    ];
    for (purgatory, names, expected) in tables {
        let mut broken = Broken::of(&purgatory);
        for (name, then) in names.into_iter().zip([Some(expected), None]) {
            let symbol = broken.symbol(name);
            symbol.set_st_info(STB_LOCAL, symbol.st_type());
            assert_eq!(loader(&broken.bytes), then, "without {name}");
        }
    }
}

#[test]
fn native_object_needs_its_header() {
    let mut broken = Broken::of(&native::purgatory());
    let header = broken.symbol("purgatory_header");
    header.set_st_info(STB_LOCAL, header.st_type());
    assert_eq!(loader(&broken.bytes), None);
}

#[test]
fn tables_of_two_loaders_give_none() {
    for (name, size) in [("sha256_regions", 256), ("purgatory_header", 400)] {
        let mut purgatory = Purgatory::new();
        let data = purgatory.data;
        purgatory.global(name, data, 0, size);
        assert_eq!(loader(&purgatory.write()), None, "with {name}");
    }
}

#[test]
fn passes_only_the_rules_of_its_own_loader() {
    let objects = [Purgatory::new(), kexec_tools::purgatory(), native::purgatory()];
    for (own, object) in Loader::ALL.into_iter().zip(objects) {
        let bytes = object.write();
        let blob = Blob::parse(&bytes).unwrap();
        assert_eq!(check(Loader::Linux, &blob), contract::linux::check(&blob));
        assert_eq!(check(Loader::KexecTools, &blob), contract::kexec_tools::check(&blob));
        assert_eq!(check(Loader::Native, &blob), contract::native::check(&blob));
        for loader in Loader::ALL {
            let passed = check(loader, &blob).iter().all(|finding| finding.passed);
            assert_eq!(passed, loader == own, "{own} against {loader}");
        }
    }
}
