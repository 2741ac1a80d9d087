//! The table at the end, and how numbers are written in it.

use std::fmt;

use crate::machine::Machine;

pub struct Report {
    machine: Machine,
    quick: bool,
    rows: Vec<Row>,
    notes: Vec<String>,
    failures: Vec<String>,
}

pub struct Row {
    what: String,
    database: String,
    measured: String,
    baseline: String,
    ratio: String,
    target: String,
    met: Option<bool>,
}

/// What a ratio was promised to be.
#[derive(Clone, Copy)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    /// A figure beside another one of the same run. Requests that failed make any ratio worthless.
    pub fn ratio(
        what: impl Into<String>,
        database: impl fmt::Display,
        measured: String,
        baseline: String,
        ratio: f64,
        target: Target,
        without_errors: bool,
    ) -> Row {
        let (text, reached) = match target {
            Target::AtLeast(bound) => (format!("≥ {bound}"), ratio >= bound),
            Target::AtMost(bound) => (format!("≤ {bound}"), ratio <= bound),
        };
        Row {
            what: what.into(),
            database: database.to_string(),
            measured,
            baseline,
            ratio: format!("{ratio:.2}"),
            target: text,
            met: Some(reached && without_errors),
        }
    }

    /// A figure that stands for itself.
    pub fn plain(
        what: impl Into<String>,
        database: impl fmt::Display,
        measured: String,
        target: impl Into<String>,
        met: Option<bool>,
    ) -> Row {
        Row {
            what: what.into(),
            database: database.to_string(),
            measured,
            baseline: "—".to_owned(),
            ratio: "—".to_owned(),
            target: target.into(),
            met,
        }
    }
}

impl Report {
    pub fn new(machine: Machine, quick: bool) -> Report {
        Report {
            machine,
            quick,
            rows: Vec::new(),
            notes: Vec::new(),
            failures: Vec::new(),
        }
    }

    pub fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// A suite that could not be measured.
    pub fn failed(&mut self, suite: &str, error: &anyhow::Error) {
        self.failures.push(format!("{suite}: {error:#}"));
    }

    /// Whether everything asked for was measured, whatever came out.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n", self.machine)?;
        if self.quick {
            writeln!(out, "**Quick run: the sizes are too small to judge by.**\n")?;
        }
        writeln!(
            out,
            "| measured | database | lvzhi | compared with | ratio | promised | met |"
        )?;
        writeln!(out, "|---|---|---|---|---:|---|---|")?;
        for row in &self.rows {
            let met = match row.met {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "—",
            };
            let Row {
                what,
                database,
                measured,
                baseline,
                ratio,
                target,
                ..
            } = row;
            writeln!(
                out,
                "| {what} | {database} | {measured} | {baseline} | {ratio} | {target} | {met} |"
            )?;
        }
        writeln!(out)?;
        for note in &self.notes {
            writeln!(out, "- {note}")?;
        }
        for failure in &self.failures {
            writeln!(out, "- **not measured:** {failure}")?;
        }
        Ok(())
    }
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
    }
}

/// A rate to the nearest hundred, or exactly when it is small.
pub fn per_second(rate: f64) -> String {
    let rounded = if rate >= 10_000.0 {
        (rate / 100.0).round() * 100.0
    } else {
        rate.round()
    };
    thousands(rounded as u64)
}

pub fn rounds_text(rates: &[f64]) -> String {
    let texts: Vec<String> = rates.iter().map(|rate| per_second(*rate)).collect();
    texts.join(" · ")
}

pub fn milliseconds_text(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{value:.2}")).collect();
    texts.join(" · ")
}

pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
