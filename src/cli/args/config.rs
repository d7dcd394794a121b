//! The options of `gravimeter config`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::grid::GridFormat;

/// The settings: what they are, where they come from, whether they are right
#[derive(Debug, clap::Args)]
#[command(after_help = "A flag comes before the environment, the environment before the project file (--config, else
./gravimeter.toml), that before the file of the user (~/.config/gravimeter/config.toml), that before the default.

Examples:
  gravimeter config init
  gravimeter config show --origin
  gravimeter config check /etc/gravimeter/gravimeter.toml")]
pub(in crate::cli) struct Config {
    #[command(subcommand)]
    pub command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Print every setting with its value
    #[command(after_help = "Examples:
  gravimeter config show
  gravimeter config show --origin --format json
  gravimeter config show /etc/gravimeter/gravimeter.toml --origin")]
    Show {
        /// File with settings (default: ./gravimeter.toml, where it is there)
        #[arg(id = "settings", value_name = "CONFIG")]
        config: Option<PathBuf>,
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
        /// How the settings are printed
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: GridFormat,
    },
    /// Write a file with every setting, its default and what it is for
    #[command(after_help = "Examples:
  gravimeter config init
  gravimeter config init /etc/gravimeter/gravimeter.toml
  gravimeter config init ~/.config/gravimeter/config.toml")]
    Init {
        /// File to write; one that is there is left alone
        #[arg(value_name = "FILE", default_value = crate::config::FILE)]
        file: PathBuf,
    },
    /// Find everything that is wrong with the settings, before the job does; reads no bill
    #[command(after_help = "Examples:
  gravimeter config check
  gravimeter config check /etc/gravimeter/gravimeter.toml
  GRAVIMETER_SLACK_WEBHOOK_FILE=/run/secrets/slack gravimeter config check")]
    Check {
        /// File with settings (default: ./gravimeter.toml, where it is there)
        #[arg(id = "settings", value_name = "CONFIG")]
        config: Option<PathBuf>,
    },
}
