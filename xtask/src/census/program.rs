//! The program as the census sees it: code, and the functions in it.

use crate::blob::Linked;
use anyhow::{Context, Result, ensure};
use iced_x86::{Decoder, DecoderOptions, Instruction};
use purgatory_abi::kexec_tools;
use std::ops::Range;

/// Bits of the code.
const BITNESS: u32 = 64;

/// The label in a function at which code of fewer bits begins, and goes on to its end. It runs after the hand-off, where
/// nothing catches a fault, and writes an MSR, since no 32-bit kernel could be entered otherwise: no rule is for it.
const FEWER_BITS: &str = kexec_tools::ENTRY16;

/// A program whose addresses are offsets in its image.
pub(super) struct Program<'a> {
    image: &'a [u8],
    /// Every function, by address.
    pub(super) functions: Vec<Function>,
    /// Labels: names without a size.
    labels: Vec<(String, u64)>,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its own name, without path and hash.
    pub(super) name: String,
    /// Its name with the path of its module, without hash.
    pub(super) path: String,
    /// Its bytes.
    pub(super) range: Range<u64>,
}

impl<'a> Program<'a> {
    /// The program that the linker made.
    pub(super) fn of(linked: &'a Linked) -> Result<Self> {
        let mut functions = Vec::new();
        let mut labels = Vec::new();
        for symbol in &linked.symbols {
            let path = format!("{:#}", rustc_demangle::demangle(&symbol.name));
            let name = own_name(&path).to_owned();
            let end = symbol.address.checked_add(symbol.size);
            if !symbol.is_function {
                labels.push((name, symbol.address));
                continue;
            }
            let end = end.filter(|end| *end <= linked.image.len() as u64 && symbol.size != 0);
            let end =
                end.with_context(|| format!("the function {name} is empty or lies outside .text"))?;
            functions.push(Function { name, path, range: symbol.address..end });
        }
        functions.sort_by_key(|function| function.range.start);
        // One name of a function that has several is enough.
        functions.dedup_by_key(|function| function.range.start);
        if let Some((_, fewer_bits)) = labels.iter().find(|(name, _)| name == FEWER_BITS)
            && let Some(function) = functions.iter_mut().find(|f| f.range.contains(fewer_bits))
        {
            function.range.end = *fewer_bits;
        }
        ensure!(
            !functions.is_empty(),
            "the linked program has no function symbols to take a census of"
        );
        Ok(Self { image: &linked.image, functions, labels })
    }

    /// The function of this name.
    pub(super) fn function(&self, name: &str) -> Result<&Function> {
        let found = self.functions.iter().find(|function| function.name == name);
        found
            .with_context(|| format!("the census begins at the function {name}, and there is none"))
    }

    /// The function that `address` lies in.
    pub(super) fn function_at(&self, address: u64) -> Option<&Function> {
        self.functions.iter().find(|function| function.range.contains(&address))
    }

    /// Where the label of this name stands.
    pub(super) fn label(&self, name: &str) -> Result<u64> {
        let found = self.labels.iter().find(|(label, _)| label == name);
        let (_, address) = found
            .with_context(|| format!("the census needs the label {name}, and there is none"))?;
        Ok(*address)
    }

    /// The instructions from `range.start` on, to the end of `range`.
    pub(super) fn instructions(&self, range: Range<u64>) -> impl Iterator<Item = Instruction> {
        let bytes = self.image.get(range.start as usize..range.end as usize).unwrap_or_default();
        Decoder::with_ip(BITNESS, bytes, range.start, DecoderOptions::NONE).into_iter()
    }
}

/// `name` of `path::name`.
fn own_name(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_source_s_own() {
        assert_eq!(own_name("purgatory_start"), "purgatory_start");
        assert_eq!(own_name("purgatory::machine::probe::try_in"), "try_in");
    }
}
