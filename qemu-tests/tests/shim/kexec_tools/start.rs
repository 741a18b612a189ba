//! Images that are not Linux', and tables that lead nowhere.

use boot_shim::setup::{KexecTools, Mode, Place, Rip, Rsi, Setup};
use purgatory_abi::status::{Status, Warning};
use qemu_tests::shim::Case;

use crate::{PLAIN, tools};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // An image without boot parameters: they are not needed.
    let serial = tools(KexecTools { console_serial: true, ..KexecTools::PLAIN });
    let elf = Case::lands("no-boot-params", Setup { rsi: Rsi::Null, ..serial }, "");
    cases.extend(elf.does_not_warn(Warning::BootParamsUnmapped).and_broken());
    // Every table as it is by default: through 32-bit mode to real mode, and there to 0:0.
    let nothing = Setup { rip: Rip::Default, place: Place::Low, ..PLAIN };
    cases.push(
        Case::fails("nothing-set", nothing, "", Status::EntryUnmapped).says("0x0000000000000000"),
    );
    // Real-mode code lies below 1 MiB, 32-bit code below 4 GiB.
    let high = Setup { place: Place::High, ..PLAIN };
    for (name, setup) in [
        ("nothing-set/too-high", Setup { rip: Rip::Default, ..PLAIN }),
        ("16/above-1-mib", Setup { mode: Mode::Bits16, ..PLAIN }),
        ("16/above-4-gib", Setup { mode: Mode::Bits16, ..high }),
        ("32/above-4-gib", Setup { mode: Mode::Bits32, ..high }),
    ] {
        cases.push(Case::fails(name, setup, "", Status::EntryTooHigh));
    }
    cases
}
