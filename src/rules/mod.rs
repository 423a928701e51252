//! Layer 2: rule packs: Cedar text to rules that were validated before anything runs, and their evaluation.
//!
//! Knows nothing of the model: a rule sees the [`Facts`](crate::facts::Facts) of one object.

mod annotation;
mod evaluate;
mod expression;
mod pack;
mod schema;
mod sign_in;
mod template;

pub use annotation::{Metadata, Quantifier};
pub use evaluate::Engine;
pub use expression::ANY_OTHER_TENANT;
pub use pack::{Pack, PackError, PackFile, Question, Rule, Wish, bundled_files, bundled_page};
pub use schema::{AttributeDoc, Schema, bundled_schema};
pub use sign_in::{Body, Named, NamedKind, Person, SignIn, SignInRule};
