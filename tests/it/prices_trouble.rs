//! The refresh of prices against a stand-in of the Pricing API that fails: what it keeps, and what it says.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use gravimeter::{error::Kind, refresh::Ask, source::Access};

use crate::{
    prices_refresh::{access, ask, files, in_process, run, wants, whole},
    pricing_stand_in::{Catalogue, Faults, REGIONS, StandIn, nobody},
    s3_stand_in::SECRET,
};

#[test]
fn throttling_and_broken_answers_are_waited_out() {
    in_process("prices_trouble::throttling_and_broken_answers_are_waited_out", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let wants = wants(&["OpenSearch", "MSK", "Lambda"], &REGIONS);
        let calm = whole(&service, &ask(&wants, staging.path()));
        let staging = tempfile::tempdir().unwrap();
        service.fails(Faults { throttle: 30, broken: 5, cut: 5, hang: 1, seed: 7, ..Faults::default() });
        let fetched = whole(&service, &ask(&wants, staging.path()));
        assert_eq!(fetched.sheets, calm.sheets);
        assert!(fetched.requests > calm.requests + 5, "{} against {}", fetched.requests, calm.requests);
        assert_eq!(fetched.requests, service.requests());
    });
}

#[test]
fn an_interrupted_refresh_goes_on_where_it_stopped() {
    in_process("prices_trouble::an_interrupted_refresh_goes_on_where_it_stopped", || {
        let service = StandIn::start();
        let wants = wants(&["OpenSearch", "DocumentDB"], &REGIONS);
        let small = Faults { page_size: Some(30), ..Faults::default() };
        service.fails(small.clone());
        let elsewhere = tempfile::tempdir().unwrap();
        let calm = whole(&service, &ask(&wants, elsewhere.path()));
        let all = service.pages();

        let staging = tempfile::tempdir().unwrap();
        service.fails(Faults { fail_after: Some(5), ..small.clone() });
        let stopped = run(&access(&service, 1), &ask(&wants, staging.path())).unwrap();
        assert!(!stopped.failed.is_empty());
        for (_, error) in &stopped.failed {
            assert_eq!(error.kind(), Kind::Transient, "{error}");
        }
        // What failed has no sheet, not even a part of one.
        for (want, _) in &stopped.failed {
            assert!(
                stopped.sheets.iter().all(|sheet| (&sheet.service, &sheet.region) != (&want.service, &want.region))
            );
        }
        let kept = files(staging.path());
        assert!((1..=5).contains(&kept), "{kept} pages are kept");
        service.fails(small.clone());
        let resumed = whole(&service, &ask(&wants, staging.path()));
        assert_eq!(resumed.sheets, calm.sheets);
        // Beside the missing pages the first one of each list that stopped in the middle, to see that it is the same list.
        let missing = all - kept as u64;
        assert!((missing..=missing + 4).contains(&service.pages()), "{} of {missing}", service.pages());
        assert_eq!((resumed.requests, resumed.reused), (service.pages(), kept as u64));

        // All of it is kept until its caller has made use of it.
        service.fails(small);
        let again = whole(&service, &ask(&wants, staging.path()));
        assert_eq!((again.sheets, again.requests, service.requests()), (calm.sheets, 0, 0));
        gravimeter::refresh::clear(staging.path()).unwrap();
        assert!(!staging.path().exists());
    });
}

/// Where a child finds the service and the staging folder of its parent.
const CHILD: [&str; 2] = ["GRAVIMETER_TEST_ENDPOINT", "GRAVIMETER_TEST_STAGING"];

/// The refresh of a child that its parent kills; does nothing otherwise.
#[test]
fn refresh_of_a_child() {
    let [Ok(endpoint), Ok(staging)] = CHILD.map(std::env::var) else { return };
    let access = Access { endpoint_url: Some(endpoint), ..Access::default() };
    let fetched = run(&access, &ask(&wants(&["OpenSearch"], &REGIONS), Path::new(&staging))).unwrap();
    eprintln!("{} requests, {} reused, {} sheets", fetched.requests, fetched.reused, fetched.sheets.len());
}

