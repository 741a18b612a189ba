//! The 16550 UARTs of a PC: which ports and speeds a console can have.

/// The first ports of ttyS0 to ttyS3: `SERIAL_PORT_DFNS` of `arch/x86/include/asm/serial.h`.
pub const TTYS_PORTS: [u16; 4] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];

/// The highest speed, in bits per second: the clock of 1.8432 MHz divided by 16. A UART divides it further.
pub const MAX_BAUD: u32 = 115_200;

/// The lowest speed that a purgatory sets, in bits per second: a report at less would take minutes.
pub const MIN_BAUD: u32 = 1200;

/// The I/O ports of a UART, one for each register.
const PORTS: u16 = 8;

/// Whether `port` can be the first port of a UART: all of its ports exist, and ports 0 to 7 belong to the DMA controller.
#[must_use]
pub fn is_first_port(port: u16) -> bool {
    (PORTS..=u16::MAX - (PORTS - 1)).contains(&port)
}

/// Whether a UART can be set to `baud` bits per second: a divisor of [`MAX_BAUD`] that is at least [`MIN_BAUD`].
#[must_use]
pub fn is_baud(baud: u32) -> bool {
    baud >= MIN_BAUD && MAX_BAUD.is_multiple_of(baud)
}
