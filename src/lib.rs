//! guestlist: a linter and simulator for Microsoft Entra external access.
//!
//! The modules are layers; each imports only from those above it in this table, and a test holds that
//! (`docs/architecture.md` tells what each takes and gives).
//!
//! | layer | modules |
//! |---|---|
//! | 0 | [`source`], [`suggest`] |
//! | 1 | [`model`], [`finding`], [`config`] |
//! | 2 | [`load`], [`access`], [`facts`], [`rules`] |
//! | 4 | [`check`], [`simulate`], [`scenarios`], [`diff`] |
//! | 5 | [`report`] |
//! | 6 | [`cli`] |

pub mod access;
pub mod check;
pub mod cli;
pub mod compile;
pub mod config;
pub mod diff;
pub mod facts;
pub mod finding;
pub mod load;
pub mod model;
pub mod prove;
pub mod report;
pub mod rules;
pub mod scenarios;
pub mod simulate;
pub mod source;
pub mod suggest;
