//! Layer 3: what holds for every sign-in, decided. A compiled tenant, rules and the world become clauses; a SAT solver
//! finds a sign-in or proves that there is none. Nothing is sampled, and nothing is left out in silence: what cannot be
//! decided is told.

mod circuit;
mod decide;
mod gaps;
mod lower;
mod space;
mod texts;

pub use circuit::Exhausted;
pub use decide::{Change, Decision, Opened, Prover, Undecided, Way};
pub use gaps::{Gap, Part};
pub use lower::{Constant, Outside};
