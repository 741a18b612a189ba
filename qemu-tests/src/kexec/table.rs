//! All runs, the stock purgatory beside ours, as a table in Markdown.

use std::fmt::Write;

use super::case::{Case, Changed};
use super::cases::ALL;
use crate::crash::case::{Purgatory, Start};

/// What stands above the table.
const HEAD: &str = "\
# kexec-tools on stock kernels

Made by `cargo xtask table`, which makes every one of these runs; `cargo xtask test` makes a third of them, `--full`
the others too, and fails if one ends otherwise. Each is `kexec -c` of Debian 12 with its own purgatory, and with ours put in its place by `purgatory embed`, on
a stock kernel under QEMU. `-p` is followed by a panic, `-l` by `kexec -e`. Where something is changed, it is one bit of
what is loaded. `boots` is a kernel that came up, after `-p` with a dump; under BIOS, where nothing was changed, low memory
in that dump is as it was. The cases, and what is expected of them, are in `qemu-tests/src/kexec/cases.rs`.

";

const COLUMNS: [&str; 6] = ["run", "what", "changed", "kernel", "stock", "ours"];

/// One run for the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kernel's name.
    pub kernel: String,
    /// Which purgatory was loaded.
    pub purgatory: Purgatory,
    /// The case's name.
    pub case: &'static str,
    /// What was seen, in words.
    pub seen: String,
}

/// The table's file: cases in their order, the kernels of one in that of `kernels`.
#[must_use]
pub fn table(rows: &[Row], kernels: &[&str]) -> String {
    let mut text = HEAD.to_owned();
    line(&mut text, &COLUMNS.map(str::to_owned));
    line(&mut text, &COLUMNS.map(|_| "---".to_owned()));
    for case in ALL {
        for &kernel in kernels {
            let cell = |purgatory| {
                let same = |row: &&Row| {
                    (row.kernel.as_str(), row.purgatory, row.case) == (kernel, purgatory, case.name)
                };
                rows.iter().find(same).map(|row| row.seen.clone())
            };
            let (stock, ours) = (cell(Purgatory::Stock), cell(Purgatory::Ours));
            if stock.is_none() && ours.is_none() {
                continue;
            }
            let changed = case.changed.map_or("", Changed::name).to_owned();
            let [stock, ours] = [stock, ours].map(|cell| cell.unwrap_or_else(|| "-".to_owned()));
            let name = format!("`{}`", case.name);
            line(&mut text, &[name, what(case), changed, kernel.to_owned(), stock, ours]);
        }
    }
    text
}

fn what(case: &Case) -> String {
    let kind = match case.start {
        Start::Panic => "-p",
        Start::Exec => "-l",
    };
    let words = format!("{kind} {} {}", case.image.name(), case.switches);
    let mut what = format!("`{}`", words.trim_end());
    if !case.machine.name().is_empty() {
        let _ = write!(what, ", {}", case.machine.name());
    }
    what
}

fn line(text: &mut String, cells: &[String; 6]) {
    for cell in cells {
        // Writing to a String cannot fail.
        let _ = write!(text, "| {cell} ");
    }
    text.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kexec::case::Kernels;
    use crate::kexec::seen::{Expected, Seen};
    use crate::workspace;

    fn row(kernel: &str, purgatory: Purgatory, seen: &str) -> Row {
        let case = "crash-clean";
        Row { kernel: kernel.to_owned(), purgatory, case, seen: seen.to_owned() }
    }

    #[test]
    fn the_table_in_the_documentation_is_what_is_expected() {
        let mut rows = Vec::new();
        for case in ALL {
            let kernels = ["6.1", "6.12"].into_iter();
            let newest = |kernel: &&str| case.kernels == Kernels::All || *kernel == "6.12";
            for (kernel, purgatory) in kernels
                .filter(newest)
                .flat_map(|kernel| Purgatory::ALL.map(|purgatory| (kernel, purgatory)))
            {
                let Expected { end, says } = *case.expected(purgatory);
                let seen = Seen { end, says: says.to_vec() }.to_string();
                rows.push(Row { kernel: kernel.to_owned(), purgatory, case: case.name, seen });
            }
        }
        let file = workspace::root().join("docs/kexec-tools-table.md");
        let made = std::fs::read_to_string(file).unwrap();
        assert_eq!(made, table(&rows, &["6.1", "6.12"]), "run `cargo xtask table`");
    }

    #[test]
    fn a_run_s_cells_stand_side_by_side() {
        let rows = [
            row("6.12", Purgatory::Ours, "halts"),
            row("6.1", Purgatory::Ours, "boots"),
            row("6.1", Purgatory::Stock, "spins"),
        ];
        let table = table(&rows, &["6.1", "6.12"]);
        let lines: Vec<&str> = table.lines().filter(|line| line.contains("crash-clean")).collect();
        let first = "| `crash-clean` | `-p bzImage` |  | 6.1 | spins | boots |";
        assert_eq!(lines, [first, "| `crash-clean` | `-p bzImage` |  | 6.12 | - | halts |"]);
    }
}
