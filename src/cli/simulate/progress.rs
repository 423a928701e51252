//! How far a long piece of work is, on a terminal.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::report::thousands;

/// A line on standard error that comes when something takes long, and goes with this.
#[derive(Debug)]
pub(super) struct Progress {
    terminal: bool,
    next: Cell<Instant>,
    shown: Cell<bool>,
}

/// What is over sooner is not told of.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(100);

impl Progress {
    pub(super) fn new() -> Self {
        let next = Cell::new(Instant::now() + PATIENCE);
        Self { terminal: std::io::stderr().is_terminal(), next, shown: Cell::new(false) }
    }

    pub(super) fn tell(&self, done: usize, all: usize) {
        let now = Instant::now();
        if !self.terminal || now < self.next.get() {
            return;
        }
        self.next.set(now + PAUSE);
        self.shown.set(true);
        let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K{} of {} people", thousands(done), thousands(all));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.get() {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K");
        }
    }
}
