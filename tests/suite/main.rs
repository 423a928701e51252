//! Everything that is tested from outside of the crate, as one program: to link it once takes less than to link eighteen.
//!
//! A file is a subject; `cargo test --test suite NAME::` runs one of them alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unreachable,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    unreachable_pub,
    reason = "a test that fails says so"
)]

mod access;
mod binary;
mod cli;
mod compile;
mod compiled;
mod corpus;
mod diff;
mod draw;
mod formats;
mod generated;
mod givens;
mod layers;
mod loading;
mod mutated;
mod packages;
mod properties;
mod proved;
mod rules;
mod scenarios;
mod sign_in_rules;
mod sign_ins;
mod simulate;
mod symbolic;
