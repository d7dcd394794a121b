//! Integration tests: one binary, so that DataFusion is linked once.
//!
//! Each module tests by surface: the program as users run it. What needs no program is tested beside its module.

#![allow(clippy::unwrap_used, clippy::panic, clippy::doc_markdown, reason = "a test may fail")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod architecture;
mod bad_input;
mod batch;
mod browser;
mod cache;
mod calendar;
#[cfg(feature = "cluster")]
mod cluster;
mod command_line;
mod config;
mod deploy;
mod doctor;
mod formats;
mod golden;
mod large_sample;
mod prices;
mod prices_refresh;
mod prices_trouble;
mod pricing_stand_in;
mod real_bills;
mod reconcile;
mod report_options;
mod s3;
mod s3_stand_in;
mod s3_store;
mod s3_trouble;
mod safety;
mod sample_story;
mod savings;
mod schema;
mod selection;
mod sql_docs;
mod sql_formats;
mod sql_guard;
mod sql_queries;
#[cfg(target_os = "linux")]
mod sql_shell;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod twins;
mod verify;
mod walk;
#[allow(dead_code, reason = "the tests within the crate use the rest")]
mod webhook_stand_in;
mod workbook;
mod zip_parts;
