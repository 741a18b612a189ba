//! Arguments of the commands that load kernels. Everything that would make a system call is tested only on fake
//! machines.

use crate::directory::Directory;
use purgatory_cli::exit;

fn assert_rejected(arguments: &[&str], message: &str) {
    let ran = Directory::with(&[]).run(arguments);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
}

#[test]
fn rejects_invalid_values() {
    let load = |argument| {
        assert_rejected(&["load", argument, "vmlinuz"], "write halt, reset, reset,SECONDS")
    };
    load("--on-failure=spin");
    load("--on-failure=reset,soon");
    for (value, reason) in [
        ("vga", "write ttyS0[,BAUD] to ttyS3[,BAUD], io,0xPORT[,BAUD], or none"),
        ("io,0x1", "the port is a number from 0x8 to 0xfff8"),
        (
            "ttyS0,7",
            "the speed is a divisor of 115200 that is at least 1200, such as 115200 or 9600",
        ),
    ] {
        let message = format!("invalid value '{value}' for '--console <CONSOLE>': {reason}");
        assert_rejected(&["load", "--console", value, "vmlinuz"], &message);
    }
}

#[test]
fn rejects_more_than_four_consoles() {
    let arguments = ["load", "--console=ttyS0", "vmlinuz"];
    let more = ["--console=ttyS0"; 4];
    let message = "--console is given 5 times, but the purgatory prints to at most 4 consoles: leave some out";
    assert_rejected(&[&arguments[..], &more].concat(), message);
}

#[test]
fn rejects_contradictory_consoles() {
    let load = |consoles: [&str; 2], message| {
        let consoles = consoles.map(|console| format!("--console={console}"));
        assert_rejected(&["load", &consoles[0], &consoles[1], "vmlinuz"], message);
    };
    let twice = "--console names the port 0x3f8 twice: leave one out";
    load(["ttyS0", "ttyS0"], twice);
    load(["ttyS0,9600", "io,0x3f8"], twice);
    let none = "--console=none disables output: leave out either it or the other consoles";
    load(["none", "ttyS0"], none);
    load(["ttyS0", "none"], none);
}

#[test]
fn rejects_contradictory_and_missing_arguments() {
    assert_rejected(&["load", "-p", "-l", "vmlinuz"], "cannot be used with");
    assert_rejected(&["load", "--load-panic", "--load", "vmlinuz"], "cannot be used with");
    assert_rejected(&["load", "-p"], "required");
    assert_rejected(&["unload", "vmlinuz"], "unexpected argument");
    assert_rejected(&["exec", "vmlinuz"], "unexpected argument");
    assert_rejected(&["status", "--panic"], "unexpected argument");
}

#[test]
fn help_lists_all_options() {
    let help = Directory::with(&[]).run(&["load", "--help"]);
    assert_eq!(help.status, 0);
    for switch in [
        "--panic",
        "--load-panic",
        "--initrd",
        "--ramdisk",
        "--command-line",
        "--append",
        "--reuse-cmdline",
        "--on-failure",
        "--console",
        "--verbose",
        "--dry-run",
        "--json",
    ] {
        assert!(help.stdout.contains(switch), "{switch}: {}", help.stdout);
    }
}

#[test]
fn help_ends_with_the_exit_statuses() {
    for (command, statuses) in [
        ("load", exit::LOAD),
        ("unload", exit::UNLOAD),
        ("status", exit::STATUS),
        ("exec", exit::EXEC),
        ("embed", exit::EMBED),
        ("inspect", exit::INSPECT),
    ] {
        let help = Directory::with(&[]).run(&[command, "--help"]);
        let end = format!("\n\n{}\n", exit::help(statuses));
        assert!(help.status == 0 && help.stdout.ends_with(&end), "{}", help.stdout);
    }
}
