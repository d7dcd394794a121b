//! Several nodes on one machine: the same bytes as from one process, whatever happens to an executor.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    s3_stand_in::{Faults, SECRET, StandIn},
    support::{NO_SETTINGS, PROGRAM, ROOT, Runs, assert_same_bytes, files, gravimeter},
};

/// A node takes no longer to start, even where much else runs.
const START: Duration = Duration::from_mins(1);

const SAMPLE: &str = "sample-cur/cur2";

/// A run takes no longer, whatever is lost.
const RUN: Duration = Duration::from_mins(3);

/// A node as a process of its own.
struct Node {
    process: Child,
    /// What it said when it was ready, behind the words.
    place: String,
    work: TempDir,
}

impl Node {
    /// Starts a node and waits until it says these words.
    fn start(args: &[&str], ready: &str, secret: Option<&str>) -> Self {
        let work = tempfile::tempdir().unwrap();
        let mut command = Command::new(PROGRAM);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.env("AWS_CONFIG_FILE", "/nonexistent").env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("XDG_CONFIG_HOME", NO_SETTINGS);
        if let Some(secret) = secret {
            command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", secret);
        }
        command.current_dir(ROOT).arg("cluster").args(args);
        if args[0] == "executor" {
            command.args(["--work-dir", work.path().to_str().unwrap()]);
        }
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, receiver) = mpsc::channel();
        let stderr = BufReader::new(process.stderr.take().unwrap());
        // Read to the end, so that a node that talks never waits for a reader.
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        let begun = Instant::now();
        let mut said = String::new();
        while let Some(left) = START.checked_sub(begun.elapsed()) {
            let Ok(line) = receiver.recv_timeout(left) else { break };
            if let Some(place) = line.strip_prefix(ready) {
                return Self { process, place: place.to_owned(), work };
            }
            said.push_str(&line);
            said.push('\n');
        }
        let _ = process.kill();
        let _ = process.wait();
        panic!("{args:?} did not become ready: {said}");
    }

    /// Ends it without a word, as a machine that loses its power.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells whether it works on a portion.
    fn is_at_work(&self) -> bool {
        let mut entries = fs::read_dir(self.work.path()).unwrap().filter_map(Result::ok);
        entries.any(|entry| entry.file_name().to_string_lossy().starts_with("portion-"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Cluster {
    scheduler: Node,
    executors: Vec<Node>,
}

impl Cluster {
    fn start(executors: usize) -> Self {
        let scheduler = Node::start(&["scheduler", "--bind", "127.0.0.1:0"], "scheduler listens on ", None);
        let mut cluster = Self { scheduler, executors: Vec::new() };
        for _ in 0..executors {
            cluster.add(Some(SECRET));
        }
        cluster
    }

    fn add(&mut self, secret: Option<&str>) {
        let args =
            ["executor", "--scheduler", &self.scheduler.place, "--port", "0", "--flight-port", "0", "--slots", "1"];
        self.executors.push(Node::start(&args, "executor ready: 1 slots at ", secret));
    }

    fn address(&self) -> &str {
        &self.scheduler.place
    }
}

/// Runs a command to its end, which must come in time.
fn run(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (ended, end) = mpsc::channel::<()>();
    let id = child.id().to_string();
    thread::spawn(move || {
        if end.recv_timeout(RUN) == Err(mpsc::RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-9", &id]).status().unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a report of a source; returns its folder.
fn report(source: &str, cluster: Option<&str>) -> TempDir {
    let out = tempfile::tempdir().unwrap();
    let mut command = gravimeter(&["report", source, "--no-cache", "--format", "csv,json,html"]);
    command.args(["--out", out.path().join("r").to_str().unwrap()]);
    if let Some(address) = cluster {
        command.args(["--cluster", address]);
    }
    let output = run(&mut command);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(files(out.path()).len() > 5);
    out
}

/// Answers statements as CSV.
fn answers(source: &str, statements: &[&str], cluster: Option<&str>) -> Vec<u8> {
    let mut command = gravimeter(&["sql", source, "--no-cache", "-q", "--format", "csv"]);
    for statement in statements {
        command.args(["-c", statement]);
    }
    if let Some(address) = cluster {
        command.args(["--cluster", address]);
    }
    let output = run(&mut command);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!output.stdout.is_empty());
    output.stdout
}

#[test]
fn nodes_give_the_bytes_of_one_process() {
    let cluster = Cluster::start(2);
    for source in ["sample-cur/cur2", "sample-cur/cur1"] {
        let (here, there) = (report(source, None), report(source, Some(cluster.address())));
        assert_same_bytes(here.path(), there.path());
    }
    let large = tempfile::tempdir().unwrap();
    let bill = large.path().join("bill").display().to_string();
    gravimeter(&["sample", &bill, "--rows", "300000", "--months", "2"]).assert().success();
    let (here, there) = (report(&bill, None), report(&bill, Some(cluster.address())));
    assert_same_bytes(here.path(), there.path());
    let cells = [
        // Rows may be alike in all their names: the kind of usage is none of them.
        "select * from daily_costs order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18",
        "select month, resource_id, sum(amortized_cost) a, count(*) n from resource_costs group by 1, 2 order by 1, 2",
    ];
    assert!(answers(&bill, &cells, None) == answers(&bill, &cells, Some(cluster.address())), "the cells differ");
}

/// What is asked of line items: sums, verdicts, joins with figures and prices, windows, subqueries; several in a session.
const STATEMENTS: [&str; 9] = [
    "select month, product_code, sum(amortized_cost) as cost, count(*) as n from line_items group by 1, 2 order by 1, 2",
    "select verdict, reason, count(*) as n, sum(unblended_cost) as cost from line_items group by 1, 2 order by 1, 2",
    "select account_id, count(distinct resource_id) as n, sum(unblended_cost * 0.9) as less from line_items group by 1 order by 1",
    "select i.generation, l.architecture, sum(l.amortized_cost) as cost from line_items l
        join instance_types i on i.instance_type = l.instance_type group by 1, 2 order by 1, 2",
    "select product_code, cost, rank() over (order by cost desc, product_code) as place
        from (select product_code, sum(amortized_cost) as cost from line_items group by 1) order by 3",
    "select product_code, count(*) as n from line_items where product_code not in
        (select product_code from monthly_costs where amortized_cost > 1000) group by 1 order by 1",
    "select m.month, m.cost - l.cost as difference from
        (select month, sum(unblended_cost) as cost from monthly_costs group by 1) m
        join (select month, sum(unblended_cost) as cost from line_items group by 1) l on l.month = m.month order by 1",
    "select date_trunc('day', usage_start) as day, sum(unblended_cost) as cost from line_items
        where month = date '2023-09-01' group by 1 order by 1",
    "select l.resource_id, count(*) as n from line_items l join resource_costs r on r.resource_id = l.resource_id
        group by 1 order by 2 desc, 1 limit 5",
];

#[test]
fn statements_give_the_bytes_of_one_process() {
    let cluster = Cluster::start(2);
    let (here, there) = (answers(SAMPLE, &STATEMENTS, None), answers(SAMPLE, &STATEMENTS, Some(cluster.address())));
    assert_eq!(text(&here), text(&there));
    for (statement, words) in [
        ("select 1 / 0 from line_items", "error: Divide by zero error"),
        ("select cast(description as int) from line_items", "error: Cast error: Cannot cast string"),
    ] {
        let output =
            run(&mut gravimeter(&["sql", SAMPLE, "--no-cache", "-c", statement, "--cluster", cluster.address()]));
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    let mixed =
        run(&mut gravimeter(&["sql", SAMPLE, "--no-cache", "-c", STATEMENTS[8], "--cluster", cluster.address()]));
    assert!(text(&mixed.stderr).contains("it runs here"), "{}", text(&mixed.stderr));
}

/// The sample behind the stand-in, as it is and with every answer late.
fn in_s3(delay: Duration) -> StandIn {
    let service = StandIn::serving(&Path::new(ROOT).join("sample-cur/cur2"), "b/");
    service.fails(Faults { delay, ..Faults::default() });
    service
}

fn remote_report(service: &StandIn, out: &Path, cache: &Path, cluster: Option<&str>) -> Command {
    let out = out.to_str().unwrap();
    let mut command = service.cached(cache, &["report", "s3://bills/b", "--format", "csv,json,html", "--out", out]);
    if let Some(address) = cluster {
        command.args(["--cluster", address]);
    }
    command
}

#[test]
fn an_executor_that_dies_changes_no_byte() {
    let mut cluster = Cluster::start(2);
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let service = in_s3(Duration::ZERO);
    let output = run(&mut remote_report(&service, &place("alone"), &place("cache-1"), None));
    assert!(output.status.success(), "{}", text(&output.stderr));
    service.fails(Faults { delay: Duration::from_millis(300), ..Faults::default() });
    let (out, cache, address) = (place("together"), place("cache-2"), cluster.address().to_owned());
    let output = thread::scope(|scope| {
        let running = scope.spawn(|| run(&mut remote_report(&service, &out, &cache, Some(&address))));
        let begun = Instant::now();
        while !cluster.executors[0].is_at_work() {
            assert!(begun.elapsed() < START, "no work came");
            assert!(!running.is_finished(), "it ended before");
            thread::sleep(Duration::from_millis(5));
        }
        cluster.executors[0].kill();
        running.join().unwrap()
    });
    let said = text(&output.stderr);
    assert!(!said.contains(SECRET));
    if output.status.success() {
        assert_same_bytes(&place("alone"), &out);
    } else {
        assert_eq!(output.status.code(), Some(75), "{said}");
        assert!(said.contains("error: ") && said.contains("hint: "), "{said}");
        assert!(!out.exists(), "half a report");
    }
    // Whatever was kept is whole, and the next run is right.
    service.fails(Faults::default());
    fs::remove_dir_all(&out).unwrap_or_default();
    let output = run(&mut remote_report(&service, &out, &cache, Some(&address)));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_same_bytes(&place("alone"), &out);
    let statement = "select month, tag('team') as team, graviton_target(instance_type, region) as target, verdict,
        sum(amortized_cost) as cost from line_items group by 1, 2, 3, 4 order by 1, 2, 3, 4";
    let asked = |more: &[&str]| {
        let args = [&["sql", "s3://bills/b", "-q", "--format", "csv", "-c", statement], more].concat();
        let output = run(&mut service.cached(&cache, &args));
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    };
    assert_eq!(asked(&[]), asked(&["--cluster", &address]));
    assert_eq!(service.unpinned(), Vec::<String>::new(), "read without a version");
}

#[test]
fn a_bill_that_goes_on_changing_ends_with_exit_6() {
    let cluster = Cluster::start(1);
    let service = in_s3(Duration::ZERO);
    let key = "b/seoul-cur2/data/BILLING_PERIOD=2023-09/seoul-cur2-00001.snappy.parquet";
    let bytes = service.get(key).unwrap();
    let swaps = (0..200_u64).map(|get| (get, vec![(key.to_owned(), [&bytes[..], &get.to_le_bytes()].concat())]));
    service.fails(Faults { swaps: swaps.collect(), ..Faults::default() });
    let dir = tempfile::tempdir().unwrap();
    let (out, cache) = (dir.path().join("out"), dir.path().join("cache"));
    let output = run(&mut remote_report(&service, &out, &cache, Some(cluster.address())));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains(&format!("s3://bills/{key} was changed while it was read")), "{said}");
    assert!(!out.exists());
}

/// Executors read with their own credentials, and what they lack is said as if this machine lacked it.
#[test]
fn executors_have_their_own_credentials() {
    let mut cluster = Cluster::start(0);
    cluster.add(None);
    let service = in_s3(Duration::ZERO);
    let dir = tempfile::tempdir().unwrap();
    let (out, cache) = (dir.path().join("out"), dir.path().join("cache"));
    let output = run(&mut remote_report(&service, &out, &cache, Some(cluster.address())));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("no AWS credentials were found to read s3://bills/b/") && said.contains("hint: "), "{said}");
    assert!(!out.exists());
}

#[test]
fn a_cluster_that_is_not_there_is_said_in_time() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let fails = |args: &[&str], words: &str| {
        let begun = Instant::now();
        let output = run(&mut gravimeter(args));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(75), "{said}");
        assert!(said.contains(words) && said.contains("hint: "), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    };
    fails(&["report", "sample-cur/cur2", "--cluster", &nobody], &format!("no scheduler at {nobody}"));
    fails(&["cluster", "executor", "--scheduler", &nobody, "--port", "0", "--flight-port", "0"], "no scheduler at");
    let alone = Cluster::start(0);
    fails(&["report", "sample-cur/cur2", "--no-cache", "--cluster", alone.address()], "has no executors");
}

/// Nodes end when they are told to, and leave nothing behind.
#[test]
fn nodes_end_when_they_are_told_to() {
    let mut cluster = Cluster::start(1);
    let end = |node: &mut Node| {
        let told = Command::new("kill").args(["-TERM", &node.process.id().to_string()]).status().unwrap();
        assert!(told.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = node.process.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < START, "it does not end");
            thread::sleep(Duration::from_millis(20));
        }
    };
    assert_eq!(end(&mut cluster.executors[0]), Some(0));
    assert_eq!(end(&mut cluster.scheduler), Some(0));
}

/// Executors judge by their own price table: with another one than the client's, nothing is answered.
#[test]
fn another_price_table_is_refused() {
    let (cluster, cache) = (Cluster::start(1), tempfile::tempdir().unwrap());
    let file = cache.path().join("prices.csv");
    let table = "service,region,item,variant,term,unit,price,currency,as_of,source\n\
                 EC2,us-east-1,m6g.large,Linux,OnDemand,Hrs,0.05,USD,2026-11-18,test\n";
    std::fs::write(&file, table).unwrap();
    let folder = cache.path().to_str().unwrap();
    let imported = run(&mut gravimeter(&["prices", "import", file.to_str().unwrap(), "--cache-dir", folder]));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    let asks = |statement: &str| {
        let args = ["sql", SAMPLE, "--cache-dir", folder, "-c", statement, "--cluster", cluster.address()];
        run(&mut gravimeter(&args))
    };
    let refused = asks("select verdict, count(*) from line_items group by verdict");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("has the price table"), "{}", text(&refused.stderr));
}
