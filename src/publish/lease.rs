//! The lock across hosts: an object in S3 that is written only where it is not there, or over the version that was read.
//!
//! It is renewed while its holder works and given back in the end. One that was not renewed for its whole time belongs to a
//! dead run, and so does one of this machine whose lock file is free. Nothing is ever deleted, so no permission for that is
//! needed. Clocks decide only how long one waits for a dead run: should two runs hold it, `latest.json` takes one of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, task::JoinHandle};

use super::{
    BucketShelf, Shelf,
    bucket::Written,
    lock::{Holder, random_name},
};
use crate::error::{Error, Kind, Result};

/// Name of the object.
const NAME: &str = ".gravimeter.lock";

/// A lease that was not renewed for so long has run out.
const TIME: Duration = Duration::from_mins(1);

/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(15);

/// Tries to take over a lease that others may take over too.
const TRIES: usize = 5;

/// The content of the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    /// Names the run.
    id: String,
    #[serde(flatten)]
    holder: Holder,
    /// Milliseconds since 1970, by the clock of the holder.
    renewed: i64,
    /// Given back.
    released: bool,
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Tells whether its holder works no more, as `other` sees it, which holds the lock file of its place. A copy of that
    /// file may lie on another machine, so the name of the machine has to be the same, too.
    fn is_free(&self, other: &Holder, now: i64) -> bool {
        let is_here = self.holder.place == other.place && self.holder.host == other.host;
        let age = Duration::from_millis(u64::try_from(now - self.renewed).unwrap_or(0));
        self.released || is_here || age > TIME
    }
}

/// A lease that this run holds.
#[derive(Debug)]
pub(super) struct Lease {
    bucket: BucketShelf,
    /// What was written last, and its version.
    state: Arc<Mutex<(Content, Option<String>)>>,
    lost: Arc<AtomicBool>,
    renewal: JoinHandle<()>,
}

impl Lease {
    /// Takes the lease.
    ///
    /// # Errors
    /// When another run holds it, or S3 cannot be written.
    pub(super) async fn take(bucket: &BucketShelf, holder: Holder) -> Result<Self> {
        let content = Content { id: random_name(), holder, renewed: now(), released: false };
        let mut over: Option<String> = None;
        for _ in 0..TRIES {
            if let Written::Here(e_tag) = bucket.write_over(NAME, content.bytes(), over.as_deref()).await? {
                return Ok(Self::held(bucket, content, e_tag));
            }
            let Some((bytes, e_tag)) = bucket.versioned(NAME).await? else {
                over = None;
                continue;
            };
            match serde_json::from_slice::<Content>(&bytes) {
                Ok(theirs) if !theirs.is_free(&content.holder, now()) => {
                    return Err(theirs.holder.refuses(&bucket.name_of("")));
                }
                // Free, or nothing that one of us wrote.
                _ => over = e_tag,
            }
        }
        Err(Error::new(Kind::Locked, format!("other runs take the lock of {} all the time", bucket.name_of("")))
            .hint("run the command again"))
    }

    fn held(bucket: &BucketShelf, content: Content, e_tag: Option<String>) -> Self {
        let (state, lost) = (Arc::new(Mutex::new((content, e_tag))), Arc::new(AtomicBool::new(false)));
        let renewal = tokio::spawn({
            let (bucket, state, lost) = (bucket.clone(), Arc::clone(&state), Arc::clone(&lost));
            async move {
                loop {
                    tokio::time::sleep(RENEWAL).await;
                    // What S3 refuses for other reasons is tried again; in the meantime the lease may run out.
                    if let Ok(Written::Refused) = write(&bucket, &state, false).await {
                        lost.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            }
        });
        Self { bucket: bucket.clone(), state, lost, renewal }
    }

    /// Checks that no other run has taken it over.
    ///
    /// # Errors
    /// When one has.
    pub(super) fn check(&self) -> Result<()> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(Error::new(
                Kind::Locked,
                format!("another run has taken over the lock of {}", self.bucket.name_of("")),
            )
            .hint("this machine did not answer for a minute; nothing of this run counts, run the command again"));
        }
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    /// When S3 does not take that.
    pub(super) async fn release(self) -> Result<()> {
        self.renewal.abort();
        // One that was taken over is not ours to give.
        write(&self.bucket, &self.state, true).await.map(|_| ())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

fn now() -> i64 {
    Utc::now().timestamp_millis()
}

/// Writes the lease anew.
async fn write(bucket: &BucketShelf, state: &Mutex<(Content, Option<String>)>, released: bool) -> Result<Written> {
    let mut state = state.lock().await;
    let content = Content { renewed: now(), released, ..state.0.clone() };
    let written = bucket.write_over(NAME, content.bytes(), state.1.as_deref()).await?;
    if let Written::Here(e_tag) = &written {
        *state = (content, e_tag.clone());
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(place: &str, host: &str) -> Holder {
        Holder { place: place.to_owned(), host: host.to_owned(), ..Holder::default() }
    }

    fn content(place: &str, age: i64, released: bool) -> Content {
        let holder = holder(place, "here");
        let renewed = now() - 1000 * age;
        Content { id: "x".to_owned(), holder, renewed, released }
    }

    #[test]
    fn a_lease_is_free_when_its_holder_is_done_or_dead() {
        let free = |content: Content| content.is_free(&holder("here", "here"), now());
        assert!(!free(content("there", 5, false)));
        assert!(!free(content("there", -300, false)), "the clock of the holder is ahead");
        assert!(free(content("there", 61, false)));
        assert!(free(content("there", 5, true)));
        assert!(free(content("here", 5, false)), "who holds the lock file of this place has outlived its holder");
        let elsewhere = content("here", 5, false).is_free(&holder("here", "there"), now());
        assert!(!elsewhere, "a copy of the lock file says nothing of its first machine");
    }

    #[test]
    fn it_says_who_holds_it() {
        let bytes = content("there", 0, false).bytes();
        let read: Content = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.holder.place, "there");
    }
}
