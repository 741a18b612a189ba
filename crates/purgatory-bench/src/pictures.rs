//! The result as SVG pictures.

use crate::report::{Report, Row, Size};
use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fs;
use std::path::Path;

/// The background. It is readable on a light page and on a dark one.
const PAPER: RGBColor = RGBColor(250, 250, 248);
const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(215, 215, 210);
const FONT: &str = "sans-serif";

/// The colours of lines: stock purgatories, then ours.
const LINES: [[RGBColor; 3]; 2] = [
    [RGBColor(178, 72, 60), RGBColor(222, 150, 110), RGBColor(110, 60, 90)],
    [RGBColor(38, 110, 164), RGBColor(110, 185, 215), RGBColor(20, 55, 100)],
];

/// The legend: groups of rows, and their colours.
const GROUPS: [(&str, RGBColor); 4] = [
    ("stock", RGBColor(178, 72, 60)),
    ("ours", RGBColor(38, 110, 164)),
    ("libraries", RGBColor(140, 140, 135)),
    ("reading only", RGBColor(200, 170, 90)),
];

fn group(row: &str) -> usize {
    match row {
        "memory-read" => 3,
        _ if row.starts_with("stock-") || row == "crash-image-stock" => 0,
        _ if row.starts_with("ours-") || row.starts_with("implementation-") => 1,
        "crash-image-native" | "zero-scan" => 1,
        _ => 2,
    }
}

