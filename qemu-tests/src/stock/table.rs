//! The runs of kexec-tools, the stock purgatory next to ours, as a table in Markdown.

use std::fmt::Write;

use boot_shim::fault::{At, Fault, Part};

use super::case::{Case, Purgatory, Start};
use super::cases::kexec_tools::ALL;
use super::machine::Machine;
use crate::kernels::DEBIAN;

/// The text above the table.
const HEAD: &str = "\
# kexec-tools on stock kernels

Each run loads a kernel with `kexec -c` of Debian 12 on a stock kernel under QEMU, with the purgatory of kexec-tools
(stock) and with ours, embedded by `purgatory embed`. After `-p` the running kernel panics; after `-l` it runs
`kexec -e`. In the runs with a changed part, one bit of it is flipped after the load. `boots` means that the target
kernel boots, and after `-p` also writes a dump. Under BIOS, if nothing is changed, that dump has the original low
memory.

The table lists the expectations in `qemu-tests/src/stock/cases/kexec_tools.rs`, and `cargo xtask table` generates it.
`cargo xtask test --full` makes every run, and `cargo xtask test` a third of them. A run with another result fails.

";

const COLUMNS: [&str; 6] = ["run", "load", "changed", "kernel", "stock", "ours"];

/// The table's file.
#[must_use]
pub fn table() -> String {
    let mut text = HEAD.to_owned();
    line(&mut text, &COLUMNS.map(str::to_owned));
    line(&mut text, &COLUMNS.map(|_| "---".to_owned()));
    for case in ALL {
        let cell =
            |purgatory| case.run(purgatory).map_or("-".to_owned(), |run| run.expected.to_string());
        let [stock, ours] = Purgatory::ALL.map(cell);
        let changed = case.faults.first().map_or("", changed).to_owned();
        for (index, (kernel, _)) in DEBIAN.into_iter().enumerate() {
            if case.kernels.contains(index, DEBIAN.len()) {
                let name = format!("`{}`", case.name);
                let (changed, stock, ours) = (changed.clone(), stock.clone(), ours.clone());
                line(&mut text, &[name, image(case), changed, kernel.to_owned(), stock, ours]);
            }
        }
    }
    text
}

fn image(case: &Case) -> String {
    let kind = match case.start {
        Start::Panic => "-p",
        Start::Exec => "-l",
    };
    let text = format!("{kind} {} {}", case.image.name(), case.switches);
    let mut image = format!("`{}`", text.trim_end());
    let machine = machine(case);
    if !machine.is_empty() {
        let _ = write!(image, ", {machine}");
    }
    image
}

fn machine(case: &Case) -> &'static str {
    let Machine { ram, uefi, vga, .. } = case.machine;
    match (vga, case.graphics, uefi) {
        (true, true, _) => "VGA in a graphics mode",
        (true, false, _) => "VGA in text mode",
        (_, _, true) => "UEFI",
        _ if ram == 6 << 30 => "6 GiB of RAM",
        _ => "",
    }
}

fn changed(fault: &Fault) -> &'static str {
    let At::Part(part, _) = fault.at else { return "" };
    match part {
        Part::Kernel => "kernel",
        Part::Initrd => "initrd",
        Part::BootParams => "boot_params",
        Part::IgnoredWord => "command line",
        Part::Elfcorehdr => "elfcorehdr",
        Part::Backup => "backup region",
        Part::SetupData => "setup data",
        _ => "",
    }
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
    #[test]
    fn the_table_in_the_documentation_is_current() {
        let file = crate::workspace::root().join("docs/kexec-tools-table.md");
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            super::table(),
            "run `cargo xtask table`"
        );
    }
}
