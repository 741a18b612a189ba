//! I/O ports, each access a probe.

use super::probe::{self, FAULTED};
use crate::ports::Ports;

/// The machine's ports.
#[derive(Clone, Copy)]
pub struct Io;

impl Ports for Io {
    fn read(&mut self, port: u16) -> Option<u8> {
        // SAFETY: nobody else drives a device now; where ports fault, the probe says so.
        let value = unsafe { probe::try_in(port) };
        (value != FAULTED).then_some(value as u8)
    }

    fn write(&mut self, port: u16, value: u8) -> Option<()> {
        // SAFETY: nobody else drives a device now; where ports fault, the probe says so.
        (unsafe { probe::try_out(port, value) } != FAULTED).then_some(())
    }
}
