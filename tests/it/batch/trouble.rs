//! Disks, buckets and receivers that fail: the promised exit code, nothing torn, and a next run that ends well.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{Job, MONTH, said};
use crate::{
    s3_stand_in::Faults,
    webhook_stand_in::{Behaviour, Receiver},
};

/// A small disk, where this user may mount one.
struct Disk(TempDir);

impl Disk {
    fn new(size: &str) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let options = format!("size={size},mode=755");
        if mount(&["-t", "tmpfs", "-o", &options, "none", disk.0.path().to_str().unwrap()]) {
            return Some(disk);
        }
        eprintln!("skipped: this user may not mount a file system");
        None
    }

    fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}"), self.0.path().to_str().unwrap()]), "{options}");
    }

    fn job(&self) -> Job {
        Job { out: Some(self.0.path().join("reports")), ..Job::in_folder() }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).stderr(Stdio::null()).status();
    }
}

fn mount(args: &[&str]) -> bool {
    Command::new("mount").args(args).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Fills a disk to its last byte.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    for block in [65_536, 4096, 1] {
        while file.write_all(&vec![1; block]).is_ok() {}
    }
}

/// Checks that a failed first run left nothing that anybody would take for a report.
fn assert_nothing(job: &Job) {
    for contents in job.contents() {
        assert_eq!(contents.keys().collect::<Vec<_>>(), Vec::<&String>::new());
    }
    job.assert_messages(0);
}

#[test]
fn a_full_disk_keeps_the_report_that_was_there() {
    let Some(disk) = Disk::new("32k") else { return };
    let job = disk.job();
    let full = job.run(&[], 1);
    assert!(full.contains("No space left") && full.contains("hint: the disk is full"), "{full}");
    assert_nothing(&job);
    disk.remount("size=64m");
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);

    // Other settings make another report.
    let filler = disk.0.path().join("filler");
    fill(&filler);
    let before = job.contents();
    job.run(&["--top", "3"], 1);
    assert_eq!(job.contents(), before);
    job.assert_whole(1);
    fs::remove_file(&filler).unwrap();
    let record = job.run(&["--top", "3"], 0);
    assert!(record.contains("report 2 is published"), "{record}");
    job.assert_whole(2);
    job.assert_messages(2);
}

#[test]
fn a_full_disk_before_the_message_keeps_it_for_later() {
    let Some(disk) = Disk::new("64m") else { return };
    let job = disk.job();
    job.receiver.behaves([], Behaviour::refuses(503));
    job.run(&[], 75);
    job.receiver.behaves([], Behaviour::Takes);
    let filler = disk.0.path().join("filler");
    fill(&filler);
    // It cannot be written down that the message counts as sent, so it is not.
    job.run(&[], 1);
    job.assert_messages(0);
    fs::remove_file(&filler).unwrap();
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}

#[test]
fn files_may_not_grow_beyond_a_limit() {
    let job = Job::in_folder();
    let command = job.command(&[]);
    // In blocks of 512 bytes, or of 1024 with some shells: no file of the report fits. The signal is ignored, so the write fails.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let mut limited = Command::new("sh");
    limited.arg("-c").arg(script).arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let said = said(&mut limited, 1);
    assert!(said.contains("File too large"), "{said}");
    assert_nothing(&job);
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}

#[test]
fn a_disk_that_is_read_only_is_named() {
    let Some(disk) = Disk::new("64m") else { return };
    let job = disk.job();
    disk.remount("ro");
    let said = job.run(&[], 1);
    assert!(said.contains("Read-only file system") && said.contains("--out DIR"), "{said}");
    assert!(said.contains(job.out().to_str().unwrap()), "{said}");
    assert_nothing(&job);
    disk.remount("rw");
    job.run(&[], 0);
    disk.remount("ro");
    // Nothing is to be written, but nobody can be kept out.
    job.run(&[], 1);
    disk.remount("rw");
    job.assert_whole(1);
    job.assert_messages(1);
}

