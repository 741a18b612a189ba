//! The program that measures; `cargo xtask bench` starts it.

fn main() {}
