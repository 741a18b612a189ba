//! Access to I/O ports. Every access may fault.

/// Byte-wide port I/O. In a confidential guest every access may fault.
pub trait Ports {
    /// Reads a byte; `None` if the access faults.
    fn read(&mut self, port: u16) -> Option<u8>;

    /// Writes a byte; `None` if the access faults.
    fn write(&mut self, port: u16, value: u8) -> Option<()>;
}
