//! The VGA text screen, for machines whose console is a monitor.

pub mod reset;
pub mod screen;
