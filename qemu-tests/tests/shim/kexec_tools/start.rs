//! Images that are not Linux', and tables that lead nowhere.

use purgatory_abi::status::{Status, Warning};
use qemu_tests::shim::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // An image without boot parameters: nobody misses them.
    let elf = Case::lands("no-boot-params", "rsi=null console-serial", "");
    cases.extend(elf.does_not_warn(Warning::BootParamsUnmapped).and_broken());
    // Every table as it is by default: through 32-bit mode to real mode, and there to 0:0.
    let nothing = "rip=default place=low";
    cases.push(
        Case::halts("nothing-set", nothing, "", Status::EntryUnmapped).says("0x0000000000000000"),
    );
    // Real-mode code lies below 1 MiB, 32-bit code below 4 GiB.
    for (name, settings) in [
        ("nothing-set/too-high", "rip=default place=crash"),
        ("16/above-1-mib", "mode=16 place=crash"),
        ("16/above-4-gib", "mode=16 place=high"),
        ("32/above-4-gib", "mode=32 place=high"),
    ] {
        cases.push(Case::halts(name, settings, "", Status::EntryTooHigh));
    }
    cases
}
