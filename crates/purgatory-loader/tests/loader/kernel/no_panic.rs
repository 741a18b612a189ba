//! Arbitrary files never make the library panic, and every image fits into its memory.

use super::sample::*;
use proptest::prelude::*;
use proptest::sample::Index;
use purgatory_loader::kernel::{Crash, Inputs, Kernel, crash_memory, image};
use purgatory_loader::machine::{E820Entry, E820Kind, Machine};

/// Parses a file and makes an image of it.
fn everything(file: &[u8], initrd: &[u8], elfcorehdr_bytes: u64, crash: bool) {
    let kernel = match Kernel::parse(file) {
        Ok(kernel) => kernel,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let crash = crash.then_some(Crash { regions: &[], elfcorehdr: b"\x7fELF", elfcorehdr_bytes });
    let machine = machine();
    let inputs = Inputs { initrd: Some(initrd), crash, ..inputs(&kernel, &machine) };
    match image(&inputs, &mut placer()) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(image) => {
            let mut ranges: Vec<_> = (image.segments.iter())
                .map(|segment| (segment.address, segment.payload.len() as u64 + segment.zeros))
                .collect();
            ranges.sort();
            assert!(ranges.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
        }
    }
}

/// Changes some bytes.
fn mutate(file: &mut [u8], changes: &[(Index, Vec<u8>)], within: usize) {
    for (place, value) in changes {
        let start = place.index(within);
        let end = file.len().min(start + value.len());
        file[start..end].copy_from_slice(&value[..end - start]);
    }
}

fn changes() -> impl Strategy<Value = Vec<(Index, Vec<u8>)>> {
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..9),
        prop::collection::vec(prop_oneof![Just(0), Just(0xff), Just(0x80), Just(1)], 1..9),
    ];
    prop::collection::vec((any::<Index>(), value), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn changed_bzimages_do_not_panic(changes in changes(), len in any::<Index>(), cut in any::<bool>(), crash in any::<bool>()) {
        let mut file = bz_image();
        mutate(&mut file, &changes, 0x290);
        let len = if cut { len.index(file.len()) } else { file.len() };
        everything(&file[..len], b"initrd", 0x1000, crash);
    }

    #[test]
    fn changed_vmlinuxes_do_not_panic(changes in changes(), len in any::<Index>(), cut in any::<bool>(), crash in any::<bool>()) {
        let mut file = vmlinux();
        mutate(&mut file, &changes, 64 + 4 * 56);
        let len = if cut { len.index(file.len()) } else { file.len() };
        everything(&file[..len], b"initrd", 0x1000, crash);
    }

    #[test]
    fn any_bytes_do_not_panic(file in prop::collection::vec(any::<u8>(), 0..600), initrd in prop::collection::vec(any::<u8>(), 0..8), bytes: u64) {
        everything(&file, &initrd, bytes, false);
        everything(&bz_image(), &initrd, bytes, true);
    }

    #[test]
    fn any_memory_map_does_not_panic(entries in prop::collection::vec((any::<u64>(), any::<u64>(), any::<bool>()), 0..200), region: (u64, u64), elfcorehdr: (u64, u64)) {
        let kind = |ram| if ram { E820Kind::Ram } else { E820Kind::Acpi };
        let memory: Vec<_> = (entries.into_iter())
            .map(|(start, size, ram)| E820Entry { start, size, kind: kind(ram) })
            .collect();
        let region = region.0..region.1;
        crash_memory(&memory, std::slice::from_ref(&region), &(elfcorehdr.0..elfcorehdr.1));
        let machine = Machine { memory, ..Machine::default() };
        let file = bz_image();
        let kernel = Kernel::parse(&file).unwrap();
        let made = image(&inputs(&kernel, &machine), &mut placer());
        prop_assert_eq!(made.is_ok(), !machine.memory.is_empty());
    }
}
