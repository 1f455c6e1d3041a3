//! What was measured: samples by workload, case and metric; medians, spreads, ratios to the raw engine, goals.

use std::collections::BTreeMap;

use anstream::println;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::goals;

/// Names one figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Name {
    /// `sqlite`, `postgres` or `core`.
    pub(crate) engine: String,
    /// Such as `W1 push`.
    pub(crate) workload: String,
    /// Such as `64 at a time`.
    pub(crate) case: String,
    /// Such as `ops/s`; the unit is in it.
    pub(crate) metric: String,
}

/// Samples of one run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    samples: BTreeMap<Name, Vec<f64>>,
    /// In the order they came.
    order: Vec<Name>,
}

/// One figure of the report.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// Which.
    #[serde(flatten)]
    pub(crate) name: Name,
    /// Median of the rounds.
    pub(crate) median: f64,
    /// The smallest sample.
    pub(crate) low: f64,
    /// The largest sample.
    pub(crate) high: f64,
    /// How many samples.
    pub(crate) rounds: usize,
    /// What it is compared with, and the quotient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ratios: Vec<(String, f64)>,
    /// The goal in words, and whether it is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) goal: Option<(String, bool)>,
}

impl Figures {
    /// Takes a sample.
    pub(crate) fn add(&mut self, engine: &str, workload: &str, case: &str, metric: &str, sample: f64) {
        let name = Name {
            engine: engine.to_owned(),
            workload: workload.to_owned(),
            case: case.to_owned(),
            metric: metric.to_owned(),
        };
        if !self.samples.contains_key(&name) {
            self.order.push(name.clone());
        }
        self.samples.entry(name).or_default().push(sample);
    }

    /// The median of a figure, when it was measured.
    pub(crate) fn median(&self, engine: &str, workload: &str, case: &str, metric: &str) -> Option<f64> {
        let named = |name: &&Name| {
            (name.engine.as_str(), name.workload.as_str(), name.case.as_str(), name.metric.as_str())
                == (engine, workload, case, metric)
        };
        self.order.iter().find(named).and_then(|name| self.samples.get(name)).map(|samples| median(samples))
    }

    /// Everything that was measured, with ratios and goals.
    pub(crate) fn report(&self) -> Vec<Figure> {
        self.order
            .iter()
            .filter_map(|name| {
                let samples = self.samples.get(name)?;
                let middle = median(samples);
                let (ratios, goal) = goals::judge(self, name, middle);
                Some(Figure {
                    name: name.clone(),
                    median: middle,
                    low: samples.iter().copied().fold(f64::INFINITY, f64::min),
                    high: samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    rounds: samples.len(),
                    ratios,
                    goal,
                })
            })
            .collect()
    }
}

fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        len if len % 2 == 1 => sorted[len / 2],
        len => f64::midpoint(sorted[len / 2 - 1], sorted[len / 2]),
    }
}

/// Prints the table a person reads.
pub(crate) fn print(report: &[Figure]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["engine", "workload", "case", "metric", "median", "spread", "ratio", "goal"]);
    for figure in report {
        let Name { engine, workload, case, metric } = &figure.name;
        let spread = if figure.rounds > 1 {
            format!("{} – {}", number(figure.low), number(figure.high))
        } else {
            String::new()
        };
        let ratios: Vec<String> = figure.ratios.iter().map(|(of, ratio)| format!("{ratio:.2} × {of}")).collect();
        let goal = figure.goal.as_ref().map(|(goal, met)| format!("{} {goal}", if *met { "✓" } else { "✗" }));
        table.add_row([
            engine.clone(),
            workload.clone(),
            case.clone(),
            metric.clone(),
            number(figure.median),
            spread,
            ratios.join("\n"),
            goal.unwrap_or_default(),
        ]);
    }
    for column in [4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1_000.0 => {
            let whole = format!("{value:.0}");
            let mut out = String::new();
            for (index, digit) in whole.chars().enumerate() {
                if index > 0 && (whole.len() - index) % 3 == 0 && digit != '-' {
                    out.push(' ');
                }
                out.push(digit);
            }
            out
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
