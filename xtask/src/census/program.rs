//! The input of the census: the program's code, and its functions.

use crate::blob::Linked;
use anyhow::{Context, Result, ensure};
use iced_x86::{Decoder, DecoderOptions, Instruction};
use purgatory_abi::kexec_tools;
use std::ops::Range;

/// The mode of the code, in bits.
const BITNESS: u32 = 64;

/// The label where a function's 32-bit and 16-bit code begins; this code extends to the function's end. It runs after
/// the hand-off, without exception handlers, and writes an MSR, as entering a 32-bit kernel requires. The census skips
/// it.
const LEGACY_CODE: &str = kexec_tools::ENTRY16;

/// A program whose addresses are offsets in its image.
pub(super) struct Program<'a> {
    image: &'a [u8],
    /// Every function, by address.
    pub(super) functions: Vec<Function>,
    /// The labels, which are names without a size.
    labels: Vec<(String, u64)>,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its name, without path and hash.
    pub(super) name: String,
    /// Its name with the path of its module, without hash.
    pub(super) path: String,
    /// The addresses of its code.
    pub(super) range: Range<u64>,
}

impl<'a> Program<'a> {
    /// Collects the functions and labels of a linked program.
    pub(super) fn of(linked: &'a Linked) -> Result<Self> {
        let mut functions = Vec::new();
        let mut labels = Vec::new();
        for symbol in &linked.symbols {
            let path = format!("{:#}", rustc_demangle::demangle(&symbol.name));
            let name = last_component(&path).to_owned();
            let end = symbol.address.checked_add(symbol.size);
            if !symbol.is_function {
                labels.push((name, symbol.address));
                continue;
            }
            let end = end.filter(|end| *end <= linked.image.len() as u64 && symbol.size != 0);
            let end =
                end.with_context(|| format!("the function {name} is empty or outside .text"))?;
            functions.push(Function { name, path, range: symbol.address..end });
        }
        functions.sort_by_key(|function| function.range.start);
        // A function with several names is listed once.
        functions.dedup_by_key(|function| function.range.start);
        if let Some((_, legacy_code)) = labels.iter().find(|(name, _)| name == LEGACY_CODE)
            && let Some(function) = functions.iter_mut().find(|f| f.range.contains(legacy_code))
        {
            function.range.end = *legacy_code;
        }
        ensure!(
            !functions.is_empty(),
            "cannot take the census: the linked program has no function symbols"
        );
        Ok(Self { image: &linked.image, functions, labels })
    }

    /// Returns the function called `name`.
    pub(super) fn function(&self, name: &str) -> Result<&Function> {
        let found = self.functions.iter().find(|function| function.name == name);
        found.with_context(|| {
            format!("the census needs the function {name}: the program has no such symbol")
        })
    }

    /// Returns the function that contains `address`.
    pub(super) fn function_at(&self, address: u64) -> Option<&Function> {
        self.functions.iter().find(|function| function.range.contains(&address))
    }

    /// Returns the functions whose names start with `prefix`, and the rest of the function after each such label.
    pub(super) fn named(&self, prefix: &str) -> impl Iterator<Item = (&str, Range<u64>)> {
        let functions = self.functions.iter().map(|of| (&*of.name, of.range.clone()));
        let labels = self.labels.iter().filter_map(|(name, address)| {
            let function = self.function_at(*address)?;
            Some((&**name, *address..function.range.end))
        });
        functions.chain(labels).filter(move |(name, _)| name.starts_with(prefix))
    }

    /// Returns the address of the label called `name`.
    pub(super) fn label(&self, name: &str) -> Result<u64> {
        let found = self.labels.iter().find(|(label, _)| label == name);
        let (_, address) = found.with_context(|| {
            format!("the census needs the label {name}: the program has no such symbol")
        })?;
        Ok(*address)
    }

    /// Decodes the instructions in `range`, beginning at its start.
    pub(super) fn instructions(&self, range: Range<u64>) -> impl Iterator<Item = Instruction> {
        let bytes = self.image.get(range.start as usize..range.end as usize).unwrap_or_default();
        Decoder::with_ip(BITNESS, bytes, range.start, DecoderOptions::NONE).into_iter()
    }
}

/// Returns `name` of `path::name`.
fn last_component(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_component_drops_the_path() {
        assert_eq!(last_component("purgatory_start"), "purgatory_start");
        assert_eq!(last_component("purgatory::machine::probe::try_in"), "try_in");
    }
}
