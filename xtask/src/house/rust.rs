//! Rules for Rust files: length, and no postponed work.

/// The maximum number of lines: a reader can take in such a file at once. A longer file has two jobs.
const MAX_LINES: usize = 400;

/// Markers of postponed work. Written in pieces: otherwise this file would break the rule.
const POSTPONED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Returns the violations in the file `text`.
pub(super) fn violations(text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let length = (lines > MAX_LINES)
        .then(|| format!("{lines} lines, the maximum is {MAX_LINES}: split the file"));
    let postponed = text.lines().zip(1..).filter_map(|(line, number)| {
        let marker = POSTPONED.iter().find(|marker| line.contains(*marker))?;
        Some(format!("line {number}: {marker} in a comment or name: do the work, or remove it"))
    });
    length.into_iter().chain(postponed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_maximum_number_of_lines() {
        assert!(violations(&"//\n".repeat(MAX_LINES)).is_empty());
    }

    #[test]
    fn rejects_one_line_more() {
        let long = violations(&"//\n".repeat(MAX_LINES + 1));
        assert_eq!(long, ["401 lines, the maximum is 400: split the file"]);
    }

    #[test]
    fn rejects_each_marker_of_postponed_work() {
        for marker in POSTPONED {
            let found = violations(&format!("//\n// {marker}: later\n"));
            let expected =
                format!("line 2: {marker} in a comment or name: do the work, or remove it");
            assert_eq!(found, [expected]);
        }
    }
}
