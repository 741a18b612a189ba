//! Whose purgatory it is.

use crate::broken::Broken;
use crate::kexec_tools;
use crate::native;
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
    assert_eq!(kind(&native::purgatory().write()), Some(Kind::Native));
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
fn without_its_header_the_native_one_is_nobodys() {
    let mut broken = Broken::of(&native::purgatory());
    let header = broken.symbol("purgatory_header");
    header.set_st_info(STB_LOCAL, header.st_type());
    assert_eq!(kind(&broken.bytes), None);
}

#[test]
fn tables_of_two_loaders_tell_nothing() {
    for (name, size) in [("sha256_regions", 256), ("purgatory_header", 352)] {
        let mut purgatory = Purgatory::new();
        let data = purgatory.data;
        purgatory.global(name, data, 0, size);
        assert_eq!(kind(&purgatory.write()), None, "with {name}");
    }
}

#[test]
fn each_is_held_against_its_own_rules() {
    let objects = [Purgatory::new(), kexec_tools::purgatory(), native::purgatory()];
    for (own, object) in Kind::ALL.into_iter().zip(objects) {
        let bytes = object.write();
        let blob = Blob::parse(&bytes).unwrap();
        assert_eq!(Kind::Linux.check(&blob), contract::linux::check(&blob));
        assert_eq!(Kind::KexecTools.check(&blob), contract::kexec_tools::check(&blob));
        assert_eq!(Kind::Native.check(&blob), contract::native::check(&blob));
        for kind in Kind::ALL {
            let held = kind.check(&blob).iter().all(|finding| finding.held);
            assert_eq!(held, kind == own, "{own} against {kind}");
        }
    }
}

#[test]
fn names_stand_in_columns() {
    let names = Kind::ALL.map(|kind| format!("{kind:12}|")).concat();
    assert_eq!(names, "linux       |kexec-tools |native      |");
    assert_eq!(Kind::ALL.map(Kind::name), ["linux", "kexec-tools", "native"]);
}
