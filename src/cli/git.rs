//! Revisions of a folder in a git repository, read with the `git` program: trees and blobs as they are, so that nothing
//! of the repository is run, checked out or fetched, and no link is followed.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::Failure;
use crate::load::{Loaded, Loader};
use crate::report::plain;

/// The largest file that is read, as in folders.
const MOST_BYTES: u64 = 1 << 30;
/// The deepest folder that is entered, as in folders.
const MOST_DEPTH: usize = 64;

/// The repository of the current folder.
pub(super) struct Repository {
    /// The root of its working tree.
    top: PathBuf,
    /// The current folder below it.
    prefix: PathBuf,
}

/// A commit.
#[derive(Debug)]
pub(super) struct Revision {
    /// As it was written.
    pub(super) name: String,
    hash: String,
}

/// What is compared.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) old: Revision,
    /// `None` is the files on disk.
    pub(super) new: Option<Revision>,
}

/// A file of a revision.
struct Entry {
    hash: String,
    /// From the root of the repository.
    path: String,
    /// Why it is not read, if so.
    skip: Option<&'static str>,
}

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("--literal-pathspecs").args(arguments);
    // Never the network: a partial clone would fetch what it lacks. Messages in one language.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    command.stdin(Stdio::null());
    command
}

/// What git prints, or what it complains about.
fn output(arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Failure> {
    let output = git(arguments).output().map_err(|error| Failure::new(format!("`git` could not be run: {error}")))?;
    if output.status.success() {
        return Ok(Ok(output.stdout));
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Ok(Err(plain(told.lines().next().unwrap_or_default())))
}

fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned()
}

impl Repository {
    pub(super) fn open() -> Result<Self, Failure> {
        let no_repository = |why: String| {
            Failure::new(format!(
                "`--git` compares revisions of a git repository, and the current folder is in none: {why}"
            ))
        };
        let top = output(&["rev-parse", "--show-toplevel"])?.map_err(no_repository)?;
        let prefix = output(&["rev-parse", "--show-prefix"])?.map_err(no_repository)?;
        Ok(Self { top: line(&top).into(), prefix: line(&prefix).into() })
    }

    /// Reads `BASE..HEAD`, `BASE...HEAD`, `BASE..` or `BASE`. As in git, a side that is left out is `HEAD`.
    #[expect(clippy::unused_self, reason = "revisions are those of a repository")]
    pub(super) fn range(&self, text: &str) -> Result<Range, Failure> {
        let or_head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
        if let Some((old, new)) = text.split_once("...") {
            let (old, new) = (revision(&or_head(old))?, revision(&or_head(new))?);
            let parted = output(&["merge-base", &old.hash, &new.hash])?.map_err(|_| {
                Failure::new(format!("`{}` and `{}` have no common ancestor", plain(&old.name), plain(&new.name)))
            })?;
            let name = format!("where {} and {} parted", old.name, new.name);
            return Ok(Range { old: Revision { name, hash: line(&parted) }, new: Some(new) });
        }
        match text.split_once("..") {
            Some((old, new)) => Ok(Range { old: revision(&or_head(old))?, new: Some(revision(&or_head(new))?) }),
            None => Ok(Range { old: revision(text)?, new: None }),
        }
    }

    /// The path from the root of the repository, with forward slashes.
    fn inside(&self, path: &Path) -> Result<String, Failure> {
        let outside = || {
            let shown = plain(&path.display().to_string());
            Failure::new(format!("`{shown}` is not in the git repository of the current folder"))
        };
        let mut parts: Vec<OsString> = Vec::new();
        let joined = if path.is_absolute() {
            path.strip_prefix(&self.top).map_err(|_| outside())?.to_owned()
        } else {
            self.prefix.join(path)
        };
        for component in joined.components() {
            match component {
                Component::Normal(name) => parts.push(name.to_owned()),
                Component::ParentDir => drop(parts.pop().ok_or_else(outside)?),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        let parts: Vec<String> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        Ok(parts.join("/"))
    }

    /// Reads a path of a revision as one tenant, as if it were on disk.
    pub(super) fn load(&self, revision: &Revision, path: &Path) -> Result<Loaded, Failure> {
        let inside = self.inside(path)?;
        let shown = plain(&path.display().to_string());
        let mut entries = entries(revision, &inside)?;
        if entries.is_empty() {
            return Err(Failure::new(format!("`{shown}` is not there in `{}`", plain(&revision.name))));
        }
        // As folders are walked.
        entries.sort_by(|one, other| one.path.split('/').cmp(other.path.split('/')));
        let mut loader = Loader::default();
        let mut blobs = Blobs::open()?;
        let given = path.to_string_lossy().replace('\\', "/");
        for entry in entries {
            let rest = entry.path.strip_prefix(inside.as_str()).unwrap_or(&entry.path).trim_start_matches('/');
            if rest.split('/').any(|name| name.starts_with('.')) {
                continue;
            }
            let whole = if rest.is_empty() { given.clone() } else { format!("{}/{rest}", given.trim_end_matches('/')) };
            let shown = whole.strip_prefix("./").unwrap_or(&whole).to_owned();
            let deep = rest.split('/').count() > MOST_DEPTH;
            if let Some(reason) = entry.skip.or(deep.then_some("a folder nested too deep")) {
                loader.not_read(shown, reason);
            } else if loader.wants(&shown) {
                match blobs.read(&entry.hash)? {
                    Ok(bytes) => loader.file(shown, &bytes),
                    Err(reason) => loader.not_read(shown, reason),
                }
            }
        }
        Ok(loader.finish())
    }
}

fn revision(name: &str) -> Result<Revision, Failure> {
    let unknown = || {
        Failure::new(format!(
            "`{}` is no revision of this repository\n  help: a revision is a commit, a tag or a branch; a shallow clone lacks older ones",
            plain(name)
        ))
    };
    // What git would take for an option.
    if name.is_empty() || name.starts_with('-') {
        return Err(unknown());
    }
    let hash = output(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?.map_err(|_| unknown())?;
    Ok(Revision { name: name.to_owned(), hash: line(&hash) })
}

/// Files of a revision below a path.
fn entries(revision: &Revision, inside: &str) -> Result<Vec<Entry>, Failure> {
    let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", revision.hash.as_str(), "--"];
    if !inside.is_empty() {
        arguments.push(inside);
    }
    let listed = output(&arguments)?.map_err(|why| Failure::new(format!("`git ls-tree`: {why}")))?;
    let mut entries = Vec::new();
    for record in listed.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        let record = String::from_utf8_lossy(record);
        let Some((head, path)) = record.split_once('\t') else { continue };
        let mut words = head.split(' ');
        let (mode, _, hash) = (words.next().unwrap_or_default(), words.next(), words.next().unwrap_or_default());
        let skip = match mode {
            "120000" => Some("a link, which could lead out of the folder"),
            "160000" => Some("a submodule"),
            _ => None,
        };
        entries.push(Entry { hash: hash.to_owned(), path: path.to_owned(), skip });
    }
    Ok(entries)
}

/// A running `git cat-file --batch`.
struct Blobs {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Blobs {
    fn open() -> Result<Self, Failure> {
        let mut command = git(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| Failure::new(format!("`git` could not be run: {error}")))?;
        let answers = child.stdout.take().ok_or_else(|| Failure::new("`git cat-file` gives no answer"))?;
        Ok(Self { child, answers: BufReader::new(answers) })
    }

    /// The content of a blob, or why it is not read.
    fn read(&mut self, hash: &str) -> Result<Result<Vec<u8>, &'static str>, Failure> {
        let failure = |error: std::io::Error| Failure::new(format!("`git cat-file`: {error}"));
        let questions = self.child.stdin.as_mut().ok_or_else(|| Failure::new("`git cat-file` takes no question"))?;
        writeln!(questions, "{hash}").and_then(|()| questions.flush()).map_err(failure)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(failure)?;
        let mut words = head.split_ascii_whitespace().skip(1);
        let (Some("blob"), Some(Ok(size))) = (words.next(), words.next().map(str::parse::<u64>)) else {
            return Ok(Err("it is not in this clone of the repository"));
        };
        let mut content = (&mut self.answers).take(size);
        let mut bytes = Vec::new();
        if size > MOST_BYTES {
            std::io::copy(&mut content, &mut std::io::sink()).map_err(failure)?;
        } else {
            content.read_to_end(&mut bytes).map_err(failure)?;
        }
        // A line end follows the content.
        let mut end = [0];
        self.answers.read_exact(&mut end).map_err(failure)?;
        Ok(if size > MOST_BYTES { Err("larger than 1 GiB") } else { Ok(bytes) })
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It ends when there are no more questions.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
