//! Regions and digests, right and wrong.

use purgatory_abi::Loader;
use purgatory_abi::status::Status;
use purgatory_abi::verdict::key;
use qemu_tests::shim::Case;

const FLIP: &str = "flip=kernel/first";
const VERBOSE: &str = "purgatory.verbose";
/// `HOLE` of the shim's layout.rs: where the identity map has a gap.
const HOLE: &str = "0x0000000002400000";

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = match blob {
        Loader::Linux | Loader::KexecTools => drop_in(),
        // One digest over a table of regions is not its way: `native` has what is.
        Loader::Native => Vec::new(),
    };
    cases.push(Case::halts("entry-unmapped", "rip=unmapped", "", Status::EntryUnmapped).says(HOLE));
    cases.push(Case::halts("entry-in-blob", "rip=blob", "", Status::EntryUnmapped));
    cases
}

fn drop_in() -> Vec<Case> {
    let mut cases = Vec::new();
    for target in ["kernel", "initrd", "boot-params", "elfcorehdr", "digest"] {
        for place in ["first", "middle", "last"] {
            let name = format!("flip/{target}/{place}");
            let settings = format!("flip={target}/{place}");
            cases.push(
                Case::halts(&name, &settings, "", Status::Mismatch)
                    .value(key::REGIONS, "4")
                    .value(key::BYTES, "176128")
                    .says("purgatory: expected sha256 ")
                    .says("purgatory: actual   sha256 ")
                    .says("0x0000000004003000-0x0000000004022fff        131072 bytes  kernel")
                    .says("0x0000000004023000-0x000000000402afff         32768 bytes  initrd"),
            );
        }
    }
    for (settings, regions) in [("regions=none", "0"), ("regions=all", "16"), ("regions=hole", "4")]
    {
        let name = settings.replace('=', "/");
        cases.extend(
            Case::lands(&name, settings, VERBOSE).value(key::REGIONS, regions).and_broken(),
        );
    }
    // A made-up kernel that is neither whole pages nor whole blocks of SHA-256.
    cases.extend(
        Case::lands("odd-regions", "regions=all kernel-bytes=100001", VERBOSE).and_broken(),
    );

    for (bad, status) in [
        ("wraps", Status::RegionWraps),
        ("unmapped", Status::RegionUnmapped),
        ("partly-unmapped", Status::RegionUnmapped),
        ("middle-unmapped", Status::RegionUnmapped),
        ("covers-blob", Status::RegionCoversPurgatory),
        ("overlaps", Status::RegionsOverlap),
        ("huge", Status::RegionUnmapped),
    ] {
        let name = format!("bad-region/{bad}");
        let settings = format!("bad-region={bad}");
        // `continue` is for a mismatch only.
        let mut case = Case::halts(&name, &settings, "purgatory.on_failure=continue", status)
            .says("in region 4");
        if bad.ends_with("unmapped") {
            case = case.says(HOLE);
        }
        cases.push(case);
    }
    // What the capture kernel is told of its elfcorehdr names a region.
    let elfcorehdr = Case::halts("elfcorehdr", FLIP, "elfcorehdr=65536K", Status::Mismatch);
    cases.push(
        elfcorehdr.says("0x0000000004000000-0x0000000004000fff          4096 bytes  elfcorehdr"),
    );
    cases
}
