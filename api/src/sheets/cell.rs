//! One cell, and how what a person filled in is read whatever the spreadsheet made of it.

use chrono::NaiveDate;

/// A cell as the file holds it; an empty one is `Text("")`.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    /// The cell shows a date; `None` when it is a time or lies outside of the calendar.
    Date(Option<NaiveDate>),
    /// The cell shows an error such as `#REF!`.
    Error,
}

impl Cell {
    pub fn is_blank(&self) -> bool {
        matches!(self, Cell::Text(text) if text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c)))
    }

    /// What the person sees, for previews and headers.
    pub fn shown(&self) -> String {
        match self {
            Cell::Text(text) => clean(text),
            Cell::Number(n) => n.to_string(),
            Cell::Date(Some(day)) => day.to_string(),
            Cell::Date(None) => "（日期）".into(),
            Cell::Error => "（错误）".into(),
        }
    }
}

/// Why a cell that should hold digits cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Digits were lost before the file came to us.
    Lossy,
    /// A date or an error.
    BadCell,
}

/// Characters that take no space on a screen, or turn the direction of writing.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A header without the spaces, stars and remarks in brackets that stand around it.
pub fn plain_header(text: &str) -> String {
    let text = half_width(text);
    let mut depth = 0usize;
    text.chars()
        .filter(|c| match c {
            '(' | '[' | '【' => {
                depth += 1;
                false
            }
            ')' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                false
            }
            c => depth == 0 && !c.is_whitespace() && !c.is_control() && !is_invisible(*c) && !matches!(c, '*' | ':'),
        })
        .collect()
}

/// Full-width forms of ASCII, as Chinese input methods make them, in their usual width.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            c => c,
        })
        .collect()
}

/// Without invisible characters, with single spaces, without space around; the sign that keeps a value
/// from being a formula is taken off.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            out.push(c);
        }
    }
    let out = out.trim_end();
    // `="0012"`: how some programs keep a spreadsheet from reading a number.
    let inner = out
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|rest| !rest.contains('"'));
    unguarded(inner.unwrap_or(out)).to_owned()
}

/// Signs that make a spreadsheet take a text for a formula.
fn starts_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

/// A value that no spreadsheet takes for a formula; [`unguarded`] gives it back exactly.
pub fn guarded(value: &str) -> String {
    if value.trim_start_matches('\'').starts_with(starts_formula) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

/// Takes off what [`guarded`] put on.
pub fn unguarded(value: &str) -> &str {
    match value.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(starts_formula) => rest,
        _ => value,
    }
}

/// The digits of a number that went through a spreadsheet: `13800001234.0` and `1.3800001234E10` still
/// hold all of them, `1.38E+10` does not. `None`: not such a number, take the text as it is.
fn respelled(text: &str) -> Option<Result<String, Unread>> {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if !digits(whole) || whole.len() != 1 || !digits(exponent) || !(fraction.is_empty() || digits(fraction)) {
            return None;
        }
        let places: usize = exponent.parse().ok()?;
        if fraction.is_empty() && !text.contains('+') {
            // `1E5` may well be a number that somebody gave; only a phone can tell.
            return None;
        }
        return Some(if fraction.len() == places {
            Ok(format!("{whole}{fraction}"))
        } else {
            Err(Unread::Lossy)
        });
    }
    let (whole, fraction) = text.split_once('.')?;
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    Some(if fraction.bytes().all(|b| b == b'0') {
        Ok(whole.to_owned())
    } else {
        Err(Unread::Lossy)
    })
}

/// The text of a cell that should hold digits.
pub fn digits_of(cell: &Cell) -> Result<String, Unread> {
    match cell {
        // Above 2^53 neighbouring whole numbers are the same float.
        Cell::Number(n) if n.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(n) => Ok(format!("{n:.0}")),
        Cell::Number(_) => Err(Unread::Lossy),
        Cell::Date(_) | Cell::Error => Err(Unread::BadCell),
        Cell::Text(text) => {
            let text = clean(&half_width(text));
            respelled(&text).unwrap_or(Ok(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_lose_their_power() {
        for (value, safe) in [
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("+86", "'+86"),
            ("-1", "'-1"),
            ("'=1", "''=1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("'a", "'a"),
        ] {
            assert_eq!(guarded(value), safe);
        }
    }

    proptest! {
        #[test]
        fn guarding_can_be_undone(value in "['=+@a1＝-]{0,6}") {
            let safe = guarded(&value);
            prop_assert!(!safe.starts_with(starts_formula));
            prop_assert_eq!(unguarded(&safe), value);
        }
    }
}
