//! `gravimeter config show`: every setting with its value, as the job would see it.

use super::written;
use crate::{
    cli::{
        grid::{Cell, Grid, GridFormat},
        settings::Settings,
    },
    config::Secret,
    error::Result,
};

/// Runs the command.
pub(super) fn run(settings: &Settings, with_origin: bool, format: GridFormat) -> Result<()> {
    let names = ["setting", "value", "origin"];
    let mut grid = Grid::new(if with_origin { &names } else { &names[..2] });
    for value in settings.of_job()? {
        let text = (!value.texts.is_empty()).then(|| written(value.setting, &value.texts));
        // NULL is for programs.
        let text = text.or_else(|| (format == GridFormat::Table).then(|| "not set".to_owned()));
        let mut row = vec![Cell::text(value.setting.key), Cell::optional(text)];
        row.extend(with_origin.then(|| Cell::text(value.origin())));
        grid.rows.push(row);
    }
    for secret in Secret::ALL {
        let origin = secret.origin();
        let state = origin.as_ref().map_or_else(|| "not set".to_owned(), |variable| format!("set ({variable})"));
        let mut row = vec![Cell::text(secret.variable()), Cell::text(state)];
        row.extend(with_origin.then(|| Cell::text(origin.unwrap_or_else(|| "default".to_owned()))));
        grid.rows.push(row);
    }
    grid.print(format)
}
