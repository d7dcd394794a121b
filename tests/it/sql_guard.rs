//! SQL reads and changes nothing: the corpus of statements that are refused, and of those that run.

use std::{fs, path::Path};

use crate::support::{Runs, failure, gravimeter};

/// Statements that write, read foreign files, or change the session; `{dir}` is a folder of the test.
const REFUSED: [&str; 44] = [
    "copy (select 1) to '{dir}/out.csv'",
    "copy prices to '{dir}/out.parquet'",
    "copy (select 1) to '{dir}/out.json' stored as json",
    "copy prices to 's3://bucket/key.csv'",
    "explain copy (select 1) to '{dir}/out.csv'",
    "explain analyze copy (select 1) to '{dir}/out.csv'",
    "explain analyze verbose copy prices to '{dir}/out.csv'",
    "create external table t stored as csv location '{dir}/secret.csv'",
    "create external table t (a int) stored as csv location '{dir}/secret.csv'",
    "create external table t stored as parquet location '/etc'",
    "create unbounded external table t stored as csv location '{dir}/secret.csv'",
    "create external table t stored as json location 's3://bucket/x.json'",
    "select * from '{dir}/secret.csv'",
    "select * from \"{dir}/secret.csv\"",
    "select * from '/etc/passwd'",
    "select * from 'file:///etc/passwd'",
    "select * from 's3://bucket/key.parquet'",
    "select * from 'https://example.org/x.csv'",
    "select * from read_csv('{dir}/secret.csv')",
    "select * from read_parquet('{dir}/secret.csv')",
    "with t as (select * from '{dir}/secret.csv') select * from t",
    "create view v as select * from '{dir}/secret.csv'",
    "insert into prices select * from prices",
    "insert into prices (service) values ('x')",
    "insert overwrite prices select * from prices",
    "insert into t values (1)",
    "update prices set price = 0",
    "delete from prices",
    "truncate table prices",
    "drop table prices",
    "drop table if exists line_items",
    "drop view v",
    "drop schema public cascade",
    "create or replace table prices as select 1 as price",
    "create or replace view line_items as select 1 as unblended_cost",
    "create table PRICES as select 1 as price",
    "create schema other",
    "create database other",
    "create index i on prices (item)",
    "create function f(double) returns double return $1 + 1",
    "set datafusion.execution.target_partitions = 1",
    "reset datafusion.execution.target_partitions",
    "prepare p as select 1",
    "begin transaction",
];

/// Statements that an analyst runs; those of the last ones create views and tables in memory.
const LEGITIMATE: [&str; 24] = [
    "select 1",
    "select count(*) from prices",
    "select service, count(*) from prices group by service having count(*) > 1 order by 2 desc limit 3",
    "with t as (select * from prices where service = 'EC2') select max(price) from t",
    "select distinct family from instance_types union all select 'x' order by 1",
    "select a.item from prices a join instance_types b on a.item = b.instance_type limit 1",
    "select * from (values (1, 'a'), (2, 'b')) as t (n, letter)",
    "select row_number() over (partition by service order by price, item) from prices limit 5",
    "select (select max(price) from prices) as most",
    "select item from prices where item in (select instance_type from instance_types) limit 1",
    "select * from generate_series(1, 3)",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 4) select sum(i) from n",
    "select unnest([1, 2, 3]) as i",
    "explain select * from prices",
    "explain analyze select count(*) from prices",
    "describe prices",
    "show tables",
    "show columns from prices",
    "select table_name from information_schema.tables order by 1",
    "select 'drop table prices; copy x to y' as text",
    "create view cheap as select * from prices where price < 1; select count(*) from cheap",
    "create table mine as select item, price from prices limit 3; select count(*) from mine",
    "create or replace view v as select 1 as a; create or replace view v as select 2 as a; select a from v",
    "create view t as select list_price('m5.large', 'us-east-1') as usd; select usd from t",
];

#[test]
fn what_does_more_than_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret.csv");
    fs::write(&secret, "a\nsecret-canary\n").unwrap();
    for statement in REFUSED {
        let statement = statement.replace("{dir}", dir.path().to_str().unwrap());
        let error = failure(&["sql", "-c", &statement], 2);
        assert!(error.contains("error: ") && !error.contains("secret-canary"), "{statement}: {error}");
        let clear = ["the statement is refused: ", "not found", "cannot parse the SQL"];
        assert!(clear.iter().any(|word| error.contains(word)), "{statement}: {error}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["secret.csv"], "nothing was written");
    assert!(!Path::new("/tmp/gravimeter-refused.csv").exists());
}

#[test]
fn what_reads_runs() {
    for statement in LEGITIMATE {
        let run = gravimeter(&["sql", "-q", "-c", statement, "--format", "csv"]).assert().success();
        let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        assert!(text.lines().count() >= 2, "{statement}: {text}");
    }
}

#[test]
fn a_script_stops_at_its_first_error_and_keeps_what_came_before() {
    let run = gravimeter(&["sql", "-q", "--format", "csv", "-c", "select 1 as a; drop table prices; select 2 as b"])
        .assert()
        .code(2);
    assert_eq!(String::from_utf8_lossy(&run.get_output().stdout), "a\n1\n");
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("answer.csv");
    let name = out.to_str().unwrap();
    gravimeter(&["sql", "--out", name, "-c", "select 1 as a; select nothing"]).assert().code(2);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "a file is written whole or not at all");
    gravimeter(&["sql", "--out", name, "-c", "select 1 as a"]).assert().success();
    assert_eq!(fs::read_to_string(&out).unwrap(), "a\n1\n");
    failure(&["sql", "--out", dir.path().join("none/x.csv").to_str().unwrap(), "-c", "select 1"], 2);
    failure(&["sql", "--out", "answer.unknown", "-c", "select 1"], 2);
}
