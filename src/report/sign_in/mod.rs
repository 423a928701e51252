//! What comes of a sign-in, as text and as JSON; and the answers of Microsoft's what-if API.

pub(super) mod given;
pub(super) mod json;
mod lines;
mod text;
pub(super) mod views;
mod what_if;
pub(super) mod words;

pub use json::sign_in_json;
pub use lines::scenario_line;
pub use text::{SignInTextOptions, sign_in_text};
pub use what_if::{what_if_json, what_if_text};
