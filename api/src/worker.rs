//! What happens without a request: periodic jobs, in the serving process or in `lvzhi worker`.

use crate::features::Services;
use std::time::Duration;
use tokio::sync::watch;

/// Runs the jobs and the delivery of messages until `stop` turns true; what is under way is finished.
pub async fn run(services: Services, stop: watch::Receiver<bool>) {
    // Side by side: a provider that answers late must not keep the audit from being sealed.
    tokio::join!(services.courier.run(stop.clone()), run_jobs(&services, stop));
}

async fn run_jobs(services: &Services, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut n: u64 = 0;
    loop {
        tokio::select! {
            _ = tick.tick() => (),
            _ = stop.changed() => return,
        }
        n += 1;
        for (every, name, job) in jobs() {
            if n.is_multiple_of(every)
                && let Err(e) = job(services).await
            {
                tracing::error!(job = name, error = %e, "job failed; it runs again");
            }
        }
    }
}

type Job = fn(&Services) -> futures_util::future::LocalBoxFuture<'_, Result<(), crate::web::ApiError>>;

/// The jobs with their period in seconds.
fn jobs() -> [(u64, &'static str, Job); 7] {
    [
        (5, "seal the audit", |s| {
            Box::pin(crate::features::audit::seal_waiting(s))
        }),
        (3, "flag suspicious sign-ins", |s| {
            Box::pin(s.flag_sweep.run(&s.db, &s.hub, &s.clock))
        }),
        (2, "remind of deadlines", |s| {
            Box::pin(async { crate::features::deadlines::remind(s).await.map(drop) })
        }),
        (3600, "settle provisional deadlines", |s| {
            Box::pin(crate::features::calendars::settle_provisional(s))
        }),
        (60, "settle proposals", |s| {
            Box::pin(crate::features::proposals::run_jobs(s))
        }),
        (3600, "forget idempotency keys", |s| {
            Box::pin(forget_idempotency_keys(s))
        }),
        (3600, "forget log-in codes", |s| Box::pin(forget_codes(s))),
    ]
}

async fn forget_idempotency_keys(s: &Services) -> Result<(), crate::web::ApiError> {
    let before = s.clock.now() - chrono::TimeDelta::days(2);
    s.db.write(move |c| Ok(crate::web::idempotency::forget(c, before)?))
        .await
        .map(drop)
}

async fn forget_codes(s: &Services) -> Result<(), crate::web::ApiError> {
    let before = s.clock.now() - chrono::TimeDelta::days(1);
    let forgotten =
        s.db.write(move |c| Ok::<_, crate::web::ApiError>(crate::features::accounts::forget_codes(c, before)?));
    forgotten.await.map(drop)
}
