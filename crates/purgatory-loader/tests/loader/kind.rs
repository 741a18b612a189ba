//! Whose purgatory it is.

use crate::broken::Broken;
use crate::kexec_tools;
use crate::purgatory::Purgatory;
use object::elf::STB_LOCAL;
use purgatory_loader::Blob;
use purgatory_loader::contract::{self, Kind};

fn kind(bytes: &[u8]) -> Option<Kind> {
    Kind::of(&Blob::parse(bytes).unwrap())
}

#[test]
fn the_tables_tell() {
    assert_eq!(kind(&Purgatory::new().write()), Some(Kind::Linux));
    assert_eq!(kind(&kexec_tools::purgatory().write()), Some(Kind::KexecTools));
}

#[test]
fn one_of_the_two_tables_is_enough() {
    let tables = [
        (Purgatory::new(), ["purgatory_sha_regions", "purgatory_sha256_digest"], Kind::Linux),
        (kexec_tools::purgatory(), ["sha256_regions", "sha256_digest"], Kind::KexecTools),
    ];
    for (purgatory, names, expected) in tables {
        let mut broken = Broken::of(&purgatory);
        for (name, then) in names.into_iter().zip([Some(expected), None]) {
            let symbol = broken.symbol(name);
            symbol.set_st_info(STB_LOCAL, symbol.st_type());
            assert_eq!(kind(&broken.bytes), then, "without {name}");
        }
    }
}

#[test]
fn tables_of_both_tell_nothing() {
    let mut purgatory = Purgatory::new();
    let data = purgatory.data;
    purgatory.global("sha256_regions", data, 0, 256);
    assert_eq!(kind(&purgatory.write()), None);
}

#[test]
fn each_is_held_against_its_own_rules() {
    let bytes = Purgatory::new().write();
    let blob = Blob::parse(&bytes).unwrap();
    assert_eq!(Kind::Linux.check(&blob), contract::linux::check(&blob));
    assert_eq!(Kind::KexecTools.check(&blob), contract::kexec_tools::check(&blob));
    assert!(Kind::Linux.check(&blob).iter().all(|finding| finding.held));
    assert!(Kind::KexecTools.check(&blob).iter().any(|finding| !finding.held));
}

#[test]
fn names_stand_in_columns() {
    assert_eq!(
        format!("{:12}|{:12}|", Kind::Linux, Kind::KexecTools),
        "linux       |kexec-tools |"
    );
    assert_eq!([Kind::Linux.name(), Kind::KexecTools.name()], ["linux", "kexec-tools"]);
}