#[test]
fn a_killed_refresh_goes_on_where_it_stopped() {
    let service = StandIn::start();
    let staging = tempfile::tempdir().unwrap();
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        nobody(&mut command);
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.env(CHILD[0], service.endpoint()).env(CHILD[1], staging.path());
        command.args(["--exact", "prices_trouble::refresh_of_a_child", "--nocapture"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    service.fails(Faults { page_size: Some(10), delay: Duration::from_millis(100), ..Faults::default() });
    let mut running = child().spawn().unwrap();
    while files(staging.path()) < 6 {
        assert!(running.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(10));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let kept = crate::support::files(staging.path()).iter().filter(|file| file.extension().unwrap() == "zst").count();
    service.fails(Faults { page_size: Some(10), ..Faults::default() });
    let output = child().output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let (asked, all) = (service.pages(), Catalogue::get().cells.keys().filter(|cell| cell.0 == "OpenSearch"));
    let pages: usize =
        REGIONS.iter().map(|region| all.clone().filter(|cell| cell.1 == *region).count().div_ceil(10)).sum();
    assert!(kept >= 5 && said.contains(&format!("{asked} requests, {kept} reused, 2 sheets")), "{kept}: {said}");
    // And the first page of each region again.
    let missing = (pages - kept) as u64;
    assert!((missing..=missing + 2).contains(&asked), "{asked} of {missing}");
}

/// Pages of two publications make no list: what was kept of the first is asked for again.
#[test]
fn a_list_that_was_published_anew_begins_anew() {
    in_process("prices_trouble::a_list_that_was_published_anew_begins_anew", || {
        let service = StandIn::start();
        let wants = wants(&["OpenSearch"], &["us-east-1"]);
        let staging = tempfile::tempdir().unwrap();
        let small = Faults { page_size: Some(20), ..Faults::default() };
        service.fails(Faults { fail_after: Some(3), ..small.clone() });
        let stopped = run(&access(&service, 1), &ask(&wants, staging.path())).unwrap();
        assert_eq!((stopped.failed.len(), files(staging.path())), (1, 3));
        service.fails(Faults { published: Some("2026-11-20"), ..small });
        let fetched = whole(&service, &ask(&wants, staging.path()));
        let days: std::collections::BTreeSet<String> =
            fetched.sheets[0].prices.values().map(|listed| listed.as_of.to_string()).collect();
        assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2026-11-20"]);
        assert_eq!(fetched.reused, 0);
    });
}

/// A service that always has one more page, without a product, is given up.
#[test]
fn pages_without_end_end() {
    in_process("prices_trouble::pages_without_end_end", || {
        let service = StandIn::start();
        service.fails(Faults { endless: true, ..Faults::default() });
        let staging = tempfile::tempdir().unwrap();
        let stopped = run(&access(&service, 1), &ask(&wants(&["MSK"], &["us-east-1"]), staging.path())).unwrap();
        assert_eq!(stopped.failed[0].1.kind(), Kind::Incomplete);
        assert!(stopped.failed[0].1.to_string().contains("pages in a row have no product"));
    });
}

#[test]
fn one_service_that_fails_does_not_stop_the_others() {
    in_process("prices_trouble::one_service_that_fails_does_not_stop_the_others", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        // One after the other: the first page is whole, the second is not.
        let wants = wants(&["OpenSearch"], &["us-east-1"]);
        service.fails(Faults { malformed: Some(2), page_size: Some(20), ..Faults::default() });
        let fetched = run(&access(&service, 5), &ask(&wants, staging.path())).unwrap();
        let [(want, error)] = fetched.failed.as_slice() else { panic!("{:?}", fetched.failed) };
        assert_eq!((want.service.as_str(), error.kind()), ("OpenSearch", Kind::Incomplete));
        assert!(error.to_string().contains("OpenSearch in us-east-1, page 2"), "{error}");
        assert!(fetched.sheets.is_empty());
        assert_eq!(files(staging.path()), 1);

        let others = super::prices_refresh::wants(&["OpenSearch", "MSK", "EKS"], &["us-east-1"]);
        let staging = tempfile::tempdir().unwrap();
        service.fails(Faults { malformed_record: Some(7), page_size: Some(20), ..Faults::default() });
        let fetched = run(&access(&service, 5), &ask(&others, staging.path())).unwrap();
        let [(want, error)] = fetched.failed.as_slice() else { panic!("{:?}", fetched.failed) };
        assert_eq!((want.service.as_str(), error.kind()), ("OpenSearch", Kind::Incomplete));
        assert!(error.to_string().contains("OpenSearch in us-east-1, page "), "{error}");
        assert_eq!(fetched.sheets.len(), 2);
        service.fails(Faults::default());
        let rest = whole(&service, &ask(&others, staging.path()));
        assert_eq!(rest.sheets.len(), 3);
        assert_eq!((service.count("GetProducts"), rest.reused > 0), (rest.requests, true));
    });
}

#[test]
fn pages_that_go_round_end() {
    in_process("prices_trouble::pages_that_go_round_end", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let wants = wants(&["OpenSearch"], &["us-east-1"]);
        service.fails(Faults { circle: true, ..Faults::default() });
        let fetched = run(&access(&service, 5), &ask(&wants, staging.path())).unwrap();
        let [(_, error)] = fetched.failed.as_slice() else { panic!("{:?}", fetched.failed) };
        assert_eq!(error.kind(), Kind::Incomplete);
        assert!(error.to_string().contains("circle"), "{error}");
        assert!(fetched.requests < 4);
    });
}

#[test]
fn missing_permissions_stop_it_at_once() {
    in_process("prices_trouble::missing_permissions_stop_it_at_once", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let wants = wants(&["OpenSearch", "MSK", "EKS", "Lambda", "ELB", "EC2"], &REGIONS);
        let message = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: pricing:GetProducts";
        service.fails(Faults { refuse: Some((400, "AccessDeniedException", message)), ..Faults::default() });
        let error = run(&access(&service, 5), &ask(&wants, staging.path())).unwrap_err();
        assert_eq!(error.kind(), Kind::Permission);
        let said = format!("{error} {:?}", error.hints());
        assert!(said.contains("AccessDeniedException") && said.contains("pricing:GetProducts"), "{said}");
        assert!(!said.contains(SECRET));
        assert!(service.requests() <= 4);

        service.fails(Faults { refuse: Some((400, "ExpiredTokenException", "expired")), ..Faults::default() });
        let error = run(&access(&service, 5), &ask(&wants, staging.path())).unwrap_err();
        assert_eq!(error.kind(), Kind::Permission);

        let unknown = super::prices_refresh::wants(&["Ground Station"], &["us-east-1"]);
        let error = run(&access(&service, 5), &ask(&unknown, staging.path())).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage, "{error}");
        let nobody = Access { profile: Some("nobody".to_owned()), ..access(&service, 5) };
        let error = run(&nobody, &ask(&wants, staging.path())).unwrap_err();
        assert!(error.kind() == Kind::Permission && error.to_string().contains("no AWS credentials"), "{error}");
        assert!(error.hints()[0].contains("--profile nobody"), "{:?}", error.hints());
        assert_eq!(files(staging.path()), 0);
    });
}

