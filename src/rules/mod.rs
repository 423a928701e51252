//! Layer 2: rule packs: Cedar text to rules that were validated before anything runs, and their evaluation.
//!
//! Knows nothing of the model: a rule sees the [`Facts`](crate::facts::Facts) of one object.

mod annotation;
mod evaluate;
mod expression;
mod pack;
mod schema;
mod template;

pub use annotation::Metadata;
pub use evaluate::Engine;
pub use pack::{Pack, PackError, PackFile, Rule, bundled_files, bundled_page};
pub use schema::{AttributeDoc, Schema, bundled_schema};
