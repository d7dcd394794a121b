//! A run that is killed with SIGKILL: the next one ends with one whole report and one message.

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{Job, said, started};
use crate::{s3_stand_in::Faults, support::trials, webhook_stand_in::Behaviour};

/// A generator whose numbers are the same in every run: from 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Kills runs at random moments: every other one late, where the report is published and people are told.
fn killed_at_any_moment(job: impl Fn() -> Job, seed: u64) {
    let first = job();
    let begin = Instant::now();
    first.run(&[], 0);
    let whole = begin.elapsed();
    let mut random = Random(seed);
    let mut killed = 0;
    for trial in 0..trials(12) {
        let job = job();
        let share = if trial % 2 == 0 { random.next() } else { 0.8 + 0.25 * random.next() };
        let delay = whole.mul_f64(share);
        let mut run = started(&mut job.command(&[]));
        thread::sleep(delay);
        killed += u64::from(run.try_wait().unwrap().is_none());
        let _ = run.kill();
        run.wait().unwrap();
        let told = job.receiver.messages().len();
        let said = job.run(&[], 0);
        let name = format!("trial {trial}: killed after {delay:?} of {whole:?}, {told} messages by then: {said}");
        assert_eq!(job.receiver.messages().len(), 1, "{name}");
        job.assert_whole(1);
        assert!(job.run(&[], 0).contains("nothing to do"), "{name}");
        job.assert_messages(1);
    }
    assert!(killed > 0, "every run had ended before it was killed");
}

#[test]
fn killed_at_any_moment_in_a_folder() {
    killed_at_any_moment(Job::in_folder, 1);
}

#[test]
fn killed_at_any_moment_in_a_bucket() {
    killed_at_any_moment(Job::in_bucket, 2);
}

#[test]
fn killed_at_any_moment_with_two_places() {
    killed_at_any_moment(Job::in_both, 3);
}

/// Each PUT of a run in turn: killed when S3 has it and did not answer, and killed before S3 has it.
#[test]
fn killed_at_each_step_of_the_upload() {
    let job = || Job { formats: "json", ..Job::in_bucket() };
    let first = job();
    first.run(&[], 0);
    let puts = first.service().puts();
    // The lock, the report, the record, the pointer, twice the notice, the lock again.
    assert!(puts >= 7, "{puts} PUTs");
    for number in 1..=puts {
        for is_done in [false, true] {
            let job = job();
            job.service().fails(Faults { hold_put: Some((number, is_done)), ..Faults::default() });
            let mut run = started(&mut job.command(&[]));
            job.service().wait_until_held();
            let notice = job.service().get("reports/2024-01/notified.json");
            let marked = notice.is_some() && job.receiver.requests().is_empty();
            run.kill().unwrap();
            run.wait().unwrap();
            job.service().fails(Faults::default());
            let name = format!("PUT {number} of {puts}, done: {is_done}");
            let ran = job.run(&[], 0);
            if marked {
                // The one moment in which a message can get lost: it is said, and the way out of it.
                assert!(ran.contains("--resend"), "{name}: {ran}");
                job.assert_messages(0);
                said(&mut job.notify(&["--resend"]), 0);
            }
            assert_eq!(job.receiver.messages().len(), 1, "{name}: {ran}");
            job.assert_whole(1);
        }
    }
}

/// Asked to stop, as by `systemctl stop` or when a container ends: the lock is given back, and nothing is left to wait for.
#[cfg(unix)]
#[test]
fn stopped_while_it_uploads() {
    let job = Job::in_bucket();
    job.service().fails(Faults { hold_put: Some((4, false)), ..Faults::default() });
    let mut run = started(&mut job.command(&[]));
    job.service().wait_until_held();
    let stop = Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
    assert!(stop.success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    // Another machine gets the lock at once.
    said(&mut job.on_machine("there", &[]), 0);
    job.assert_whole(1);
    job.assert_messages(1);
}

/// The receiver has the whole message and has not answered.
#[test]
fn killed_while_the_receiver_takes_its_time() {
    for job in [Job::in_folder(), Job::in_bucket()] {
        job.receiver.behaves([Behaviour::Silent], Behaviour::Takes);
        let mut run = started(&mut job.command(&[]));
        job.receiver.wait_for(1);
        run.kill().unwrap();
        run.wait().unwrap();
        let said = job.run(&[], 0);
        assert!(said.contains("nobody knows whether") && said.contains("--resend"), "{said}");
        job.assert_whole(1);
        job.assert_messages(1);
    }
}

/// The receiver refuses, and the run is killed in the pause before the next try.
#[test]
fn killed_between_two_tries_of_the_message() {
    let job = Job::in_folder();
    job.receiver.behaves([Behaviour::Answers(503, "retry-after: 20\r\n".to_owned(), "")], Behaviour::Takes);
    let mut run = started(&mut job.command(&[]));
    job.receiver.wait_for(1);
    let notice = job.out().join("2024-01/notified.json");
    while !std::fs::read_to_string(&notice).is_ok_and(|text| text.contains("failed")) {
        assert!(run.try_wait().unwrap().is_none(), "it did not wait");
        thread::sleep(Duration::from_millis(2));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}
