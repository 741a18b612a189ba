//! I/O ports, as code that expects them to fault sees them.

/// Byte-wide port I/O. In a confidential guest every access may fault: then it answers `None`.
pub trait Ports {
    /// Reads a byte, or `None` where the access faults.
    fn read(&mut self, port: u16) -> Option<u8>;

    /// Writes a byte, or `None` where the access faults.
    fn write(&mut self, port: u16, value: u8) -> Option<()>;
}
