//! The shell of `sql`, on a real terminal.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{
    support::{Runs, gravimeter},
    terminal::{self, Terminal},
};

macro_rules! on_terminal {
    () => {
        if !terminal::is_there() {
            eprintln!("skipped: this machine has no `script` (util-linux) to make a terminal with");
            return;
        }
    };
}

#[test]
fn a_session_from_the_greeting_to_the_end() {
    on_terminal!();
    let home = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(home.path(), "sql sample-cur");

    // Several lines are one statement; NULL is named, and money stands below money.
    shell.types("select month, sum(amortized_cost) as cost, null as nothing\r");
    shell.types("from monthly_costs where month >= '2024-01-01'\r");
    shell.types("group by month order by month;\r");
    let answer = shell.sees("(2 rows)");
    assert!(answer.contains("NULL") && answer.contains("2024-02-01"), "{answer}");
    let points: Vec<usize> = answer
        .lines()
        .filter(|line| line.trim_start().starts_with("2024-"))
        .map(|line| line.find('.').or(line.find("39374").map(|at| at + 5)).unwrap())
        .collect();
    assert_eq!(points.len(), 2, "{answer}");
    assert_eq!(points[0], points[1], "{answer}");
    shell.sees("gravimeter> ");

    // Commands.
    let tables = shell.runs("\\d");
    assert!(tables.contains("line_items") && tables.contains("one row per month and product"), "{tables}");
    let columns = shell.runs("\\d monthly_costs");
    assert!(columns.contains("purchase_option") && columns.contains("decimal"), "{columns}");
    let months = shell.runs("\\months");
    assert!(months.contains("2023-05") && months.contains("partial") && months.contains("complete"), "{months}");
    assert!(shell.runs("\\mode csv").contains("mode csv"));
    assert!(shell.runs("select 1 as a, 'x,y' as b;").contains("a,b\n1,\"x,y\"\n"));
    assert!(shell.runs("\\mode json").contains("mode json"));
    assert!(shell.runs("select 1.50 as a;").contains("\"a\": \"1.5\""));
    assert!(shell.runs("\\mode nothing").contains("there is no format nothing"));
    shell.runs("\\mode table");
    assert!(shell.runs("\\x").contains("rows upright on"));
    assert!(shell.runs("select 1 as first, 2 as second;").contains("── row 1 ──\nfirst   1\nsecond  2\n"));
    shell.runs("\\x");
    assert!(shell.runs("\\timing").contains("timing on"));
    assert!(shell.runs("select 1;").contains(" s\n"));
    shell.runs("\\timing");

    // What is likely wrong is a hint, and can be switched off.
    let hinted = shell.runs("select sum(unblended_cost) from monthly_costs where month = '2024-01-01';");
    assert!(hinted.contains("hint: L2 ") && hinted.contains("(1 row)"), "{hinted}");
    shell.runs("\\lint");
    let quiet = shell.runs("select sum(unblended_cost) from monthly_costs where month = '2024-01-01';");
    assert!(!quiet.contains("hint: "), "{quiet}");

    // A failure leaves the session as it was; what is refused is refused here, too.
    let failed = shell.runs("select nothing from monthly_costs;");
    assert!(failed.contains("error: ") && failed.contains("nothing"), "{failed}");
    assert!(shell.runs("drop table prices;").contains("refused"));
    assert!(shell.runs("create view mine as select 7 as seven;").contains("done"));
    assert!(shell.runs("select seven from mine;").contains('7'));
    assert!(shell.runs("\\d").contains("made in this session"));

    // Rows to a file and back to the screen; a file of statements; the editor; a query that is kept.
    let file = home.path().join("rows.csv");
    shell.runs(&format!("\\o {}", file.display()));
    assert!(shell.runs("select 1 as a;").contains("written to"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "a\n1\n");
    shell.runs("\\o");
    shell.runs("\\mode table");
    let script = home.path().join("script.sql");
    fs::write(&script, "select 40 + 2 as answer; select 43 as next;").unwrap();
    let ran = shell.runs(&format!("\\i {}", script.display()));
    assert!(ran.contains("42") && ran.contains("43"), "{ran}");
    shell.runs("select 1 as one, date '2024-01-01' as day;");
    let edited = shell.runs("\\e");
    assert!(edited.contains("select 2 as one"), "the editor of this test writes 2 for 1: {edited}");
    let saved = shell.runs("\\save my_query what the day was");
    assert!(saved.contains("saved as"), "{saved}");
    assert!(shell.runs("\\save my_query").contains("exists"));

    // Long answers go through the pager, which is `head -3` here.
    let paged = shell.runs("select * from generate_series(1, 500) as t (n);");
    assert!(paged.contains("(500 rows)") && !paged.contains("499"), "{paged}");

    shell.types("\\q\r");
    assert_eq!(shell.ends(), Some(0));
    let query = gravimeter(&["query", "run", "my_query", "--format", "csv"])
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .assert()
        .success();
    assert_eq!(String::from_utf8_lossy(&query.get_output().stdout), "one,day\n2,2024-01-01\n");
}

#[test]
fn words_are_completed() {
    on_terminal!();
    let home = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(home.path(), "sql sample-cur -q");
    // A keyword, a table, a column, a function.
    shell.types("sel\t");
    shell.sees("select");
    shell.types(" amortized_c\t");
    shell.sees("amortized_cost");
    shell.types(" from commitment_c\t");
    shell.sees("commitment_coverage");
    shell.types("\u{15}select tag('te\t");
    shell.sees("te");
    let key = shell.sees("m");
    assert!(key.contains('m'), "{key}");
    shell.types("\u{15}\\mont\t");
    shell.sees("\\months");
    shell.types("\u{15}select graviton_t\t");
    shell.sees("graviton_target(");
    // Several candidates are listed.
    shell.types("\u{15}select * from commitm\t\t");
    shell.sees("commitment_coverage");
    shell.sees("commitments");
    shell.types("\u{15}\u{4}");
    assert_eq!(shell.ends(), Some(0));
}

#[test]
fn the_history_is_kept_for_its_owner_only() {
    on_terminal!();
    let home = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(home.path(), "sql -q");
    shell.runs("select 'remember me' as a;");
    shell.runs(" select 'but not this' as a;");
    shell.types("\u{4}");
    assert_eq!(shell.ends(), Some(0));
    let file = home.path().join(".local/state/gravimeter/history");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("remember me") && !text.contains("but not this"), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let mut shell = Terminal::start(home.path(), "sql -q");
    shell.types("\u{1b}[A");
    shell.sees("remember me");
    shell.types("\r");
    shell.sees("(1 row)");
    shell.types("\u{4}");
    assert_eq!(shell.ends(), Some(0));

    let other = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(other.path(), "sql -q --no-history");
    shell.runs("select 'secret' as a;");
    shell.types("\u{4}");
    assert_eq!(shell.ends(), Some(0));
    assert!(!other.path().join(".local/state/gravimeter/history").exists());
}

#[test]
fn a_statement_can_be_cancelled_and_the_session_goes_on() {
    on_terminal!();
    let home = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(home.path(), "sql -q");
    shell.types("select count(*) from generate_series(1, 100000000000) a;\r");
    let _ = shell.sees("\n");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let begun = std::time::Instant::now();
    shell.types("\u{3}");
    shell.sees("cancelled");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    shell.sees("gravimeter> ");
    // On an empty line it only clears.
    shell.types("select 1");
    shell.types("\u{3}");
    shell.sees("gravimeter> ");
    assert!(shell.runs("select 6 * 7 as answer;").contains("42"));
    shell.types("\u{4}");
    assert_eq!(shell.ends(), Some(0));
}
