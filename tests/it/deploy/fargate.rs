//! The task on Fargate and what starts it: the configuration in its environment, and names that fit each other.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    SLACK, example, json,
    starters::{PASSING, instructions, words},
};
use crate::support::{Runs, gravimeter};

fn task() -> Value {
    json("fargate/task-definition.json")
}

fn container() -> Value {
    let containers = task()["containerDefinitions"].clone();
    assert_eq!(containers.as_array().unwrap().len(), 1);
    containers[0].clone()
}

/// The environment of the container, with something in the place of its secrets.
fn environment() -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let container = container();
    let open =
        container["environment"].as_array().unwrap().iter().map(|pair| (text(&pair["name"]), text(&pair["value"])));
    let secret = container["secrets"].as_array().unwrap().iter().map(|pair| (text(&pair["name"]), SLACK.1.to_owned()));
    open.chain(secret).collect()
}

/// What the layers come to, by setting.
fn settings(configuration: Option<&str>, environment: Vec<(String, String)>) -> BTreeMap<String, String> {
    let place = tempfile::tempdir().unwrap();
    let mut command = gravimeter(&["config", "show", "--origin", "--format", "json"]);
    command.args(configuration).current_dir(place.path()).envs(environment);
    let run = command.assert().success();
    let rows: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let said = rows.iter().filter(|row| text(&row["origin"]) != "default");
    said.map(|row| (text(&row["setting"]), text(&row["value"]))).collect()
}

#[test]
fn the_environment_of_the_task_says_what_the_file_says() {
    let place = tempfile::tempdir().unwrap();
    gravimeter(&["config", "check"]).current_dir(place.path()).envs(environment()).assert().success();
    let file = super::folder().join("gravimeter.toml");
    let mut of_file = settings(file.to_str(), vec![(SLACK.0.to_owned(), SLACK.1.to_owned())]);
    // A task has no folder that outlives it.
    assert!(of_file.remove("output.dir").is_some());
    assert_eq!(settings(None, environment()), of_file);
    assert_eq!(container()["command"], serde_json::json!(["batch"]));
}

#[test]
fn the_task_fits_the_image() {
    let container = container();
    assert_eq!(container["user"].as_str().unwrap(), instructions("USER")[0]);
    assert_eq!(container["readonlyRootFilesystem"], true);
    let volumes = words("VOLUME");
    let mounted: Vec<&str> = container["mountPoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["containerPath"].as_str().unwrap())
        .collect();
    assert!(mounted.iter().all(|path| volumes.iter().any(|volume| volume == path)), "{mounted:?} of {volumes:?}");
    assert!(mounted.contains(&"/tmp") && mounted.contains(&"/var/cache/gravimeter"), "{mounted:?}");
    let left: Vec<i64> = container["restartPolicy"]["ignoredExitCodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_i64().unwrap())
        .collect();
    for code in [0, 1, 2, 3, 4, 5, 6, 7, 75, 101, 130] {
        assert_eq!(!left.contains(&code), PASSING.contains(&code), "{code}");
    }
}

#[test]
fn names_fit_each_other() {
    let (task, schedule) = (task(), json("scheduler/schedule.json"));
    let policy = |name: &str| example(&format!("iam/{name}.json"));
    let named = |text: &str, value: &Value| assert!(text.contains(value.as_str().unwrap()), "{value} in {text}");

    // What the scheduler starts, and may.
    let family = task["family"].as_str().unwrap();
    let target = &schedule["Target"];
    let definition = &target["EcsParameters"]["TaskDefinitionArn"];
    assert!(definition.as_str().unwrap().ends_with(&format!(":task-definition/{family}")), "{definition}");
    let may = policy("schedule");
    for value in [
        definition,
        &target["Arn"],
        &target["DeadLetterConfig"]["Arn"],
        &task["taskRoleArn"],
        &task["executionRoleArn"],
    ] {
        named(&may, value);
    }
    let group = schedule["GroupName"].as_str().unwrap();
    assert!(policy("trust-schedule").contains(&format!(":schedule-group/{group}\"")));
    assert_eq!(json("scheduler/task-failed.json")["detail"]["group"][0], format!("family:{family}"));
    assert_eq!(schedule["ScheduleExpressionTimezone"], "Etc/UTC");

    // What the platform fetches for the task, and may.
    let (container, may) = (container(), policy("task-execution"));
    let (registry, repository) = container["image"].as_str().unwrap().split_once('/').unwrap();
    let (repository, tag) = repository.split_once(':').unwrap();
    assert!(may.contains(&format!(":repository/{repository}\"")) && tag != "latest", "{registry} {repository} {tag}");
    let log = container["logConfiguration"]["options"]["awslogs-group"].as_str().unwrap();
    assert!(may.contains(&format!(":log-group:{log}:log-stream:*")), "{log}");
    let secret = container["secrets"][0]["valueFrom"].as_str().unwrap();
    let (name, six_letters) = secret.rsplit_once('-').unwrap();
    assert!(six_letters.len() == 6 && may.contains(&format!("{name}-*")), "{secret}");

    // The alarm is silent where systemd sees no failure, but for a task that was stopped: somebody should know.
    let silent = &json("scheduler/task-failed.json")["detail"]["$or"][0]["containers"]["exitCode"][0]["anything-but"];
    assert_eq!(*silent, serde_json::json!([0, 4, 7]));

    // The page creates what the files name.
    let page = example("README.md");
    for role in ["taskRoleArn", "executionRoleArn"].map(|key| task[key].as_str().unwrap()) {
        let role = role.rsplit_once("/gravimeter-").unwrap().1;
        assert!(page.contains("for role in task execution schedule") && "task execution".contains(role), "{role}");
    }
    for (arn, command) in [
        (&target["Arn"], "create-cluster --cluster-name "),
        (&target["DeadLetterConfig"]["Arn"], "create-queue --queue-name "),
    ] {
        let name = arn.as_str().unwrap().rsplit([':', '/']).next().unwrap();
        assert!(page.contains(&format!("{command}{name}\n")), "{command}{name}");
    }
    assert!(page.contains(&format!("create-log-group --log-group-name {log}\n")));
}
