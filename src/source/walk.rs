//! Finds files below a folder: never through a link, never deeper or larger than the bounds below.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// The largest file that is read: offsets are kept in 32 bits.
const MOST_BYTES: u64 = 1 << 30;
/// The deepest folder that is entered.
const MOST_DEPTH: usize = 64;
/// The most files below one path.
const MOST_FILES: usize = 2_000_000;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// How messages name it: with forward slashes.
    pub shown: String,
}

/// Something that was not entered or read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// How messages name it.
    pub shown: String,
    /// Why.
    pub reason: String,
}

/// What a walk found, sorted by path.
#[derive(Debug, Default)]
pub struct Walk {
    /// Files, whatever they hold.
    pub files: Vec<FoundFile>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

/// Lists the files of `root` (a file or a folder), sorted. Hidden files and folders are passed over in silence; links
/// inside a folder, files that are too large and what cannot be opened are told.
#[must_use]
pub fn walk(root: &Path) -> Walk {
    let mut walk = Walk::default();
    let entries = WalkDir::new(root).follow_links(false).max_depth(MOST_DEPTH).sort_by_file_name();
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    for entry in entries.into_iter().filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name())) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let shown = error.path().map(shown).unwrap_or_default();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                walk.skipped.push(Skipped { shown, reason });
                continue;
            }
        };
        let shown = shown(entry.path());
        let skip = |reason: &str| Skipped { shown: shown.clone(), reason: reason.to_owned() };
        let kind = entry.file_type();
        if kind.is_symlink() && entry.depth() > 0 {
            walk.skipped.push(skip("a link, which could lead out of the folder"));
        } else if kind.is_dir() && entry.depth() == MOST_DEPTH {
            walk.skipped.push(skip("a folder nested too deep"));
        } else if kind.is_dir() || (entry.depth() == 0 && entry.path().is_dir()) {
        } else if !entry.path().is_file() {
            walk.skipped.push(skip("not a regular file"));
        } else if std::fs::metadata(entry.path()).is_ok_and(|metadata| metadata.len() > MOST_BYTES) {
            walk.skipped.push(skip("larger than 1 GiB"));
        } else if walk.files.len() >= MOST_FILES {
            walk.skipped.push(skip("one file too many: the rest of the folder was not read"));
            break;
        } else {
            walk.files.push(FoundFile { path: entry.path().to_owned(), shown });
        }
    }
    walk
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or_else(|| text.clone(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_and_the_order_is_fixed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.json"), "{}").unwrap();
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.json", ".hidden.json"] {
            std::fs::write(folder.path().join(name), "{}").unwrap();
        }
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let walk = walk(folder.path());
        let names: Vec<_> = walk.files.iter().map(|file| file.path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.json", "b.json"]);
        assert_eq!(walk.skipped.len(), 2);
    }
}
