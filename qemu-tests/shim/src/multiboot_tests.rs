extern crate std;

use super::*;
use std::string::ToString;
use std::vec;

/// Where the memory of the tests begins, and where things lie in it.
const BASE: u64 = 0x9000;
const INFO: u32 = 0x9000;
const LINE: u32 = 0xa000;
const MAP: u32 = 0x9200;
const BYTES: usize = 0x3000;

const MAGIC1: u32 = 0x2bad_b002;
const MAGIC2: u32 = 0x36d7_6289;

struct Bytes(Vec<u8>);

impl Memory for Bytes {
    fn copy(&self, address: u64, bytes: u64) -> Option<Vec<u8>> {
        let start = address.checked_sub(BASE)? as usize;
        self.0.get(start..)?.get(..bytes as usize).map(<[u8]>::to_vec)
    }
}

impl Bytes {
    fn put(&mut self, address: u32, bytes: &[u8]) {
        let start = address as usize - BASE as usize;
        self.0[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn words(&mut self, address: u32, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(address, &bytes);
    }
}

/// Two rows, the second one with 4 bytes more than it needs.
fn memory1() -> Bytes {
    let mut memory = Bytes(vec![0; BYTES]);
    memory.words(INFO, &[FLAG_COMMAND_LINE | FLAG_MEMORY_MAP]);
    memory.words(INFO + COMMAND_LINE as u32, &[LINE]);
    memory.words(INFO + MAP_BYTES as u32, &[24 + 28, MAP]);
    memory.put(LINE, b"kernel some \"words\"\0");
    memory.words(MAP, &[20, 0, 0, 0xa_0000, 0, 1, 24, 0xf000_0000, 0, 0x1000, 0, 2, 0]);
    memory
}

/// A command line, an odd tag, and a map of one row.
fn memory2() -> Bytes {
    let mut memory = Bytes(vec![0; BYTES]);
    memory.words(INFO, &[96, 0, TAG_COMMAND_LINE, 8 + 7]);
    memory.put(INFO + 16, b"kernel\0");
    memory.words(INFO + 24, &[77, 12, 0, 0]);
    memory.words(INFO + 40, &[TAG_MEMORY_MAP, 40, 24, 0, 0, 0, 0xa_0000, 0, 1, 0]);
    memory.words(INFO + 80, &[TAG_END, 8]);
    memory
}

fn error1(change: impl FnOnce(&mut Bytes)) -> MultibootError {
    let mut memory = memory1();
    change(&mut memory);
    Info::read(&memory, MAGIC1, INFO).unwrap_err()
}

fn error2(change: impl FnOnce(&mut Bytes)) -> MultibootError {
    let mut memory = memory2();
    change(&mut memory);
    Info::read(&memory, MAGIC2, INFO).unwrap_err()
}

#[test]
fn what_a_multiboot_loader_hands_over_is_read() {
    let memory = memory1();
    let info = Info::read(&memory, MAGIC1, INFO).unwrap();
    let line = r#"multiboot1 magic=0x2badb002 cmdline="kernel some \"words\"" memory-map=2"#;
    assert_eq!(info.to_string(), line);
}

#[test]
fn what_a_multiboot2_loader_hands_over_is_read() {
    let memory = memory2();
    let info = Info::read(&memory, MAGIC2, INFO).unwrap();
    let line = r#"multiboot2 magic=0x36d76289 cmdline="kernel" memory-map=1"#;
    assert_eq!(info.to_string(), line);
}

#[test]
fn an_unknown_magic_is_said() {
    let error = Info::read(&memory1(), 0x1234, INFO).unwrap_err();
    assert_eq!(error.to_string(), "eax=0x1234 is the magic of no multiboot loader");
    // Each magic with the other one's information.
    assert!(Info::read(&memory2(), MAGIC1, INFO).is_err());
    assert!(Info::read(&memory1(), MAGIC2, INFO).is_err());
}

#[test]
fn a_table_where_none_can_lie_is_said() {
    let place = |what, address| MultibootError::Place { what, address };
    for magic in [MAGIC1, MAGIC2] {
        for address in [0, 0x8fff, 0xbffe, u32::MAX] {
            let error = Info::read(&memory1(), magic, address).unwrap_err();
            assert_eq!(error, place("information", address.into()));
        }
    }
    let error = error1(|memory| memory.words(INFO + COMMAND_LINE as u32, &[0xfee0_0000]));
    assert_eq!(error, place("command line", 0xfee0_0000));
    let error = error1(|memory| memory.words(INFO + MAP_ADDRESS as u32, &[0xbfff]));
    assert_eq!(error, place("memory map", 0xbfff));
    assert_eq!(error.to_string(), "the memory map cannot lie at 0xbfff");
    let error = error2(|memory| memory.words(INFO, &[TABLE_LIMIT]));
    assert_eq!(error, place("information", INFO.into()));
}

#[test]
fn what_is_missing_is_said() {
    let missing = MultibootError::Missing;
    assert_eq!(error1(|memory| memory.words(INFO, &[FLAG_MEMORY_MAP])), missing("command line"));
    assert_eq!(error1(|memory| memory.words(INFO, &[FLAG_COMMAND_LINE])), missing("memory map"));
    assert_eq!(error2(|memory| memory.words(INFO + 8, &[77])), missing("command line"));
    assert_eq!(error2(|memory| memory.words(INFO + 40, &[77])), missing("memory map"));
    assert_eq!(error2(|memory| memory.words(INFO, &[80])), missing("last tag"));
    assert_eq!(missing("last tag").to_string(), "there is no last tag");
}

#[test]
fn a_size_that_cannot_be_is_said() {
    let map = MultibootError::Size("memory map");
    for size in [0, 19, 49, u32::MAX] {
        assert_eq!(error1(|memory| memory.words(MAP, &[size])), map, "{size}");
    }
    for bytes in [1, 23, 51, TABLE_LIMIT + 1, u32::MAX] {
        assert_eq!(
            error1(|memory| memory.words(INFO + MAP_BYTES as u32, &[bytes])),
            map,
            "{bytes}"
        );
    }
    for bytes in [0, 7, TABLE_LIMIT + 1, u32::MAX] {
        let error = error2(|memory| memory.words(INFO, &[bytes]));
        assert_eq!(error, MultibootError::Size("information"), "{bytes}");
    }
    for size in [0, 7, 89, u32::MAX] {
        let error = error2(|memory| memory.words(INFO + 28, &[size]));
        assert_eq!(error, MultibootError::Size("tag"), "{size}");
    }
    for size in [8, 15, 39] {
        assert_eq!(error2(|memory| memory.words(INFO + 44, &[size])), map, "{size}");
    }
    for row in [0, 23, 32, u32::MAX] {
        assert_eq!(error2(|memory| memory.words(INFO + 48, &[row])), map, "{row}");
    }
    assert_eq!(map.to_string(), "the memory map is not as long as it says");
}

#[test]
fn a_command_line_that_is_no_text_is_said() {
    assert_eq!(error1(|memory| memory.put(LINE, &[0xff])), MultibootError::Text);
    assert_eq!(error1(|memory| memory.0[0x1000..0x2000].fill(b'x')), MultibootError::Text);
    assert_eq!(error2(|memory| memory.put(INFO + 16, b"kernels")), MultibootError::Text);
    assert_eq!(MultibootError::Text.to_string(), "the command line is no text that ends");
}

#[test]
fn a_map_without_ram_is_said() {
    assert_eq!(error1(|memory| memory.words(MAP + 20, &[2])), MultibootError::NoRam);
    assert_eq!(error1(|memory| memory.words(INFO + MAP_BYTES as u32, &[0])), MultibootError::NoRam);
    assert_eq!(error2(|memory| memory.words(INFO + 72, &[2])), MultibootError::NoRam);
    assert_eq!(MultibootError::NoRam.to_string(), "the memory map has no RAM");
}
