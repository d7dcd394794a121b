//! Several runs of one job: at once, and one after the other.

use std::process::Child;

use super::{Job, ended, said, started};
use crate::webhook_stand_in::Behaviour;

/// Runs at the same time.
const AT_ONCE: usize = 8;

/// Starts the runs; on machines of their own where the bucket is all that they share.
fn start(job: &Job, more: &[&str]) -> Vec<Child> {
    let machine = |number: usize| if job.service.is_some() { format!("machine-{number}") } else { "here".to_owned() };
    (0..AT_ONCE).map(|number| started(&mut job.on_machine(&machine(number), more))).collect()
}

/// The one that works is held by the receiver until the others have ended.
fn one_works_and_seven_leave(job: &Job) {
    job.receiver.behaves([], Behaviour::Held);
    let mut runs = start(job, &["--notify-timeout", "10m"]);
    assert_eq!(ended(&mut runs, AT_ONCE - 1), [Some(7); AT_ONCE - 1]);
    job.receiver.let_go();
    assert_eq!(ended(&mut runs, 1), [Some(0)]);
    job.assert_whole(1);
    job.assert_messages(1);
}

fn all_wait_and_one_works(job: &Job) {
    let mut runs = start(job, &["--wait", "10m"]);
    assert_eq!(ended(&mut runs, AT_ONCE), [Some(0); AT_ONCE]);
    job.assert_whole(1);
    job.assert_messages(1);
}

#[test]
fn of_eight_at_once_one_works_and_seven_leave() {
    one_works_and_seven_leave(&Job::in_folder());
}

#[test]
fn of_eight_machines_one_works_and_seven_leave() {
    one_works_and_seven_leave(&Job::in_bucket());
}

#[test]
fn eight_that_wait_make_one_report() {
    all_wait_and_one_works(&Job::in_folder());
}

#[test]
fn eight_machines_that_wait_make_one_report() {
    all_wait_and_one_works(&Job::in_bucket());
}

#[test]
fn who_holds_the_lock_is_named() {
    let job = Job::in_folder();
    job.receiver.behaves([], Behaviour::Held);
    let mut first = started(&mut job.command(&[]));
    job.receiver.wait_for(1);
    let said = job.run(&[], 7);
    assert!(said.contains(&format!("process {}", first.id())) && said.contains("--wait"), "{said}");
    job.receiver.let_go();
    assert!(first.wait().unwrap().success());
}

/// Ten runs of a job in a row.
fn ten_in_a_row(job: &Job) {
    assert!(job.run(&[], 0).contains("report 1 is published"));
    let first = job.contents();
    for _ in 1..10 {
        let said = job.run(&[], 0);
        assert!(said.contains("2024-01: nothing to do") && !said.contains("published"), "{said}");
    }
    assert_eq!(job.contents(), first);
    job.assert_whole(1);
    let message = &job.assert_messages(1)[0];
    assert_eq!((&message["event"], &message["details"]["month"]), (&"report".into(), &"2024-01".into()));
}

#[test]
fn ten_in_a_row_make_one_report() {
    ten_in_a_row(&Job::in_folder());
}

#[test]
fn ten_in_a_row_make_one_report_in_a_bucket() {
    ten_in_a_row(&Job::in_bucket());
}

#[test]
fn a_test_of_the_channels_is_marked_and_changes_nothing() {
    let job = Job::in_folder();
    job.run(&[], 0);
    let before = job.contents();
    for _ in 0..2 {
        said(&mut job.notify(&["--test"]), 0);
    }
    assert_eq!(job.contents(), before);
    let messages = job.assert_messages(3);
    assert!(messages[1..].iter().all(|message| message["event"] == "test"), "{messages:#?}");
    assert_eq!(messages[1]["details"]["month"], "2024-01");
    // Who drops what it knows by its id gets each test.
    assert!(messages[0]["id"] != messages[1]["id"] && messages[1]["id"] != messages[2]["id"], "{messages:#?}");
    // The real one is sent again only when it is asked for.
    said(&mut job.notify(&["--resend"]), 0);
    let messages = job.assert_messages(4);
    assert_eq!((&messages[3]["id"], &messages[3]["event"]), (&messages[0]["id"], &"report".into()));
}
