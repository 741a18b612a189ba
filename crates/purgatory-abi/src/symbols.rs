//! Symbols that a purgatory defines for its loader.

/// A symbol that a purgatory defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub kind: SymbolKind,
    /// The rule for the symbol, if the loader fails or misbehaves without it.
    pub rule: Option<SymbolRule>,
}

/// The type of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// Code that is called or jumped to by its address.
    Function,
    /// An address.
    Label,
    /// Data that the loader or the purgatory writes.
    Table {
        /// The exact size.
        bytes: usize,
    },
}

/// The rule for a symbol. A table needs its exact size and bytes in the file, any other symbol an address in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymbolRule {
    /// The name of the rule, which starts with the name of the symbol.
    pub name: &'static str,
    /// The loader's use of the symbol.
    pub why: &'static str,
}

/// Declares the symbols of a contract: a constant for each name, and `SYMBOLS`, the list of all of them.
macro_rules! symbols {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $kind:tt $(, $rule:literal, $why:literal)?;)+) => {
        $($(#[$doc])* pub const $constant: &str = $name;)+

        /// Every symbol of this contract.
        pub const SYMBOLS: &[$crate::Symbol] = &[$($crate::Symbol {
            name: $name,
            kind: symbols!(@kind $kind),
            rule: symbols!(@rule $($name, $rule, $why)?),
        },)+];
    };
    (@kind function) => { $crate::SymbolKind::Function };
    (@kind label) => { $crate::SymbolKind::Label };
    (@kind [$type:ty]) => { $crate::SymbolKind::Table { bytes: size_of::<$type>() } };
    (@rule) => { None };
    (@rule $name:literal, $rule:literal, $why:literal) => {
        Some($crate::SymbolRule { name: concat!($name, ": ", $rule), why: $why })
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kexec_tools, linux, native};
    use std::format;

    #[test]
    fn rules_give_the_size_of_tables() {
        for symbol in [linux::SYMBOLS, kexec_tools::SYMBOLS, native::SYMBOLS].concat() {
            let Some(rule) = symbol.rule else { continue };
            let expected = match symbol.kind {
                SymbolKind::Table { bytes: 1 } => "global, 1 byte, not bss".into(),
                SymbolKind::Table { bytes } => format!("global, {bytes} bytes, not bss"),
                SymbolKind::Function | SymbolKind::Label => "global, loaded".into(),
            };
            assert_eq!(rule.name, format!("{}: {expected}", symbol.name));
        }
    }
}
