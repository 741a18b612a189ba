//! Loaded kernels, permissions, and support for hotplug.

use purgatory_loader::system::{Hotplug, Kexec, Lockdown, SystemError};

use super::tree::Tree;

fn tree() -> Tree {
    let tree = Tree::new();
    tree.write("sys/kernel/kexec_loaded", "0\n");
    tree.write("sys/kernel/kexec_crash_loaded", "1\n");
    tree.write("sys/kernel/kexec_crash_size", "268435456\n");
    tree.write("proc/sys/kernel/kexec_load_disabled", "1\n");
    tree
}

#[test]
fn reads_the_state_of_kexec() {
    let tree = tree();
    tree.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    let expected = Kexec {
        loaded: false,
        crash_loaded: true,
        crash_bytes: 256 << 20,
        load_disabled: true,
        lockdown: Lockdown::Integrity,
    };
    assert_eq!(tree.system().kexec().unwrap(), expected);
}

#[test]
fn accepts_a_kernel_without_crash_dumps() {
    let tree = Tree::with("sys/kernel/kexec_loaded", "1\n");
    let expected = Kexec {
        loaded: true,
        crash_loaded: false,
        crash_bytes: 0,
        load_disabled: false,
        lockdown: Lockdown::None,
    };
    assert_eq!(tree.system().kexec().unwrap(), expected);
}

#[test]
fn rejects_a_kernel_without_kexec() {
    let error = Tree::new().system().kexec().unwrap_err();
    assert!(matches!(error, SystemError::Missing { .. }));
    assert!(error.to_string().contains("CONFIG_KEXEC"), "{error}");
}

#[test]
fn reads_every_lockdown_mode() {
    let tree = tree();
    let level = |text: &str| {
        tree.write("sys/kernel/security/lockdown", text);
        tree.system().kexec().map(|kexec| kexec.lockdown)
    };
    assert_eq!(level("[none] integrity confidentiality\n").unwrap(), Lockdown::None);
    assert_eq!(level("none integrity [confidentiality]\n").unwrap(), Lockdown::Confidentiality);
    for text in ["", "none integrity confidentiality", "[total]", "[none"] {
        assert!(matches!(level(text), Err(SystemError::Malformed { .. })), "{text}");
    }
}

#[test]
fn reads_hotplug_support() {
    let tree = Tree::new();
    let none = Hotplug { cpu: false, memory: false, elfcorehdr_bytes: None };
    assert_eq!(tree.system().hotplug().unwrap(), none);
    tree.write("sys/devices/system/cpu/crash_hotplug", "1\n");
    tree.write("sys/devices/system/memory/crash_hotplug", "0\n");
    tree.write("sys/kernel/crash_elfcorehdr_size", "917616\n");
    let some = Hotplug { cpu: true, memory: false, elfcorehdr_bytes: Some(917_616) };
    assert_eq!(tree.system().hotplug().unwrap(), some);
}

#[test]
fn rejects_flags_other_than_0_and_1() {
    let tree = tree();
    for text in ["2", "yes", "", "-1"] {
        tree.write("sys/kernel/kexec_loaded", text);
        assert!(matches!(tree.system().kexec(), Err(SystemError::Malformed { .. })), "{text}");
    }
}
