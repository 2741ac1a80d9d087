//! Pure figures: shares rounded half up, as annual reports print them.

/// `count` of `base` in percent with two digits, rounded half up; `None` of nothing. In integers throughout: a report
/// that is checked by hand must not depend on how a float rounds.
pub fn percent(count: i64, base: i64) -> Option<String> {
    half_up(i128::from(count) * 100, base)
}

/// The mean of `n` numbers with two digits, rounded half up; `None` of nothing.
pub fn mean(sum: i64, n: i64) -> Option<String> {
    half_up(sum.into(), n)
}

fn half_up(dividend: i128, divisor: i64) -> Option<String> {
    if divisor <= 0 || dividend < 0 {
        return None;
    }
    let divisor = i128::from(divisor);
    let hundredths = (dividend * 200 + divisor) / (2 * divisor);
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_report_of_kunming_comes_out() {
        let of = |n| percent(n, 291).unwrap();
        assert_eq!(
            [28, 85, 12, 22, 65, 60, 19].map(of),
            ["9.62", "29.21", "4.12", "7.56", "22.34", "20.62", "6.53"]
        );
        assert_eq!([226, 33, 32, 291].map(of), ["77.66", "11.34", "11.00", "100.00"]);
        assert_eq!(percent(1, 8).unwrap(), "12.50");
        assert_eq!(percent(1, 800).unwrap(), "0.13", "exactly half goes up");
        assert_eq!(percent(0, 0), None);
        assert_eq!(
            (mean(275, 3).unwrap(), mean(0, 5).unwrap(), mean(0, 0)),
            ("91.67".into(), "0.00".into(), None)
        );
    }

    proptest! {
        // No other number of two digits lies nearer.
        #[test]
        fn nothing_lies_nearer(count in 0..1_000_000i64, base in 1..1_000_000i64) {
            let hundredths: i128 = percent(count, base).unwrap().replace('.', "").parse().unwrap();
            let error = i128::from(count) * 10_000 - hundredths * i128::from(base);
            prop_assert!(2 * error < i128::from(base) && 2 * error >= -i128::from(base));
        }
    }
}
