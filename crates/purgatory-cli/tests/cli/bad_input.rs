//! Arbitrary bytes never make the tool panic, or write a file that it cannot inspect.

use crate::compressed::{ALL, compress};
use crate::everything::everything;
use crate::sample;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use purgatory_cli::unpack::unpack;
use std::sync::LazyLock;

/// Changes of some bytes: their places and new values.
fn changes() -> impl Strategy<Value = Vec<(Index, Vec<u8>)>> {
    let values = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..9),
        prop::collection::vec(select(vec![0, 1, 0x80, 0xff]), 1..9),
    ];
    prop::collection::vec((any::<Index>(), values), 1..4)
}

fn change(mut bytes: Vec<u8>, changes: &[(Index, Vec<u8>)]) -> Vec<u8> {
    for (place, value) in changes {
        let start = place.index(bytes.len());
        let end = bytes.len().min(start + value.len());
        bytes[start..end].copy_from_slice(&value[..end - start]);
    }
    bytes
}

/// A kernel with a purgatory, in every compression.
static PACKED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let kernel = sample::program(&sample::linux(0));
    ALL.map(|compression| compress(compression, &kernel)).into()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_bytes(file in prop::collection::vec(any::<u8>(), 0..2048)) {
        everything(&file, &file);
    }

    #[test]
    fn changed_programs(changes in changes(), len in any::<Index>(), whole in any::<bool>()) {
        let (old, new) = (sample::kexec_tools(50), sample::kexec_tools(0));
        let mut file = change(sample::program(&old), &changes);
        if !whole {
            file.truncate(len.index(file.len()));
        }
        everything(&file, &new);
        everything(&sample::program(&old), &change(new, &changes));
    }
}

proptest! {
    // A decoder may allocate many megabytes, which is slow.
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_kernels(changes in changes(), packed in select(PACKED.clone())) {
        // The unpacked size, which limits the memory, stays small.
        let size = packed[packed.len() - 4..].to_vec();
        let mut changed = change(packed, &changes);
        let end = changed.len() - 4;
        changed[end..].copy_from_slice(&size);
        if let Ok((_, kernel)) = unpack(&changed) {
            let said = u32::from_le_bytes(size.try_into().unwrap());
            prop_assert_eq!(kernel.len(), said as usize);
        }
        everything(&sample::bz_image(&changed), &sample::linux(0));
    }
}
