//! What a multiboot loader promises of the processor.
//!
//! Sources: "Multiboot Specification" 0.6.96, section 3.2; "Multiboot2 Specification" 2.0, section 3.3; Intel SDM
//! volume 3, "Control Registers" and "Extended Feature Enable Register".

use core::fmt;

const CR0_PE: u32 = 1 << 0;
const CR0_PG: u32 = 1 << 31;
const EFLAGS_IF: u32 = 1 << 9;
const EFLAGS_VM: u32 = 1 << 17;
const EFER_LME: u32 = 1 << 8;

/// The segment registers, in the order of the bits of [`State::bent`], the last one in bit 0.
const SEGMENTS: [&str; 6] = ["cs", "ds", "es", "fs", "gs", "ss"];

/// The processor's state at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// CR0.
    pub cr0: u32,
    /// EFLAGS.
    pub eflags: u32,
    /// The lower half of EFER.
    pub efer: u32,
    /// A bit for each segment that is not flat: another base than 0, or an end below 4 GiB.
    pub bent: u32,
}

impl State {
    /// Whether it is as promised.
    #[must_use]
    pub fn is_as_promised(&self) -> bool {
        self.broken_promises().next().is_none()
    }

    fn broken_promises(&self) -> impl Iterator<Item = &'static str> {
        let bits = [
            (self.cr0 & CR0_PE == 0, "CR0.PE is off"),
            (self.cr0 & CR0_PG != 0, "CR0.PG is on"),
            (self.eflags & EFLAGS_IF != 0, "EFLAGS.IF is on"),
            (self.eflags & EFLAGS_VM != 0, "EFLAGS.VM is on"),
            (self.efer & EFER_LME != 0, "EFER.LME is on"),
        ];
        let bent = self.bent;
        let segments = SEGMENTS.into_iter().rev().enumerate();
        let segments = segments.filter(move |(bit, _)| bent & 1 << bit != 0).map(|(_, name)| name);
        let bits = bits.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, text)| text);
        bits.chain((bent != 0).then_some("not flat:")).chain(segments)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_as_promised() {
            return f.write_str("ok");
        }
        f.write_str("wrong:")?;
        self.broken_promises().try_for_each(|text| write!(f, " {text}"))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    /// As QEMU and kexec-tools start a kernel: CR0.ET beside CR0.PE, and bit 1 of EFLAGS.
    const PROMISED: State = State { cr0: 0x11, eflags: 0x2, efer: 0, bent: 0 };

    #[test]
    fn a_state_as_promised_is_ok() {
        assert!(PROMISED.is_as_promised());
        assert_eq!(PROMISED.to_string(), "ok");
        assert!(State { efer: 1, ..PROMISED }.is_as_promised(), "EFER.SCE is promised by nobody");
    }

    #[test]
    fn every_broken_promise_is_named() {
        for (state, says) in [
            (State { cr0: 0x10, ..PROMISED }, "wrong: CR0.PE is off"),
            (State { cr0: 0x8000_0011, ..PROMISED }, "wrong: CR0.PG is on"),
            (State { eflags: 0x202, ..PROMISED }, "wrong: EFLAGS.IF is on"),
            (State { eflags: 0x2_0002, ..PROMISED }, "wrong: EFLAGS.VM is on"),
            (State { efer: 0x100, ..PROMISED }, "wrong: EFER.LME is on"),
            (State { bent: 1, ..PROMISED }, "wrong: not flat: ss"),
            (State { bent: 0x30, ..PROMISED }, "wrong: not flat: ds cs"),
        ] {
            assert!(!state.is_as_promised());
            assert_eq!(state.to_string(), says);
        }
    }
}
