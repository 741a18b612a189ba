//! I/O ports; each access is a probe.

use super::probe;
use crate::ports::Ports;

/// The machine's ports.
#[derive(Clone, Copy)]
pub struct Io;

impl Ports for Io {
    fn read(&mut self, port: u16) -> Option<u8> {
        probe::read_port(port)
    }

    fn write(&mut self, port: u16, value: u8) -> Option<()> {
        probe::write_port(port, value)
    }
}
