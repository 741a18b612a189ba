//! The tables of each loader. Each module knows only one loader's symbols, and turns them into a
//! [`Plan`](crate::plan::Plan).

#[cfg(feature = "kexec-tools")]
pub mod kexec_tools;
pub mod linux;
pub mod native;
mod registers;
