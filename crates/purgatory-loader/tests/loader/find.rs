//! Objects inside other bytes.

use crate::purgatory::Purgatory;
use purgatory_loader::find;

#[test]
fn finds_each_with_its_offset_and_length() {
    let object = Purgatory::new().write();
    let mut bytes = b"\x7fELF, but no object".to_vec();
    let first = bytes.len();
    bytes.extend(&object);
    bytes.extend(b"\x7f\x7fE");
    let second = bytes.len();
    bytes.extend(&object);
    bytes.extend(b"\x7fELF");

    let found = find::embedded(&bytes);
    let places: Vec<_> = found.iter().map(|found| found.offset).collect();
    assert_eq!(places, [first, second]);
    for embedded in found {
        assert_eq!(embedded.blob.bytes(), object);
    }
}

#[test]
fn finds_no_broken_object() {
    let object = Purgatory::new().write();
    assert!(find::embedded(&object[..object.len() - 1]).is_empty());
    assert!(find::embedded(&[]).is_empty());
}
