//! The physical address space and the crash kernel regions.

use std::ops::Range;

use purgatory_loader::system::CrashRegions;

use super::tree::{IOMEM, Tree};

fn ram(iomem: &str) -> Vec<Range<u64>> {
    Tree::with("proc/iomem", iomem).system().iomem().unwrap().ram()
}

fn regions(iomem: &str) -> Option<CrashRegions> {
    Tree::with("proc/iomem", iomem).system().iomem().unwrap().crash_regions()
}

#[test]
fn finds_ram_at_every_depth() {
    let expected = [0x1000..0x9_fc00, 0x10_0000..0x3ffe_0000, 0x1_0000_0000..0x1_8000_0000];
    assert_eq!(ram(IOMEM), expected);
}

#[test]
fn merges_nested_ram() {
    let nested =
        "1000-8fff : System RAM\n  2000-2fff : System RAM (virtio_mem)\n9000-9fff : System RAM\n";
    assert_eq!(ram(nested), [0x1000..0x9000, 0x9000..0xa000]);
    assert_eq!(ram("1000-1fff : System RAMDISK\n"), []);
}

#[test]
fn uses_the_higher_crash_kernel_region() {
    let main = 0x2e00_0000..0x3e00_0000;
    assert_eq!(regions(IOMEM), Some(CrashRegions { main: main.clone(), low: None }));
    let high =
        format!("{IOMEM}200000000-27fffffff : System RAM\n  210000000-21fffffff : Crash kernel\n");
    let both = regions(&high).unwrap();
    assert_eq!(both, CrashRegions { main: 0x2_1000_0000..0x2_2000_0000, low: Some(main) });
    assert_eq!(both.ranges(), [0x2e00_0000..0x3e00_0000, 0x2_1000_0000..0x2_2000_0000]);
    assert_eq!(regions("1000-1fff : System RAM\n"), None);
}

#[test]
fn reads_the_cma_ranges() {
    const FILE: &str = "sys/kernel/kexec/crash_cma_ranges";
    let cma = |text| Tree::with(FILE, text).system().crash_cma_ranges();
    assert_eq!(Tree::new().system().crash_cma_ranges().unwrap(), []);
    assert_eq!(cma("").unwrap(), []);
    let two = [0x1_0000_0000..0x1_0c80_0000, 0x2_0000_0000..0x2_0000_1000];
    assert_eq!(cma("100000000-10c7fffff\n200000000-200000fff\n").unwrap(), two);
    assert!(cma("100000000\n").is_err());
    assert!(cma("200000000-100000000\n").is_err());
}
