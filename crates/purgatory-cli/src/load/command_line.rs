//! The command line of the target kernel, before the loader adds its own parameters.

use purgatory_abi::command_line::{Parameter, Parameters, split_init};

/// Joins the command line of the running kernel, if it is reused, and `given`. The kernel parameters of both come
/// before `--`, the arguments of init after it. Arguments after a second `--`, which Linux drops, come last.
///
/// As in kexec-tools (`get_command_line` in `kexec/kexec.c`), `BOOT_IMAGE=` of the running kernel is left out. So is
/// `crashkernel=` for a capture kernel: it would reserve memory again, in the small region that the capture kernel has.
/// `elfcorehdr=` is also left out. A running kernel that was started by a panic has it, but the address is no longer
/// valid.
///
/// All other text is kept, except white space around a part. An open quotation extends to the end of the line, so a
/// quote is added if text follows. The added quote becomes part of the value unless the parameter or its value starts
/// with a quote.
pub fn compose(running: Option<&str>, given: Option<&str>, crash: bool) -> String {
    let [mut running, mut given] = [running, given].map(|line| split(line.unwrap_or_default()));
    let mut parts = kept(running.0, crash);
    parts.push(given.0);
    while running.1.or(given.1).is_some() {
        [running, given] = [running.1, given.1].map(|line| split(line.unwrap_or_default()));
        parts.extend(["--", running.0, given.0]);
    }
    parts.retain(|part| !part.is_empty());
    joined(&parts)
}

/// Splits `line` as [`split_init`] does. Linux takes byte 0xa0 for white space, even inside a UTF-8 character: the
/// first part ends after such a character.
fn split(line: &str) -> (&str, Option<&str>) {
    let line = line.trim_start_matches(is_blank);
    let (kernel, init) = split_init(line.as_bytes());
    let init = init.map(|init| &line[line.floor_char_boundary(line.len() - init.len())..]);
    (&line[..line.ceil_char_boundary(kernel.len())], init)
}

/// Returns the text before, between and after the parameters of `line` that are left out.
fn kept(line: &str, crash: bool) -> Vec<&str> {
    let mut texts = Vec::new();
    let mut start = 0;
    let mut parameters = Parameters::of(line.as_bytes());
    while let Some(parameter) = parameters.next() {
        let end = line.len() - parameters.rest().len();
        if is_left_out(&parameter, crash) {
            let text = &line[start..line.floor_char_boundary(end - parameter.text.len())];
            texts.push(text.trim_matches(is_blank));
            start = line.ceil_char_boundary(end);
        }
    }
    texts.push(line[start..].trim_start_matches(is_blank));
    texts
}

fn is_left_out(parameter: &Parameter<'_>, crash: bool) -> bool {
    let is_named = |name: &str| parameter.name == name.as_bytes();
    parameter.value.is_some()
        && (is_named("BOOT_IMAGE") || is_named("elfcorehdr") || crash && is_named("crashkernel"))
}

/// Returns whether Linux treats a character as white space between parameters. A character with byte 0xa0 is text here.
fn is_blank(character: char) -> bool {
    matches!(character, '\t'..='\r' | ' ')
}

