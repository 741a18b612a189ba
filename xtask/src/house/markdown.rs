//! The rule for Markdown files: no line of prose over 120 columns.

/// The maximum width of a line, in characters.
const MAX_COLUMNS: usize = 120;

/// Returns the lines of the file `text` that are too wide. Tables, fenced code blocks and lines that cannot be broken
/// may be wider.
pub(super) fn violations(text: &str) -> Vec<String> {
    let mut fence = None;
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        match (fence, fence_of(line)) {
            (None, Some(opened)) => fence = Some(opened),
            (Some(open), Some(found)) if closes(line, open, found) => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                let width = line.chars().count();
                if width > MAX_COLUMNS && !is_table(line) && !is_unbreakable(line) {
                    found.push(format!(
                        "line {number}: {width} columns, the maximum is {MAX_COLUMNS}: refill the paragraph"
                    ));
                }
            }
        }
    }
    found
}

/// Returns the character and the length of the fence of a code block that `line` starts with.
fn fence_of(line: &str) -> Option<(char, usize)> {
    let line = line.trim_start();
    let character = line.chars().next().filter(|character| "`~".contains(*character))?;
    let length = line.chars().take_while(|next| *next == character).count();
    (length >= 3).then_some((character, length))
}

/// Reports whether `line`, which starts with the fence `found`, closes the block that the fence `open` opened.
fn closes(line: &str, open: (char, usize), found: (char, usize)) -> bool {
    found.0 == open.0 && found.1 >= open.1 && line.trim().chars().all(|next| next == open.0)
}

fn is_table(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// Reports whether `line` is one word or one link, possibly in a list or quotation.
fn is_unbreakable(line: &str) -> bool {
    let is_marker = |next: char| next.is_ascii_digit() || "-*+>.) ".contains(next);
    let content = line.trim_start_matches(is_marker).trim_end();
    let link = content.trim_start_matches('!').strip_prefix('[');
    let is_link = link.is_some_and(|rest| {
        let end = rest.trim_end_matches(['.', ',', ';', ':']);
        end.split_once("](").is_some_and(|(_, target)| target.find(')') == Some(target.len() - 1))
    });
    is_link || !content.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of words, `columns` wide.
    fn prose(columns: usize) -> String {
        let mut line = "é ".repeat(columns / 2);
        line.push_str(&"é".repeat(columns % 2));
        line
    }

    #[test]
    fn accepts_lines_of_120_characters() {
        assert!(violations(&format!("# Title\n\n{}\n", prose(120))).is_empty());
    }

    #[test]
    fn rejects_lines_of_121_characters() {
        let expected = "line 3: 121 columns, the maximum is 120: refill the paragraph";
        assert_eq!(violations(&format!("# Title\n\n{}\n", prose(121))), [expected]);
    }

    #[test]
    fn accepts_wide_tables_code_blocks_and_links() {
        let wide = prose(200);
        let word = "x".repeat(200);
        for text in [
            format!("| {wide} |\n"),
            format!("```text\n{wide}\n```\n"),
            format!("~~~~\n```\n~~~\n{wide}\n~~~~\n"),
            format!("  ```\n  {wide}\n  ```\n"),
            format!("- {word}\n"),
            format!("> [{wide}](https://example.org/{word}).\n"),
            format!("![{wide}]({word})\n"),
        ] {
            assert_eq!(violations(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn rejects_wide_prose_after_tables_code_blocks_and_links() {
        let wide = prose(200);
        for text in [
            format!("| cell |\n{wide}\n"),
            format!("```text\n{wide}\n```\n{wide}\n"),
            format!("````\n```\n````\n{wide}\n"),
            format!("- {wide}\n"),
            format!("[link](x) {wide}\n"),
            format!("[link](x) {wide} [link](x)\n"),
        ] {
            assert_eq!(violations(&text).len(), 1, "{text}");
        }
    }
}
