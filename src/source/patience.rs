//! How many requests are under way at once, and how long a failed one is repeated.
//!
//! The limit adapts: it halves when the service asks to slow down, once for all requests that were under way then, and
//! grows again by one for every few answers. Nothing here decides a figure, so the jitter may be random.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests under way at the start, and at most.
pub(crate) const AT_ONCE: usize = 16;

/// Answers after which one more request may be under way, for each that already may.
const ANSWERS_PER_STEP: usize = 4;

/// The first pause, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The adaptive limit of requests under way.
#[derive(Debug)]
pub(crate) struct Limit {
    most: usize,
    slots: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests that may be under way.
    allowed: usize,
    /// Slots still to be taken out of use when their requests end.
    surplus: usize,
    /// Answers since the last step up.
    answers: usize,
    /// Counts the halvings: a request that began before one says nothing new.
    age: u64,
}

/// A request that is under way.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    limit: &'a Limit,
    permit: Option<OwnedSemaphorePermit>,
    age: u64,
}

impl Limit {
    /// Returns a limit that allows so many requests.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            slots: Arc::new(Semaphore::new(most)),
            state: Mutex::new(State { allowed: most, surplus: 0, answers: 0, age: 0 }),
        }
    }

    /// Waits for its turn.
    pub(crate) async fn enter(&self) -> Slot<'_> {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.slots).acquire_owned().await.ok();
        Slot { limit: self, permit, age: self.state().age }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Takes down that the service answered.
    pub(crate) fn answered(&self) {
        let mut state = self.limit.state();
        state.answers += 1;
        if state.allowed < self.limit.most && state.answers >= ANSWERS_PER_STEP * state.allowed {
            state.answers = 0;
            state.allowed += 1;
            if state.surplus > 0 {
                state.surplus -= 1;
            } else {
                self.limit.slots.add_permits(1);
            }
        }
    }

    /// Takes down that the service asked for fewer requests.
    pub(crate) fn slow_down(&self) {
        let mut state = self.limit.state();
        if self.age == state.age {
            let half = (state.allowed / 2).max(1);
            let taken = self.limit.slots.forget_permits(state.allowed - half);
            state.surplus += state.allowed - half - taken;
            state.allowed = half;
            state.answers = 0;
            state.age += 1;
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.limit.state();
        if state.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

/// Returns the pause before the next try: exponential, with a random half.
pub(crate) fn pause(tries: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    full / 2 + full.mul_f64(random() / 2.0)
}

/// Returns a number from 0 to 1.
fn random() -> f64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let hash = RandomState::new().hash_one(COUNT.fetch_add(1, Ordering::Relaxed));
    f64::from(u32::try_from(hash >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_limit_halves_once_and_recovers_slowly() {
        let limit = Limit::new(AT_ONCE);
        let mut slots = Vec::new();
        for _ in 0..AT_ONCE {
            slots.push(limit.enter().await);
        }
        assert_eq!(limit.slots.available_permits(), 0);
        for slot in &slots {
            slot.slow_down();
        }
        assert_eq!(limit.state().allowed, AT_ONCE / 2);
        slots.clear();
        assert_eq!(limit.slots.available_permits(), AT_ONCE / 2);
        limit.enter().await.slow_down();
        assert_eq!((limit.state().allowed, limit.slots.available_permits()), (4, 4));
        for _ in 0..ANSWERS_PER_STEP * 4 {
            limit.enter().await.answered();
        }
        assert_eq!((limit.state().allowed, limit.slots.available_permits()), (5, 5));
        for _ in 0..1000 {
            limit.enter().await.answered();
        }
        assert_eq!((limit.state().allowed, limit.slots.available_permits()), (AT_ONCE, AT_ONCE));
    }

    #[tokio::test]
    async fn one_request_is_always_allowed() {
        let limit = Limit::new(AT_ONCE);
        for _ in 0..10 {
            limit.enter().await.slow_down();
        }
        assert_eq!((limit.state().allowed, limit.slots.available_permits()), (1, 1));
    }

    #[test]
    fn pauses_grow_and_end() {
        for (tries, full) in [(1, 50), (2, 100), (5, 800), (40, 5_000)] {
            let pause = pause(tries);
            let full = Duration::from_millis(full);
            assert!(pause >= full / 2 && pause <= full, "{tries}: {pause:?}");
        }
    }
}