/// Joins `parts` by spaces. Closes quotations that are open at the end of a part, except the last one.
fn joined(parts: &[&str]) -> String {
    let mut line = String::new();
    for (index, part) in parts.iter().enumerate() {
        line.push_str(part);
        if index + 1 < parts.len() {
            let is_open = part.matches('"').count() % 2 == 1;
            line.push_str(if is_open { "\" " } else { " " });
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str =
        "BOOT_IMAGE=/vmlinuz root=/dev/vda1 crashkernel=256M,high crashkernel=72M,low quiet\n";

    #[test]
    fn appends_the_given_parameters_to_the_reused_ones() {
        assert_eq!(compose(None, None, true), "");
        assert_eq!(compose(None, Some(" irqpoll  nr_cpus=1 "), true), "irqpoll  nr_cpus=1");
        let line = compose(Some(RUNNING), Some("irqpoll"), true);
        assert_eq!(line, "root=/dev/vda1 quiet irqpoll");
    }

    #[test]
    fn keeps_crashkernel_for_a_normal_kexec() {
        let line = compose(Some(RUNNING), None, false);
        assert_eq!(line, "root=/dev/vda1 crashkernel=256M,high crashkernel=72M,low quiet");
    }

    #[test]
    fn leaves_out_elfcorehdr_of_the_running_kernel() {
        let running = Some("elfcorehdr=0x39fe6000 quiet");
        assert_eq!(compose(running, None, false), "quiet");
        assert_eq!(compose(running, None, true), "quiet");
    }

    #[test]
    fn leaves_out_only_exact_parameter_names() {
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
    fn adds_arguments_of_init_before_a_second_separator() {
        for (running, given, expected) in [
            ("a -- x -- y", "b -- z", "a b -- x z -- y"),
            ("a -- x", "b -- z -- y", "a b -- x z -- y"),
            ("a -- x -- y", "b -- z -- w", "a b -- x z -- y w"),
            ("a -- x -- y", "b", "a b -- x -- y"),
            ("a -- x \"-- y\"", "b -- z", "a b -- x \"-- y\" z"),
        ] {
            assert_eq!(compose(Some(running), Some(given), true), expected, "{running}");
        }
    }

    #[test]
    fn closes_an_open_quotation_before_text() {
        let closed = |running, given| compose(Some(running), Some(given), true);
        assert_eq!(closed("x=\"a -- b", "quiet"), r#"x="a -- b" quiet"#);
        assert_eq!(closed("x=\"a  ", "quiet"), r#"x="a  " quiet"#);
        assert_eq!(closed("a -- b", r#"x="a"#), r#"a x="a" -- b"#);
        assert_eq!(closed(r#"a -- x "y"#, "b -- z"), r#"a b -- x "y" z"#);
        assert_eq!(closed(r#"foo=5" disk"#, "b"), r#"foo=5" disk" b"#);
    }

    #[test]
    fn keeps_an_open_quotation_at_the_end() {
        for line in [r#"foo=5" disk"#, r#"foo="5 disk "#, r#"a -- x "y "#, "\"a\tb\n", r#"x=""#] {
            assert_eq!(compose(None, Some(line), true), line);
            assert_eq!(compose(Some("quiet"), Some(line), true).matches('"').count(), 1, "{line}");
            assert_eq!(compose(Some(line), None, false), line);
        }
        assert_eq!(compose(Some("a -- x"), Some(r#"-- "y "#), true), r#"a -- x "y "#);
    }

    #[test]
    fn keeps_characters_with_a_byte_that_linux_takes_for_white_space() {
        // Byte 0xa0: the last one of U+00E0 and U+0420, the second one of U+1828.
        for line in [
            "a=\u{e0}b \u{420}x",
            "root=LABEL=voil\u{e0}1 quiet",
            "\u{e0}",
            "a\u{1828}",
            "a\t\u{a0} b",
        ] {
            assert_eq!(compose(Some(line), Some("c"), true), format!("{line} c"));
            assert_eq!(compose(None, Some(line), true), line);
            let init = format!("{line} -- {line}");
            assert_eq!(compose(Some(&init), Some("c -- d"), true), format!("{line} c -- {line} d"));
        }
    }

    #[test]
    fn leaves_out_whole_characters() {
        for (running, expected) in [
            ("BOOT_IMAGE=\u{e0} quiet", "quiet \u{e0}x"),
            ("BOOT_IMAGE=\u{1828}  quiet", "quiet \u{e0}x"),
            ("a=\u{e0} BOOT_IMAGE=\u{e0}1\tquiet", "a=\u{e0} 1\tquiet \u{e0}x"),
            ("a=\u{e0}BOOT_IMAGE=b\u{420}", "a=\u{e0} \u{e0}x"),
        ] {
            assert_eq!(compose(Some(running), Some("\u{e0}x"), true), expected, "{running}");
        }
    }
}