/// Writes benchmark.svg, with all rows, and benchmark-flat.svg, with the purgatories for all sizes, to `directory`.
///
/// # Errors
///
/// Returns an error if a file cannot be written.
pub fn draw(report: &Report, directory: &Path) -> Result<()> {
    for (name, picture) in [("benchmark.svg", rows(report)?), ("benchmark-flat.svg", flat(report)?)]
    {
        let path = directory.join(name);
        fs::write(&path, picture)
            .map_err(|error| anyhow!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Returns a picture of this size, which `paint` draws.
fn picture(size: (u32, u32), paint: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&PAPER).map_err(failed)?;
        paint(&area)?;
        area.present().map_err(failed)?;
    }
    Ok(text)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

fn write(area: &Area<'_>, text: &str, at: (i32, i32), size: i32, side: HPos) -> Result<()> {
    let style = (FONT, size).into_font().color(&INK).pos(Pos::new(side, VPos::Center));
    area.draw_text(text, &style, at).map_err(failed)
}

fn title(area: &Area<'_>, what: &str, below: &str) -> Result<()> {
    write(area, what, (16, 22), 18, HPos::Left)?;
    write(area, below, (16, 44), 13, HPos::Left)
}

fn bar(area: &Area<'_>, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Result<()> {
    area.draw(&Rectangle::new([from, to], color.filled())).map_err(failed)
}

const BAR_HEIGHT: i32 = 22;
const NAMES: i32 = 190;
const BARS: i32 = 520;
const HEAD: i32 = 84;

/// Draws a bar for each row. The scale ends at the fastest row that verifies. The bars of faster rows, which only read,
/// are cut, and labelled with an arrow and their speed.
fn rows(report: &Report) -> Result<String> {
    let speeds = |row: &&Row| !["memory-read", "zero-scan"].contains(&row.name.as_str());
    let shown = report.rows.iter().filter(speeds).map(|row| row.figures.gb_per_s);
    let scale = shown.fold(0.1, f64::max);
    let pixels = |speed: f64| ((speed / scale).min(1.06) * f64::from(BARS)) as i32;
    let height = HEAD + BAR_HEIGHT * report.rows.len() as i32 + 16;
    let stock = report.row("stock-linux-6.12").map(|figures| figures.gb_per_s);
    picture(((NAMES + BARS + 200) as u32, height as u32), |area| {
        let Report { cpu, rounds, .. } = report;
        let what =
            format!("{cpu}, median of {rounds} rounds; thin lines: slowest to fastest sample");
        title(
            area,
            "Speed of verifying 256 MiB in memory on one core, in 1e9 bytes a second",
            &what,
        )?;
        for (index, (name, color)) in (0..).zip(GROUPS) {
            let left = 16 + index * 120;
            bar(area, (left, 60), (left + 12, 72), color)?;
            write(area, name, (left + 18, 66), 13, HPos::Left)?;
        }
        for (index, row) in (0..).zip(&report.rows) {
            let top = HEAD + index * BAR_HEIGHT;
            let middle = top + BAR_HEIGHT / 2 - 2;
            let figures = row.figures;
            let end = NAMES + pixels(figures.gb_per_s);
            let color = GROUPS[group(&row.name)].1;
            write(area, &row.name, (NAMES - 8, middle), 13, HPos::Right)?;
            bar(area, (NAMES, top), (end, top + BAR_HEIGHT - 5), color)?;
            let spread = [figures.min, figures.max].map(|speed| (NAMES + pixels(speed), middle));
            area.draw(&PathElement::new(spread, INK)).map_err(failed)?;
            let cut = if figures.gb_per_s > 1.06 * scale { "\u{2192} " } else { "" };
            let times = stock.map(|stock| format!(", {:.1} x stock", figures.gb_per_s / stock));
            let label = format!("{cut}{:.2}{}", figures.gb_per_s, times.unwrap_or_default());
            write(area, &label, (end.max(spread[1].0) + 8, middle), 13, HPos::Left)?;
        }
        Ok(())
    })
}

/// Draws the cost of a byte by size, and by number of segments.
fn flat(report: &Report) -> Result<String> {
    picture((910, 420), |area| {
        let heading = "Best cost of a byte in core cycles, by size and by number of segments";
        title(area, heading, &report.cpu)?;
        let (_, below) = area.split_vertically(56);
        let (left, right) = below.split_horizontally(460);
        let of_sizes = |size: &Size| (size.segments == 1).then_some((size.bytes >> 20) as f64);
        lines(report, &left, "size in MiB, one segment", 0.8..1300.0, of_sizes)?;
        let split = report.sizes.iter().find(|size| size.segments > 1).map(|size| size.bytes);
        let of_segments = |size: &Size| (Some(size.bytes) == split).then_some(size.segments as f64);
        lines(report, &right, "number of segments, 64 MiB in all", 0.9..18.0, of_segments)
    })
}

fn lines(
    report: &Report,
    area: &Area<'_>,
    what: &str,
    range: std::ops::Range<f64>,
    place: impl Fn(&Size) -> Option<f64>,
) -> Result<()> {
    let most =
        report.sizes.iter().map(|size| size.figures.cycles_per_byte_at_best).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(20)
        .x_label_area_size(40)
        .y_label_area_size(36)
        .build_cartesian_2d(range.log_scale().base(2.0), 0.0..most * 1.6)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .light_line_style(PAPER)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .label_style((FONT, 13).into_font().color(&INK))
        .x_desc(what)
        .x_labels(12)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()
        .map_err(failed)?;
    let mut names: Vec<&str> = report.sizes.iter().map(|size| size.name.as_str()).collect();
    names.dedup();
    for (index, name) in names.into_iter().enumerate() {
        let color = LINES[group(name) % 2][index % 3];
        let of_name = report.sizes.iter().filter(|size| size.name == name);
        let points: Vec<(f64, f64)> = of_name
            .filter_map(|size| Some((place(size)?, size.figures.cycles_per_byte_at_best)))
            .collect();
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))
            .map_err(failed)?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 2), (x + 14, y + 2)], color.filled()));
    }
    chart
        .configure_series_labels()
        .label_font((FONT, 13).into_font().color(&INK))
        .background_style(PAPER.mix(0.8))
        .position(SeriesLabelPosition::UpperRight)
        .draw()
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let size = |bytes, segments| Size::at("ours-linux", bytes, segments, 2.0);
        Report {
            cpu: "Zen <5>".into(),
            rows: vec![Row::at("sha2", 2.0), Row::at("memory-read", 50.0)],
            sizes: vec![size(1 << 20, 1), size(64 << 20, 1), size(64 << 20, 16)],
            ..Report::default()
        }
    }

    #[test]
    fn draws_every_row() {
        let picture = rows(&report()).unwrap();
        for text in ["Zen &lt;5&gt;", "sha2", "memory-read", "\u{2192} 50.00"] {
            assert!(picture.contains(text), "{text}");
        }
        assert!(!picture.contains("\u{2192} 2.00"), "a bar on the scale is not cut");
    }

    #[test]
    fn draws_every_purgatory_by_size() {
        assert!(flat(&report()).unwrap().contains("ours-linux"));
        assert!(!flat(&Report::default()).unwrap().contains("ours-linux"));
    }

    #[test]
    fn names_a_file_that_cannot_be_written() {
        let error = draw(&report(), Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.starts_with("cannot write /nowhere/benchmark.svg: "), "{error}");
    }
}
