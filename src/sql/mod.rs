//! What stands between a statement and the engine: the guard, the rewriting, the functions, the library, the linter.
//!
//! In: SQL text, and the tables that are registered. Out: a statement that may run. It reads no bill.

pub mod functions;
pub mod guard;
pub mod library;
pub mod lint;
pub mod rewrite;
