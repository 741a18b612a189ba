//! Lines of an unexpected exception: the state of the processor.

use super::form::{self, Value};
use super::{Parse, Sink, Write, between, bounds};
use crate::Region;

const FAULT: &str = "fault: vector %d  error code %x  cr2 %x";
const POINTERS: &str = "rip %x  rsp %x  rflags %x";
const OWN: &str = "purgatory is at %x-%x";
/// Follows the name of a register.
const REGISTER: &str = " %x";

/// The number of general registers in a report.
pub const REGISTERS: usize = 15;

/// Their names in the order of the report, [`NAME`] characters each.
const NAMES: &str = "r15r14r13r12r11r10r9 r8 rbprdirsirdxrcxrbxrax";
const NAME: usize = 3;

const _: () = assert!(NAMES.len() == REGISTERS * NAME);

/// An unexpected exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultLine {
    /// Its vector.
    pub vector: u64,
    /// Its error code; 0 if the vector has none.
    pub error_code: u64,
    /// The register CR2: an address if the vector is 14, otherwise an older value.
    pub cr2: u64,
}

impl Write for FaultLine {
    fn write<S: Sink>(&self, sink: &mut S) {
        form::line(sink, FAULT, &[self.vector.into(), self.error_code.into(), self.cr2.into()]);
    }
}

impl Parse<'_> for FaultLine {
    fn parse(text: &str) -> Option<Self> {
        match form::read(FAULT, text)? {
            ([Value::Number(vector), Value::Number(error_code), Value::Number(cr2)], "") => {
                Some(Self { vector, error_code, cr2 })
            }
            _ => None,
        }
    }
}

/// Instruction pointer, stack pointer and flags at the exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct PointersLine {
    pub rip: u64,
    pub rsp: u64,
    pub rflags: u64,
}

impl Write for PointersLine {
    fn write<S: Sink>(&self, sink: &mut S) {
        form::line(sink, POINTERS, &[self.rip.into(), self.rsp.into(), self.rflags.into()]);
    }
}

impl Parse<'_> for PointersLine {
    fn parse(text: &str) -> Option<Self> {
        match form::read(POINTERS, text)? {
            ([Value::Number(rip), Value::Number(rsp), Value::Number(rflags)], "") => {
                Some(Self { rip, rsp, rflags })
            }
            _ => None,
        }
    }
}

/// The memory of the purgatory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLine {
    /// Its memory.
    pub region: Region,
}

impl Write for OwnLine {
    fn write<S: Sink>(&self, sink: &mut S) {
        let (first, last) = bounds(self.region);
        form::line(sink, OWN, &[first.into(), last.into()]);
    }
}

impl Parse<'_> for OwnLine {
    fn parse(text: &str) -> Option<Self> {
        match form::read(OWN, text)? {
            ([Value::Number(first), Value::Number(last)], "") => {
                Some(Self { region: between(first, last) })
            }
            _ => None,
        }
    }
}

/// A general register at the exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterLine<'a> {
    /// Its name, padded with a space to three characters.
    pub name: &'a str,
    /// Its value.
    pub value: u64,
}

/// Returns the lines of all general registers, with these values.
pub fn registers(values: &[u64; REGISTERS]) -> impl Iterator<Item = RegisterLine<'static>> {
    let mut names = NAMES;
    values.iter().map(move |value| {
        let (name, rest) = names.split_at_checked(NAME).unwrap_or_default();
        names = rest;
        RegisterLine { name, value: *value }
    })
}

impl Write for RegisterLine<'_> {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        sink.put(self.name.as_bytes());
        form::write(sink, REGISTER, &[self.value.into()]);
        form::end(sink);
    }
}

impl<'a> Parse<'a> for RegisterLine<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (name, rest) = text.split_at_checked(NAME)?;
        match form::read(REGISTER, rest)? {
            ([Value::Number(value)], "") => registers(&[value; REGISTERS])
                .any(|known| known.name == name)
                .then_some(Self { name, value }),
            _ => None,
        }
    }
}
