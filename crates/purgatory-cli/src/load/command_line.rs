//! The command line of the new kernel, before the loader adds its own parameters.

use purgatory_abi::command_line::{Parameter, Parameters, split_init};
use std::borrow::Cow;

/// Joins the command line of the running kernel, where it is used again, and `given`. The kernel parameters of both come
/// before `--`, the arguments of init after it.
///
/// As kexec-tools does (`get_command_line` in `kexec/kexec.c`), `BOOT_IMAGE=` of the running kernel is left out, and for
/// a crash kernel `crashkernel=` too: it would reserve memory once more, out of the little that there is. So is
/// `elfcorehdr=`, which a kernel has that was started by a panic: the memory that it names is not described there any more.
pub fn compose(running: Option<&str>, given: Option<&str>, crash: bool) -> String {
    let lines = [running, given].map(|line| line.unwrap_or_default().trim_ascii_end().as_bytes());
    let [(running, running_init), (given, given_init)] = lines.map(split_init);
    let kept = Parameters::of(running).filter(|parameter| !is_left_out(parameter, crash));
    let mut parts: Vec<_> =
        kept.map(|parameter| parameter.text).chain([given]).map(closed).collect();
    if running_init.or(given_init).is_some() {
        let init = [running_init, given_init].into_iter().flatten();
        parts.extend([b"--".as_slice()].into_iter().chain(init).map(Cow::from));
    }
    parts.retain(|part| !part.is_empty());
    // A separator may be the last byte of a character, and what is left out end before it.
    String::from_utf8_lossy(&parts.join(&b' ')).into_owned()
}

fn is_left_out(parameter: &Parameter<'_>, crash: bool) -> bool {
    let is_named = |name: &str| parameter.name == name.as_bytes();
    parameter.value.is_some()
        && (is_named("BOOT_IMAGE") || is_named("elfcorehdr") || crash && is_named("crashkernel"))
}

/// Closes a quotation that is open at the end of `part`, so that what is added does not become part of it.
fn closed(part: &[u8]) -> Cow<'_, [u8]> {
    let is_open = part.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
    if is_open { [part, b"\""].concat().into() } else { part.into() }
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

    #[test]
    fn leaves_out_quoted_parameters() {
        let line = r#""BOOT_IMAGE=/a b" "elfcorehdr=1" "crashkernel=1G" quiet"#;
        assert_eq!(compose(Some(line), None, true), "quiet");
        assert_eq!(compose(Some(line), None, false), r#""crashkernel=1G" quiet"#);
    }

    #[test]
    fn adds_parameters_before_the_arguments_of_init() {
        let (running, given) = (Some("quiet -- single crashkernel=1\n"), Some("irqpoll"));
        let expected = "quiet irqpoll -- single crashkernel=1";
        assert_eq!(compose(running, given, true), expected);
        assert_eq!(
            compose(running, Some("irqpoll -- x "), true),
            "quiet irqpoll -- single crashkernel=1 x"
        );
        assert_eq!(compose(Some("quiet"), Some("irqpoll -- x"), true), "quiet irqpoll -- x");
        assert_eq!(compose(Some("quiet -- "), given, true), "quiet irqpoll --");
        assert_eq!(compose(Some("--"), None, true), "--");
    }

    #[test]
    fn adds_parameters_after_an_open_quotation() {
        assert_eq!(compose(Some("x=\"a -- b\n"), Some("quiet"), true), r#"x="a -- b" quiet"#);
        let given = Some(r#"x="a"#);
        assert_eq!(compose(Some("a -- b"), given, true), r#"a x="a" -- b"#);
    }

    #[test]
    fn separators_inside_characters_are_kept_whole() {
        // To Linux, 0xa0 is white space: the second byte of this character ends the first parameter.
        assert_eq!(
            compose(Some("BOOT_IMAGE=\u{e0} quiet"), Some("\u{e0}x"), true),
            "quiet \u{e0}x"
        );
    }
}
