//! What feedback leads to, and how much of it others may see.

use super::super::{Grade, GradeState};
use serde::Serialize;
use utoipa::ToSchema;

/// Below this many grades a breakdown would tell who gave which.
pub const SMALLEST_BREAKDOWN: usize = 5;

/// What the signatories of one reply made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody still has time to answer.
    Waiting,
    /// Nobody who answered is unsatisfied; nobody at all may have answered.
    Accepted,
    /// At least one is unsatisfied: each representative has a right to an answer (代表法 51).
    Unsatisfied,
}

/// The verdict of one reply.
pub fn verdict(grades: impl IntoIterator<Item = (GradeState, Option<Grade>)>) -> Verdict {
    let mut verdict = Verdict::Accepted;
    for (state, grade) in grades {
        match (state, grade) {
            (GradeState::Waiting, _) => return Verdict::Waiting,
            (GradeState::Given, Some(Grade::Unsatisfied)) => verdict = Verdict::Unsatisfied,
            _ => (),
        }
    }
    verdict
}

/// Grades as others may see them: how many were asked and answered, and the breakdown from five answers on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
pub struct GradeSummary {
    /// Signatories who were asked and did not let the time pass.
    #[schema(example = 6)]
    pub base: usize,
    /// Of them, who answered.
    #[schema(example = 6)]
    pub given: usize,
    /// Who let the time pass and left the base.
    #[schema(example = 0)]
    pub lapsed: usize,
    /// Null with fewer than five answers, as the two below.
    #[schema(example = 5)]
    pub satisfied: Option<usize>,
    #[schema(example = 1)]
    pub basically_satisfied: Option<usize>,
    #[schema(example = 0)]
    pub unsatisfied: Option<usize>,
}

/// Counts grades and hides what would point at a person.
pub fn summary(grades: impl IntoIterator<Item = (GradeState, Option<Grade>)>) -> GradeSummary {
    let grades: Vec<_> = grades.into_iter().collect();
    let lapsed = grades.iter().filter(|(s, _)| *s == GradeState::Lapsed).count();
    let given: Vec<Grade> = grades
        .iter()
        .filter(|(s, _)| *s == GradeState::Given)
        .filter_map(|(_, g)| *g)
        .collect();
    let count =
        |grade: Grade| (given.len() >= SMALLEST_BREAKDOWN).then(|| given.iter().filter(|g| **g == grade).count());
    GradeSummary {
        base: grades.len() - lapsed,
        given: given.len(),
        lapsed,
        satisfied: count(Grade::Satisfied),
        basically_satisfied: count(Grade::BasicallySatisfied),
        unsatisfied: count(Grade::Unsatisfied),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line() -> impl Strategy<Value = (GradeState, Option<Grade>)> {
        (
            proptest::sample::select(GradeState::ALL),
            proptest::sample::select(Grade::ALL),
        )
            .prop_map(|(state, grade)| (state, (state == GradeState::Given).then_some(grade)))
    }

    proptest! {
        #[test]
        fn a_breakdown_needs_five_grades_and_adds_up(lines in proptest::collection::vec(line(), 0..12)) {
            let s = summary(lines.clone());
            let given = lines.iter().filter(|(s, _)| *s == GradeState::Given).count();
            prop_assert_eq!((s.given, s.base + s.lapsed), (given, lines.len()));
            let parts = [s.satisfied, s.basically_satisfied, s.unsatisfied];
            prop_assert!(parts.iter().all(|p| p.is_some() == (given >= 5)));
            if given >= 5 {
                prop_assert_eq!(parts.iter().flatten().sum::<usize>(), given);
            }
        }

        // One unsatisfied answer is enough, but only once everybody had the chance to answer.
        #[test]
        fn one_unsatisfied_is_enough(lines in proptest::collection::vec(line(), 0..12)) {
            let waiting = lines.iter().any(|(s, _)| *s == GradeState::Waiting);
            let unsatisfied = lines.contains(&(GradeState::Given, Some(Grade::Unsatisfied)));
            let expected = match (waiting, unsatisfied) {
                (true, _) => Verdict::Waiting,
                (false, true) => Verdict::Unsatisfied,
                (false, false) => Verdict::Accepted,
            };
            prop_assert_eq!(verdict(lines), expected);
        }
    }
}
