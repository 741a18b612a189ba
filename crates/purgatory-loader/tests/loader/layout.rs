//! The layout of sections.

use crate::broken::Broken;
use crate::purgatory::{ENTRY, Purgatory};
use object::LittleEndian as Le;
use object::SectionKind;
use object::elf::SHF_ALLOC;
use purgatory_loader::{Blob, Image, Layout};

fn offset(blob: &Blob<'_>, layout: &Layout, name: &str) -> Option<u64> {
    let section = blob.sections().iter().find(|section| section.name == name).unwrap();
    layout.section_offset(section.index)
}

#[test]
fn keeps_header_order_and_alignment() {
    let bytes = Purgatory::new().write();
    let blob = Blob::parse(&bytes).unwrap();
    let layout = Layout::of(&blob).unwrap();
    assert_eq!(offset(&blob, &layout, ".text"), Some(0));
    assert_eq!(offset(&blob, &layout, ".rodata"), Some(0x40));
    // .rodata ends at 0x58, and .data is aligned to 32.
    assert_eq!(offset(&blob, &layout, ".data"), Some(0x60));
    // .data ends at 0x208, and .bss is aligned to 64.
    assert_eq!(offset(&blob, &layout, ".bss"), Some(0x240));
    assert_eq!(offset(&blob, &layout, ".symtab"), None);
    assert_eq!(layout.section_offset(1000), None);
    assert_eq!((layout.bufsz(), layout.memsz(), layout.alignment()), (0x240, 0x340, 64));
}

#[test]
fn places_zeroed_sections_last() {
    let mut purgatory = Purgatory::new();
    let late = purgatory.object.add_section(vec![], b".late".to_vec(), SectionKind::Data);
    purgatory.object.append_section_data(late, &[0x33; 4], 4);
    let bytes = purgatory.write();
    let blob = Blob::parse(&bytes).unwrap();
    let layout = Layout::of(&blob).unwrap();
    assert_eq!(offset(&blob, &layout, ".late"), Some(0x208));
    assert_eq!(offset(&blob, &layout, ".bss"), Some(0x240));

    let image = Image::place(&blob, 0).unwrap();
    assert_eq!(image.bytes()[0x207..0x20d], [0x22, 0x33, 0x33, 0x33, 0x33, 0]);
}

#[test]
fn aligns_the_end_of_the_contents() {
    let mut purgatory = Purgatory::new();
    let page =
        purgatory.object.add_section(vec![], b".page".to_vec(), SectionKind::UninitializedData);
    purgatory.object.append_section_bss(page, 0x10, 0x1000);
    let bytes = purgatory.write();
    let blob = Blob::parse(&bytes).unwrap();
    let layout = Layout::of(&blob).unwrap();
    assert_eq!(layout.bufsz(), 0x1000);
    assert_eq!(offset(&blob, &layout, ".bss"), Some(0x1000));
    assert_eq!(offset(&blob, &layout, ".page"), Some(0x2000));
    assert_eq!((layout.memsz(), layout.alignment()), (0x2010, 0x1000));
}

#[test]
fn the_entry_point_moves_with_its_section() {
    let mut purgatory = Purgatory::new();
    let late = purgatory.object.add_section(vec![], b".late".to_vec(), SectionKind::Text);
    purgatory.object.append_section_data(late, &[0x90; 0x20], 8);
    let mut broken = Broken::of(&purgatory);
    broken.section(".text").sh_flags.set(Le, SHF_ALLOC);
    let blob = Blob::parse(&broken.bytes).unwrap();
    // After .data, which ends at 0x208.
    assert_eq!(Image::place(&blob, 0x1000).unwrap().entry(), 0x1208 + ENTRY);
}

#[test]
fn image_size_matches_the_layout() {
    let mut broken = Broken::new();
    broken.section(".bss").sh_size.set(Le, 0x12_3456);
    let blob = Blob::parse(&broken.bytes).unwrap();
    let image = Image::place(&blob, 0x10_0000).unwrap();
    assert_eq!(image.bytes().len() as u64, Layout::of(&blob).unwrap().memsz());
    assert_eq!(image.bytes().len(), 0x12_3456 + 0x240);
}
