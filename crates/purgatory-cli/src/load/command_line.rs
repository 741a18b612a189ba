//! The command line of the new kernel, before the loader adds its own words.

/// Puts the command line together: that of the running kernel first, where it is used again, and `given` behind it.
///
/// As kexec-tools does (`get_command_line` in `kexec/kexec.c`), `BOOT_IMAGE=` of the running kernel is left out, and for
/// a crash kernel `crashkernel=` too: it would reserve memory once more, out of the little that there is. So is
/// `elfcorehdr=`, which a kernel has that was started by a panic: the memory that it names is not described there any more.
pub fn compose(running: Option<&str>, given: Option<&str>, crash: bool) -> String {
    let running = running.map(|line| {
        let kept = words(line).filter(|word| !is_left_out(word, crash));
        kept.collect::<Vec<_>>().join(" ")
    });
    let parts = [running.as_deref(), given].into_iter().flatten().map(str::trim);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn is_left_out(word: &str, crash: bool) -> bool {
    let always = ["BOOT_IMAGE=", "elfcorehdr="];
    always.iter().any(|name| word.starts_with(name)) || crash && word.starts_with("crashkernel=")
}

/// The words of a command line: cut at white space outside double quotes, as `next_arg` in `lib/cmdline.c` does.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    line.split(move |character: char| {
        quoted ^= character == '"';
        !quoted && character.is_ascii_whitespace()
    })
    .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str =
        "BOOT_IMAGE=/vmlinuz root=/dev/vda1 crashkernel=256M,high crashkernel=72M,low quiet\n";

    #[test]
    fn what_is_given_stands_behind_what_is_used_again() {
        assert_eq!(compose(None, None, true), "");
        assert_eq!(compose(None, Some(" irqpoll  nr_cpus=1 "), true), "irqpoll  nr_cpus=1");
        let line = compose(Some(RUNNING), Some("irqpoll"), true);
        assert_eq!(line, "root=/dev/vda1 quiet irqpoll");
    }

    #[test]
    fn a_plain_kernel_may_reserve_memory_for_its_own_crash_kernel() {
        let line = compose(Some(RUNNING), None, false);
        assert_eq!(line, "root=/dev/vda1 crashkernel=256M,high crashkernel=72M,low quiet");
    }

    #[test]
    fn a_kernel_that_a_panic_has_started_does_not_make_the_next_one_look_for_a_dump() {
        let running = Some("elfcorehdr=0x39fe6000 quiet");
        assert_eq!(compose(running, None, false), "quiet");
        assert_eq!(compose(running, None, true), "quiet");
    }

    #[test]
    fn a_word_in_quotes_is_one_and_a_word_that_looks_alike_stays() {
        let line = r#"dyndbg="file a.c +p; crashkernel=1" nocrashkernel=1 my.BOOT_IMAGE=x crashkernel="1 G""#;
        let kept = r#"dyndbg="file a.c +p; crashkernel=1" nocrashkernel=1 my.BOOT_IMAGE=x"#;
        assert_eq!(compose(Some(line), None, true), kept);
    }
}
