//! A picture of the figures: ops a second of the engines and of the server on them.

use std::path::Path;

use plotters::prelude::*;

use super::figures::Figure;

const SIZE: (u32, u32) = (960, 560);
/// Room for the names of the bars.
const LEFT: i32 = 330;
const BAR: i32 = 26;

/// Draws every `ops/s` of the report as a bar.
///
/// # Errors
/// What the file system says.
pub(crate) fn draw(report: &[Figure], path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let bars: Vec<&Figure> = report.iter().filter(|figure| figure.name.metric == "ops/s").collect();
    let most = bars.iter().map(|figure| figure.high).fold(1.0, f64::max);
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let words = |size: i32| ("sans-serif", size).into_font();
    root.draw(&Text::new(
        "Durable ops a second (median, and from the lowest to the highest round)",
        (16, 14),
        words(18),
    ))?;
    let scale = f64::from(i32::try_from(SIZE.0)? - LEFT - 110) / most;
    for (index, figure) in bars.iter().enumerate() {
        let top = 52 + i32::try_from(index)? * BAR;
        let at = |value: f64| LEFT + pixels(value * scale);
        let name = &figure.name;
        let colour = match (name.engine.as_str(), name.workload.as_str()) {
            (_, "W0 engine") => RGBColor(150, 150, 150),
            ("sqlite", _) => RGBColor(38, 115, 178),
            _ => RGBColor(196, 98, 28),
        };
        let label = format!("{} {}, {}", name.engine, &name.workload[..2], name.case);
        root.draw(&Text::new(label, (16, top + 4), words(13)))?;
        root.draw(&Rectangle::new([(LEFT, top), (at(figure.median), top + BAR - 8)], colour.filled()))?;
        let middle = top + (BAR - 8) / 2;
        root.draw(&PathElement::new([(at(figure.low), middle), (at(figure.high), middle)], BLACK.stroke_width(1)))?;
        root.draw(&Text::new(format!("{:.0}", figure.median), (at(figure.high) + 6, top + 4), words(13)))?;
    }
    root.present()?;
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "a picture is small")]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}
