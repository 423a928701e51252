//! The binary as a user runs it: arguments in a folder, and what comes of them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The root of the project, where `testdata` is.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// A clock for rules about dates.
pub const AS_OF: &str = "--as-of=2026-11-23";
/// Bundled tenants.
pub const CONSULTING: &str = "testdata/tenants/consulting-walkthrough";
/// The one that breaks no rule.
pub const LOGISTICS: &str = "testdata/tenants/logistics-partner";

/// What came of a run.
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Everything that a user sees.
    pub fn told(&self) -> String {
        let stderr = if self.stderr.is_empty() { String::new() } else { format!("--- stderr\n{}", self.stderr) };
        format!("{}{stderr}--- exit status {}\n", self.stdout, self.status)
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.told()))
    }
}

/// Runs it in the root of the project.
pub fn run(arguments: &[&str]) -> Run {
    run_in(Path::new(ROOT), arguments, None)
}

/// Runs it in a folder, with that on standard input.
pub fn run_in(folder: &Path, arguments: &[&str], input: Option<&str>) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_guestlist"))
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("COLUMNS")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(input) = input {
        // Whoever is refused before may not read it.
        let _ = child.stdin.as_mut().unwrap().write_all(input.as_bytes());
    }
    let output = child.wait_with_output().unwrap();
    Run {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
