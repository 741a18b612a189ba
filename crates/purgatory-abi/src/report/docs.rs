//! docs/report.md has an example of each kind of line, and lists exactly the existing names.

use super::*;
use crate::Loader;
use crate::status::{Action, Status, Warning};
use std::mem::discriminant;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

const PAGE: &str = include_str!("../../../../docs/report.md");

/// Returns the cells of the table whose first column has this title: its rows.
fn table(page: &'static str, title: &str) -> Vec<Vec<&'static str>> {
    let start = format!("| {title} | ");
    let lines = page.lines().skip_while(|line| !line.starts_with(&start)).skip(2);
    let rows = lines.take_while(|line| line.starts_with("| "));
    rows.map(|row| row.trim_matches(['|', ' ']).split(" | ").collect()).collect()
}

/// Returns the first column of that table, without the marks of code.
fn names(title: &str) -> Vec<&'static str> {
    table(PAGE, title).iter().map(|row| row[0].trim_matches('`')).collect()
}

/// Returns the lines of the examples.
fn examples() -> impl Iterator<Item = &'static str> {
    PAGE.lines().filter(|line| line.starts_with(PREFIX))
}

#[test]
fn examples_are_well_formed() {
    for line in examples() {
        let parsed = Line::parse(line).unwrap_or_else(|| panic!("malformed: {line}"));
        let mut written = Vec::new();
        parsed.write(&mut written);
        assert_eq!(String::from_utf8_lossy(&written).trim_end_matches(END), line);
    }
    let report = examples().collect::<Report<'_>>();
    assert_eq!(report.segments().map(|segments| segments.len()), Some(4));
}

#[test]
fn each_kind_of_line_has_an_example() {
    let shown: Vec<_> =
        examples().filter_map(Line::parse).map(|line| discriminant(&line)).collect();
    for (line, text) in tests::examples() {
        assert!(shown.contains(&discriminant(&line)), "no example like {text}");
    }
}

#[test]
fn tables_list_exactly_the_existing_names() {
    let statuses: Vec<_> = Status::ALL.iter().map(|status| status.name()).collect();
    assert_eq!(names("status"), statuses);
    assert_eq!(
        names("name"),
        Warning::ALL.iter().map(|warning| warning.name()).collect::<Vec<_>>()
    );
    assert_eq!(names("action"), Action::ALL.iter().map(|action| action.name()).collect::<Vec<_>>());
    assert_eq!(
        names("content"),
        Content::ALL.iter().map(|content| content.name()).collect::<Vec<_>>()
    );
}

#[test]
fn table_of_the_verdict_lists_exactly_its_keys() {
    let verdict = examples().find(|line| matches!(Line::parse(line), Some(Line::Verdict(_))));
    let pairs = verdict.expect("an example").split(' ');
    let keys: Vec<_> = pairs.filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    assert_eq!(names("key"), keys);
    let loaders = Loader::ALL.map(|loader| format!("`{loader}`"));
    let row = &table(PAGE, "key")[1];
    assert!(loaders.iter().all(|loader| row[1].contains(loader)), "{row:?}");
}

#[test]
fn a_table_ends_where_other_text_begins() {
    let page = "| a | b |\n| --- | --- |\n| `x` | 1 |\n| `y` | 2 |\n\n| c | d |\n| --- | --- |\n| z | 3 |\n";
    assert_eq!(table(page, "a"), [vec!["`x`", "1"], vec!["`y`", "2"]]);
    assert_eq!(table(page, "c"), [["z", "3"]]);
    assert!(table(page, "e").is_empty());
}