#[test]
fn an_outage_is_waited_for_once() {
    in_process("prices_trouble::an_outage_is_waited_for_once", || {
        let service = StandIn::start();
        let staging = tempfile::tempdir().unwrap();
        let wants = wants(&["OpenSearch", "MSK", "EKS", "Lambda", "ELB", "RDS", "EMR"], &REGIONS);
        service.fails(Faults { broken: 100, ..Faults::default() });
        let started = Instant::now();
        let fetched = run(&access(&service, 2), &ask(&wants, staging.path())).unwrap();
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
        assert_eq!((fetched.failed.len(), fetched.sheets.len()), (wants.len(), 0));
        assert!(fetched.failed.iter().all(|(_, error)| error.kind() == Kind::Transient));

        let access = Access { endpoint_url: Some("http://127.0.0.1:9".to_owned()), ..access(&service, 60) };
        let fetched = run(&access, &ask(&wants, staging.path())).unwrap();
        let (_, error) = &fetched.failed[0];
        assert!(error.kind() == Kind::Transient && error.hints()[0].contains("--endpoint-url"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    });
}

#[test]
fn tokens_that_have_expired_begin_anew() {
    in_process("prices_trouble::tokens_that_have_expired_begin_anew", || {
        let service = StandIn::start();
        let wants = wants(&["OpenSearch"], &["us-east-1"]);
        let staging = tempfile::tempdir().unwrap();
        let small = Faults { page_size: Some(20), ..Faults::default() };
        service.fails(small.clone());
        let calm = whole(&service, &ask(&wants, staging.path()));
        let all = service.pages();
        let staging = tempfile::tempdir().unwrap();
        service.fails(Faults { fail_after: Some(3), ..small.clone() });
        let stopped = run(&access(&service, 1), &ask(&wants, staging.path())).unwrap();
        assert_eq!((stopped.failed.len(), files(staging.path())), (1, 3));
        service.expire_tokens();
        service.fails(small.clone());
        let fetched = whole(&service, &ask(&wants, staging.path()));
        assert_eq!(fetched.sheets, calm.sheets);
        assert_eq!((service.pages(), fetched.requests, fetched.reused), (all + 1, all + 2, 0));

        // What lies there for too long is not used.
        service.fails(small);
        let short = Ask { keep_for: Duration::ZERO, ..ask(&wants, staging.path()) };
        assert_eq!(whole(&service, &short).reused, 0);
        assert_eq!(service.pages(), all);
    });
}

#[test]
fn a_malformed_file_is_not_kept() {
    in_process("prices_trouble::a_malformed_file_is_not_kept", || {
        let service = StandIn::start();
        let wants = wants(&["MSK"], &["us-east-1"]);
        let staging = tempfile::tempdir().unwrap();
        service.fails(Faults { formats: Some(vec!["json"]), malformed_file: true, ..Faults::default() });
        let ask = Ask { bulk: true, ..ask(&wants, staging.path()) };
        let fetched = run(&access(&service, 5), &ask).unwrap();
        let [(want, error)] = fetched.failed.as_slice() else { panic!("{:?}", fetched.failed) };
        assert_eq!((want.service.as_str(), error.kind()), ("MSK", Kind::Incomplete));
        assert!(error.to_string().contains("AmazonMSK in us-east-1"), "{error}");
        assert!(fetched.sheets.is_empty());
        assert_eq!(files(staging.path()), 0);
        service.fails(Faults::default());
        assert_eq!(whole(&service, &ask).sheets.len(), 1);
    });
}
