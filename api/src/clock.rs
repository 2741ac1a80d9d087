//! The only source of "now"; tests drive it.

use crate::db::types::Ts;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time, in UTC with microseconds.
#[derive(Clone, Default)]
pub struct Clock {
    /// Microseconds since 1970 when driven by a test; the system's clock otherwise.
    driven: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Clock {
        Clock { driven: None }
    }

    /// A clock that stands still until it is moved.
    pub fn driven(start: Ts) -> Clock {
        Clock {
            driven: Some(Arc::new(AtomicI64::new(start.0.timestamp_micros()))),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the only place that may ask the system")]
    pub fn now(&self) -> Ts {
        match &self.driven {
            None => Ts::from_utc(chrono::Utc::now()),
            Some(micros) => {
                let at = chrono::DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst));
                Ts(at.expect("a driven clock stays within the calendar"))
            }
        }
    }

    /// Moves a driven clock; a system clock stays as it is.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Some(micros) = &self.driven {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}
