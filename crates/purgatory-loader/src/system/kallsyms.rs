//! The running kernel's symbols, from `/proc/kallsyms`: `address type name`, followed by `[module]` for modules
//! (`s_show` of `kernel/kallsyms.c`).

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::string::String;

use super::{System, SystemError, failed, hexadecimal};

const FILE: &str = "proc/kallsyms";

/// The action if it is missing.
const ADVICE: &str = "the kernel must be built with CONFIG_KALLSYMS";

impl System {
    /// Returns the virtual addresses of symbols of the kernel itself.
    pub(super) fn symbols<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[u64; N], SystemError> {
        let path = self.path(FILE);
        let file = File::open(&path).map_err(|error| failed(&path, error, ADVICE))?;
        let mut found = [None; N];
        let mut lines = BufReader::new(file);
        let mut line = String::new();
        while found.contains(&None) {
            line.clear();
            let read = lines.read_line(&mut line);
            if read.map_err(|error| failed(&path, error, ADVICE))? == 0 {
                break;
            }
            let mut words = line.split_ascii_whitespace();
            let (address, name) = (words.next(), words.nth(1));
            let wanted = names.iter().position(|wanted| Some(*wanted) == name);
            if let (Some(index), None) = (wanted, words.next()) {
                let address = address.and_then(hexadecimal);
                found[index] =
                    Some(address.ok_or_else(|| self.malformed(FILE, &line, "an address"))?);
            }
        }
        let mut addresses = [0; N];
        for (index, name) in names.into_iter().enumerate() {
            let address = found[index];
            addresses[index] =
                address.ok_or_else(|| SystemError::NoSymbol { path: path.clone(), name })?;
        }
        if addresses.contains(&0) {
            return Err(SystemError::Hidden { path });
        }
        Ok(addresses)
    }
}
