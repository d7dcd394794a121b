//! Gravimeter reads the AWS bill from the bill itself: exact totals, what Graviton has saved, and what it still could.
//!
//! ```text
//! source ──► normalize ──► rollup ──► analysis ──► report ──► cli
//! (local, S3, (CUR, FOCUS     (one scan,   (verdicts,    (model, charts,
//!  manifests)  → one           exact sums,  savings)      html, png, csv, json)
//!              canonical      cached)          ▲
//!              schema)                      pricing  (pricing-cache: embedded, dated snapshot)
//! ```
//!
//! [`verify`] recomputes the totals from the files that `source` found with a second engine, past all the others.
//!
//! It flows one way, and `tests/it/architecture.rs` fails on an edge against the stream. The rollup adds up what
//! millions of line items say, Rust decides, templates present. [`engine`] runs SQL; [`tables`] offers the result of each stage to SQL; [`sample`] writes a
//! synthetic bill that stands at the mouth of the pipe; [`calendar`] reads planned events; [`refresh`] asks AWS for new
//! prices; `cluster` has the scan done by other machines; [`doctor`] examines a bill beside the stream. The scheduled job stands at the other end: [`batch`] decides
//! what is to be made, [`publish`] puts it in place, [`notify`] tells people, once; [`config`] holds what can be set.

pub mod config;
pub mod error;
pub mod sealed;
pub mod terms;
pub mod units;

pub mod source;

pub mod engine;
pub mod normalize;
pub mod rollup;

pub mod pricing;

pub mod refresh;

pub mod notify;

pub mod calendar;

pub mod analysis;

pub mod tables;

pub mod sql;

#[cfg(feature = "cluster")]
pub mod cluster;

pub mod report;

pub mod doctor;

pub mod sample;

pub mod verify;

pub mod publish;

pub mod batch;

pub mod cli;