#[cfg(unix)]
#[test]
fn a_folder_of_somebody_else_is_a_matter_of_permission() {
    use std::os::unix::fs::PermissionsExt;
    let job = Job::in_folder();
    fs::create_dir(job.out()).unwrap();
    fs::set_permissions(job.out(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(job.out().join("x"), "").is_ok() {
        fs::remove_file(job.out().join("x")).unwrap();
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let said = job.run(&[], 5);
    assert!(said.contains("--out DIR"), "{said}");
    fs::set_permissions(job.out(), fs::Permissions::from_mode(0o755)).unwrap();
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}

/// S3 refuses from each PUT of a run on, in turn: the lock, the files, the record, the pointer, the notices.
#[test]
fn s3_fails_at_each_step_of_the_upload() {
    let job = || Job { formats: "json", ..Job::in_bucket() };
    let first = job();
    first.run(&[], 0);
    let puts = first.service().puts();
    assert!(puts >= 7, "{puts} PUTs");
    for after in 0..puts {
        for (status, code, exit) in [(500, "InternalError", 75), (403, "AccessDenied", 5)] {
            let job = job();
            let faults = Faults { refuse_puts: Some((after, status, code)), ..Faults::default() };
            job.service().fails(faults);
            // The last one gives the lock back: who cannot do that has done all the rest.
            let exit = if after + 1 == puts { 0 } else { exit };
            let said = job.run(&["--give-up-after", "1"], exit);
            assert!(exit == 0 || said.contains(code), "{said}");
            let name = format!("after {after} of {puts} PUTs: {status}: {said}");
            let latest = job.service().get("reports/2024-01/latest.json");
            assert!(latest.is_some() || job.receiver.requests().is_empty(), "told of nothing: {name}");
            job.service().fails(Faults::default());
            let next = job.run(&[], 0);
            assert_eq!(job.receiver.messages().len(), 1, "{name}: {next}");
            job.assert_whole(1);
        }
    }
}

/// The report is in the folder and S3 takes no more: the next run brings the same one there, and only then tells.
#[test]
fn a_report_that_one_place_has_is_brought_to_the_other() {
    for after in [1, 3] {
        let job = Job::in_both();
        job.service().fails(Faults { refuse_puts: Some((after, 403, "AccessDenied")), ..Faults::default() });
        job.run(&[], 5);
        job.assert_messages(0);
        let first = job.contents().swap_remove(0);
        // A run that is killed right after it has written `latest.json` makes no link.
        fs::remove_file(job.out().join(MONTH).join("latest")).unwrap();
        job.service().fails(Faults::default());
        let said = job.run(&[], 0);
        assert!(said.contains("is now in every place"), "{said}");
        assert_eq!(job.contents().swap_remove(0), first);
        job.assert_whole(1);
        job.assert_messages(1);
    }
}

#[test]
fn s3_may_fail_now_and_then() {
    let job = Job::in_bucket();
    job.service().fails(Faults { slow_down: 20, broken: 10, seed: 7, ..Faults::default() });
    job.run(&[], 0);
    job.service().fails(Faults::default());
    assert!(job.run(&[], 0).contains("nothing to do"));
    job.assert_whole(1);
    job.assert_messages(1);
}

#[test]
fn a_receiver_that_fails_loses_no_report() {
    for (behaviour, exit) in [
        (Behaviour::refuses(500), 75),
        (Behaviour::refuses(429), 75),
        (Behaviour::refuses(403), 5),
        (Behaviour::refuses(410), 5),
        (Behaviour::refuses(400), 1),
        (Behaviour::Silent, 75),
        (Behaviour::Cut, 75),
        (Behaviour::Late(Duration::from_millis(1500)), 0),
    ] {
        let job = Job::in_folder();
        let is_slow = matches!(behaviour, Behaviour::Late(_));
        job.receiver.behaves([], behaviour.clone());
        let timeout = if is_slow { "2m" } else { "2s" };
        let first = job.run(&["--notify-timeout", timeout], exit);
        assert!(first.contains("report 1 is published"), "{first}");
        job.assert_whole(1);
        job.receiver.behaves([], Behaviour::Takes);
        let next = job.run(&[], 0);
        assert!(next.contains("nothing to do"), "{next}");
        assert_eq!(job.receiver.messages().len(), 1, "{behaviour:?}: {first}{next}");
        job.assert_whole(1);
    }
}

#[test]
fn nobody_there_loses_no_report() {
    let job = Job::in_bucket();
    let (url, _taken) = Receiver::nobody();
    let first = said(job.command(&[]).env("GRAVIMETER_WEBHOOK_URL", url), 75);
    assert!(first.contains("report 1 is published") && first.contains("refused"), "{first}");
    job.run(&[], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}

#[test]
fn each_channel_is_told_once_whatever_the_other_does() {
    let job = Job::in_folder();
    let slack = Receiver::start();
    slack.behaves([], Behaviour::Answers(410, String::new(), "channel_is_archived"));
    let run = |code| said(job.command(&["--slack"]).env("GRAVIMETER_SLACK_WEBHOOK", slack.url()), code);
    let first = run(5);
    assert!(first.contains("slack (127.0.0.1:") && first.contains("out of the archive"), "{first}");
    job.assert_messages(1);
    slack.behaves([], Behaviour::Takes);
    assert!(run(0).contains("slack was told"));
    run(0);
    job.assert_whole(1);
    job.assert_messages(1);
    assert_eq!(slack.messages().len(), 1);
}

/// The bill of the month is half a per cent above that of the month before.
#[test]
fn a_limit_is_held_against_a_report_that_is_there_already() {
    let job = Job::in_folder();
    for fail_on in ["mom>0.1%", "mom>0.1%", "mom>50%"] {
        let code = if fail_on == "mom>50%" { 0 } else { 4 };
        let said = job.run(&["--fail-on", fail_on], code);
        assert!(code == 0 || said.contains(fail_on), "{said}");
        job.assert_whole(1);
    }
    let text = job.assert_messages(1)[0]["text"].to_string();
    assert!(text.contains("mom>0.1%"), "{text}");
}

#[test]
fn who_need_not_be_told_spoils_no_run() {
    let job = Job::in_folder();
    job.receiver.behaves([], Behaviour::refuses(400));
    let said = job.run(&["--notify-optional"], 0);
    assert!(said.contains("warning: ") && said.contains("HTTP status 400"), "{said}");
    job.receiver.behaves([], Behaviour::Takes);
    job.run(&["--notify-optional"], 0);
    job.assert_whole(1);
    job.assert_messages(1);
}
