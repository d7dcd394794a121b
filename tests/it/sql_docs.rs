//! The page of recipes: what it says comes out, comes out.

use std::{fs, path::Path};

use crate::support::{ROOT, Runs, gravimeter};

/// A statement and the answer that the page shows below it.
fn recipes(page: &str) -> Vec<(String, String)> {
    let fence = |text: &str, language: &str| -> Option<(String, usize)> {
        let begin = text.find(&format!("```{language}\n"))? + language.len() + 4;
        let end = begin + text[begin..].find("```")?;
        Some((text[begin..end].to_owned(), end + 3))
    };
    let mut recipes = Vec::new();
    let mut rest = page;
    while let Some((statement, end)) = fence(rest, "sql") {
        rest = &rest[end..];
        let gap = rest.find("```").unwrap();
        assert!(rest[gap..].starts_with("```text\n"), "an answer follows each statement: {statement}");
        let (answer, end) = fence(rest, "text").unwrap();
        recipes.push((statement, answer));
        rest = &rest[end..];
    }
    recipes
}

/// To accept a change: run with `GRAVIMETER_ACCEPT=1`, and read the difference.
#[test]
fn every_recipe_gives_the_answer_that_the_page_shows() {
    let file = Path::new(ROOT).join("docs/sql.md");
    let mut page = fs::read_to_string(&file).unwrap();
    let recipes = recipes(&page);
    assert!(recipes.len() >= 12, "{}", recipes.len());
    let accepts = std::env::var_os("GRAVIMETER_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for (statement, shown) in recipes {
        let run = gravimeter(&["sql", "sample-cur", "-q", "-c", &statement]).assert().success();
        let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        let found: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
        if found != shown {
            page = page.replacen(
                &format!("{statement}```\n\n```text\n{shown}"),
                &format!("{statement}```\n\n```text\n{found}"),
                1,
            );
            wrong.push(format!("{statement}\n{found}"));
        }
    }
    if accepts {
        fs::write(file, page).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
