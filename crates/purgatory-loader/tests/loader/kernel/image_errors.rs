//! One test for each error of making a kernel's image.

use super::sample::*;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::kernel::{Crash, ImageError, Inputs, Kernel, image};
use purgatory_loader::machine::{E820Entry, E820Kind, Machine};
use purgatory_loader::segments::{Placer, PlacerError};

/// Returns the error of making an image of `file` with these changes to its inputs.
fn error(file: &[u8], machine: &Machine, change: impl FnOnce(&mut Inputs<'_>)) -> ImageError {
    let kernel = Kernel::parse(file).unwrap();
    let mut inputs = inputs(&kernel, machine);
    change(&mut inputs);
    image(&inputs, &mut placer()).unwrap_err()
}

fn crash(elfcorehdr: &'static [u8], elfcorehdr_bytes: u64) -> Option<Crash<'static>> {
    Some(Crash { regions: &[], elfcorehdr, elfcorehdr_bytes })
}

#[test]
fn rejects_a_kernel_without_five_level_paging() {
    let machine = Machine { five_level_paging: true, ..machine() };
    let file = bz_image_with(XLOADFLAGS, [0x5f]);
    assert_eq!(error(&file, &machine, |_| {}), ImageError::FiveLevelPaging);
    for file in [bz_image(), vmlinux()] {
        let kernel = Kernel::parse(&file).unwrap();
        assert!(image(&inputs(&kernel, &machine), &mut placer()).is_ok());
    }
}

#[test]
fn rejects_an_empty_memory_map() {
    assert_eq!(error(&bz_image(), &Machine::default(), |_| {}), ImageError::NoMemoryMap);
}

#[test]
fn rejects_too_many_ranges() {
    let entry = |start| E820Entry { start, size: 1, kind: E820Kind::Reserved };
    let ranges = |count| Machine { memory: (0..count).map(entry).collect(), ..Machine::default() };
    let expected = ImageError::TooManyRanges { count: 3201, max: 3200 };
    assert_eq!(error(&bz_image(), &ranges(3201), |_| {}), expected);
    let (file, machine) = (bz_image(), ranges(3200));
    let kernel = Kernel::parse(&file).unwrap();
    assert!(image(&inputs(&kernel, &machine), &mut placer()).is_ok());
}

#[test]
fn rejects_boot_params_of_another_size() {
    for len in [0, 4095, 4097] {
        let machine = Machine { boot_params: Some(vec![0; len]), ..machine() };
        assert_eq!(error(&bz_image(), &machine, |_| {}), ImageError::BootParams { len });
    }
}

#[test]
fn rejects_a_zero_in_the_command_line() {
    let error = error(&bz_image(), &machine(), |inputs| inputs.command_line = "quiet\0ro");
    assert_eq!(error, ImageError::CommandLineZero { at: 5 });
}

#[test]
fn rejects_a_given_elfcorehdr() {
    let with = |line: &'static str| {
        error(&bz_image(), &machine(), |inputs| {
            inputs.crash = crash(b"\x7fELF", 4096);
            inputs.command_line = line;
        })
    };
    assert_eq!(with("elfcorehdr=1M"), ImageError::ElfcorehdrGiven { at: 0 });
    assert_eq!(with("my.elfcorehdr=1 elfcorehdr=1M"), ImageError::ElfcorehdrGiven { at: 16 });
    assert_eq!(with(r#"quiet "elfcorehdr=0x1000""#), ImageError::ElfcorehdrGiven { at: 6 });

    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let mut inputs = inputs(&kernel, &machine);
    inputs.command_line = "elfcorehdr=1M";
    assert!(image(&inputs, &mut placer()).is_ok(), "a normal kexec adds no parameter");
    inputs.crash = crash(b"\x7fELF", 4096);
    for line in ["my.elfcorehdr=1", r#"x="a elfcorehdr=1""#, "a -- elfcorehdr=1", "elfcorehdr"] {
        inputs.command_line = line;
        assert!(image(&inputs, &mut placer()).is_ok(), "{line}");
    }
}

#[test]
fn rejects_a_long_command_line() {
    let file = bz_image_with(CMDLINE_SIZE, [4, 0]);
    let expected = ImageError::CommandLineTooLong { len: 5, added: 0, max: 4 };
    assert_eq!(error(&file, &machine(), |_| {}), expected);
    let line = "a".repeat(2048);
    let kernel = Kernel::parse(&file).unwrap();
    assert_eq!(kernel.command_line_bytes(), 4);
    let expected = ImageError::CommandLineTooLong { len: 2048, added: 0, max: 2047 };
    let file = vmlinux();
    let kernel = Kernel::parse(&file).unwrap();
    let machine = machine();
    let inputs = Inputs { command_line: &line, ..inputs(&kernel, &machine) };
    assert_eq!(image(&inputs, &mut placer()).unwrap_err(), expected);
}

#[test]
fn rejects_a_command_line_that_is_long_with_elfcorehdr() {
    let file = bz_image_with(CMDLINE_SIZE, [27, 0]);
    let crash = crash(b"\x7fELF", 4096);
    let error = error(&file, &machine(), |inputs| inputs.crash = crash);
    // "elfcorehdr=0x1bffff000 " and "quiet".
    assert_eq!(error, ImageError::CommandLineTooLong { len: 28, added: 23, max: 27 });
    let message = error.to_string();
    assert!(message.contains("28 bytes, of which the loader adds 23"), "{message}");
}

#[test]
fn rejects_an_elfcorehdr_larger_than_its_memory() {
    let crash = crash(b"\x7fELF", 3);
    let error = error(&bz_image(), &machine(), |inputs| inputs.crash = crash);
    assert_eq!(error, ImageError::ElfcorehdrTooLong { len: 4, memory: 3 });
}

#[test]
fn rejects_a_vmlinux_outside_ram() {
    let file = vmlinux();
    let (kernel, machine) = (Kernel::parse(&file).unwrap(), machine());
    let mut region = Placer::over(Some(0xa000_0000..0xa800_0000)).unwrap();
    let error = image(&inputs(&kernel, &machine), &mut region).unwrap_err();
    let why = PlacerError::OutsideRam { range: 0x100_0000..0x100_2000 };
    assert_eq!(error, ImageError::VmlinuxElsewhere { why });
    assert!(
        error.to_string().ends_with("give the bzImage (vmlinuz), which is relocatable"),
        "{error}"
    );
}

#[test]
fn rejects_every_kind_that_does_not_fit() {
    let file = bz_image();
    let (kernel, machine) = (Kernel::parse(&file).unwrap(), machine());
    let inputs = Inputs {
        initrd: Some(&[7; 0x3001]),
        crash: crash(b"\x7fELF", 0x2000),
        ..inputs(&kernel, &machine)
    };
    let memory = u64::from(MEMORY);
    let kinds = [
        (memory - 0x1000, SegmentKind::Kernel, memory),
        (memory + 0x3000, SegmentKind::Initrd, 0x3001),
        (memory + 0x5000, SegmentKind::Elfcorehdr, 0x2000),
        (memory + 0x6000, SegmentKind::BootParams, 0x1000),
        (memory + 0x7000, SegmentKind::CommandLine, 28),
    ];
    for (bytes, expected, expected_memsz) in kinds {
        let mut region = Placer::over(Some(0xa000_0000..0xa000_0000 + bytes)).unwrap();
        match image(&inputs, &mut region) {
            Err(ImageError::NoRoom { kind, why: PlacerError::NoRoom { memsz, .. } }) => {
                assert_eq!((kind, memsz), (expected, expected_memsz));
            }
            other => panic!("{other:?}"),
        }
    }
    let mut region = Placer::over(Some(0xa000_0000..0xa000_8000 + memory)).unwrap();
    assert!(image(&inputs, &mut region).is_ok());
}

#[test]
fn rejects_a_kernel_that_does_not_fit_above_its_preferred_address() {
    let (file, machine) = (bz_image(), machine());
    let kernel = Kernel::parse(&file).unwrap();
    let mut region = Placer::over(Some(0x10_0000..0x120_0000)).unwrap();
    let error = image(&inputs(&kernel, &machine), &mut region).unwrap_err();
    assert!(matches!(error, ImageError::NoRoom { kind: SegmentKind::Kernel, .. }), "{error:?}");
    assert!(error.to_string().starts_with("the kernel does not fit: "), "{error}");
}
