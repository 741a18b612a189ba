//! Symbols of a placed image, and one test for each error of using one.

use crate::broken::Broken;
use crate::purgatory::Purgatory;
use object::LittleEndian as Le;
use object::elf::{SHN_ABS, SHN_UNDEF, STB_WEAK};
use purgatory_loader::{Blob, Image, PlacedSymbol, SymbolError};

const BASE: u64 = 0x1_0000_0000;

fn place(bytes: &[u8]) -> Image {
    Image::place(&Blob::parse(bytes).unwrap(), BASE).unwrap()
}

#[test]
fn addresses() {
    let image = place(&Purgatory::new().write());
    let regs = PlacedSymbol { address: BASE + 0x60, size: 136 };
    assert_eq!(image.symbol("entry64_regs"), Ok(regs));
    assert_eq!(image.symbol("purgatory_start").unwrap().address, image.entry());
    // In .bss, where a symbol has only an address.
    assert_eq!(image.symbol("stack_end"), Ok(PlacedSymbol { address: BASE + 0x340, size: 0 }));
}

#[test]
fn sets_and_reads_back_only_the_symbol() {
    let mut image = place(&Purgatory::new().write());
    let before = image.bytes().to_vec();
    let mut value = [0; 32];
    image.get_symbol("purgatory_sha256_digest", &mut value).unwrap();
    assert_eq!(value, [0x22; 32]);

    image.set_symbol("purgatory_sha256_digest", &[0x44; 32]).unwrap();
    image.get_symbol("purgatory_sha256_digest", &mut value).unwrap();
    assert_eq!(value, [0x44; 32]);
    let start = 0x60 + 136 + 256;
    assert_eq!(image.bytes()[start..start + 32], [0x44; 32]);
    assert_eq!(image.bytes()[..start], before[..start]);
    assert_eq!(image.bytes()[start + 32..], before[start + 32..]);
}

#[test]
fn finds_the_first_global_symbol() {
    let mut purgatory = Purgatory::new();
    let (data, rodata) = (purgatory.data, purgatory.rodata);
    purgatory.local("twice", data, 1, 1);
    purgatory.global("twice", data, 2, 2);
    purgatory.global("twice", rodata, 3, 3);
    let image = place(&purgatory.write());
    assert_eq!(image.symbol("twice"), Ok(PlacedSymbol { address: BASE + 0x62, size: 2 }));
}

#[test]
fn rejects_a_missing_symbol() {
    let name = || "purgatory_backup".to_string();
    let mut image = place(&Purgatory::new().write());
    let expected = SymbolError::NotFound { name: name() };
    assert_eq!(image.symbol(&name()), Err(expected.clone()));
    assert_eq!(image.get_symbol(&name(), &mut []), Err(expected.clone()));
    assert_eq!(image.set_symbol(&name(), &[]), Err(expected));
}

#[test]
fn rejects_local_and_weak_symbols() {
    let image = place(&Purgatory::new().write());
    assert_eq!(image.symbol("verify"), Err(SymbolError::NotFound { name: "verify".into() }));

    let mut broken = Broken::new();
    let digest = broken.symbol("purgatory_sha256_digest");
    digest.set_st_info(STB_WEAK, digest.st_type());
    let name = "purgatory_sha256_digest";
    let expected = SymbolError::NotFound { name: name.into() };
    assert_eq!(place(&broken.bytes).symbol(name), Err(expected));
}

#[test]
fn rejects_an_undefined_symbol() {
    for section in [SHN_UNDEF, SHN_ABS] {
        let mut broken = Broken::new();
        broken.symbol("purgatory_sha_regions").st_shndx.set(Le, section);
        let name = "purgatory_sha_regions";
        let expected = SymbolError::Undefined { name: name.into() };
        assert_eq!(place(&broken.bytes).symbol(name), Err(expected));
    }
}

#[test]
fn rejects_an_unloaded_symbol() {
    let mut purgatory = Purgatory::new();
    purgatory.unloaded();
    let broken = Broken::of(&purgatory);
    let expected = SymbolError::Unloaded { name: "line".into(), section: broken.id(".debug") };
    assert_eq!(place(&broken.bytes).set_symbol("line", &[0; 8]), Err(expected));
}

#[test]
fn rejects_another_size() {
    let mut image = place(&Purgatory::new().write());
    for given in [31, 33, 0] {
        let name = "purgatory_sha256_digest";
        let expected = SymbolError::Size { name: name.into(), size: 32, given };
        assert_eq!(image.set_symbol(name, &vec![0; given]), Err(expected.clone()));
        assert_eq!(image.get_symbol(name, &mut vec![0; given]), Err(expected));
    }
}

#[test]
fn rejects_a_symbol_without_bytes() {
    let mut purgatory = Purgatory::new();
    let bss = purgatory.bss;
    purgatory.global("all_zero", bss, 0, 8);
    let broken = Broken::of(&purgatory);
    let expected = SymbolError::NoBytes { name: "all_zero".into(), section: broken.id(".bss") };
    let mut image = place(&broken.bytes);
    assert_eq!(image.set_symbol("all_zero", &[1; 8]), Err(expected.clone()));
    assert_eq!(image.get_symbol("all_zero", &mut [0; 8]), Err(expected));
    assert!(image.symbol("all_zero").is_ok());
}
