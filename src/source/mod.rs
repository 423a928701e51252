//! Layer 0: bytes to text, text to trees, and places in text.
//!
//! Knows nothing of Entra. A [`SourceFile`] is what the user has on disk. A [`Document`] is JSON text that stands
//! in a file: usually the file itself, but also a YAML document written out as JSON, or JSON inside a JSON string.
//! An [`Origin`] remembers where an object stands; lines and columns are computed only when a finding asks.

mod embed;
mod json;
mod locate;
mod text;
mod toml;
mod walk;
mod yaml;

use std::sync::{Arc, OnceLock};

pub use json::{Node, Object, ParseError, Shallow, blank_extensions, canonical, first_value, parse, shallow};
pub use text::{DecodeError, Encoding, LineIndex, decode};
pub use toml::{TomlError, toml_to_json};
pub use walk::{FoundFile, Skipped, Walk, walk};
pub use yaml::{YamlDocument, YamlError, to_json};

/// A file of a [`SourceMap`]. The default is its first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A document of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(u32);

/// A file as the user has it.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as shown to the user: relative where the argument was, with forward slashes.
    pub path: String,
    /// The decoded text, without a byte order mark.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// Where the bytes of a document's JSON text stand in its file: pieces that start at the first offset of a pair and
/// run in step with the second. Empty means that both are the same.
#[derive(Debug, Default, Clone)]
pub struct OffsetMap(Vec<(u32, u32)>);

impl OffsetMap {
    /// Pairs of (offset in the JSON text, offset in the file), ascending in the first.
    #[must_use]
    pub fn new(pieces: Vec<(u32, u32)>) -> Self {
        Self(pieces)
    }

    fn to_file(&self, offset: u32) -> u32 {
        let next = self.0.partition_point(|&(json, _)| json <= offset);
        match next.checked_sub(1).and_then(|piece| self.0.get(piece)) {
            // A piece may be shorter in the file than in the JSON text (quotes that YAML does not need).
            Some(&(json, file)) => {
                let end = self.0.get(next).map_or(u32::MAX, |&(_, file)| file);
                file.saturating_add(offset - json).min(end.max(file))
            }
            None => offset,
        }
    }
}

/// JSON text that objects were read from.
#[derive(Debug)]
pub struct Document {
    /// The file that it stands in.
    pub file: FileId,
    /// The JSON text.
    pub text: Arc<str>,
    offsets: OffsetMap,
}

/// Where an object stands: cheap to keep, resolved by [`SourceMap::resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The document that it was read from.
    pub document: DocumentId,
    /// Byte offset of the object in the document's JSON text.
    pub start: u32,
    /// JSON pointer of the object in its file. Within JSON in a string the pointer goes on after a `#`.
    pub pointer: Box<str>,
}

/// Walks `path` from the root of `raw`: the byte offset of the value there, and its JSON pointer from the root.
#[must_use]
pub fn descend(raw: &str, path: &[String]) -> (u32, String) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let found = locate::locate(raw, 0, &names);
    let mut pointer = String::new();
    for step in &found.steps {
        pointer.push('/');
        pointer.push_str(&escape_pointer(step));
    }
    (index32(found.value), pointer)
}

/// A resolved place. Lines and columns count from 1; a column counts characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// The file.
    pub file: FileId,
    /// JSON pointer of what is pointed at.
    pub pointer: String,
    /// First line.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Line of the last character.
    pub end_line: usize,
    /// Column after the last character.
    pub end_column: usize,
    /// Byte range in the file's text.
    pub span: (usize, usize),
}

/// All files and documents of one tenant.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    documents: Vec<Document>,
}

impl SourceMap {
    /// Adds a file; `path` is how messages will name it.
    pub fn add_file(&mut self, path: String, text: Arc<str>) -> FileId {
        let id = FileId(index32(self.files.len()));
        self.files.push(SourceFile { path, text, lines: OnceLock::new() });
        id
    }

    /// Adds JSON text that stands in `file`.
    pub fn add_document(&mut self, file: FileId, text: Arc<str>, offsets: OffsetMap) -> DocumentId {
        let id = DocumentId(index32(self.documents.len()));
        self.documents.push(Document { file, text, offsets });
        id
    }

    /// Adds the JSON text inside string literals of a document, one after the other, each with where it starts. `None`
    /// where no string stands.
    pub fn embed(&mut self, outer: DocumentId, literals: &[(usize, &str)]) -> Option<DocumentId> {
        let document = self.document(outer);
        let file = document.file;
        let mut whole = String::new();
        let mut offsets = Vec::new();
        for (start, raw) in literals {
            let (text, pieces) = embed::unescape(raw)?;
            let before = index32(whole.len());
            offsets.extend(pieces.into_iter().map(|(inner, at)| {
                let at = document.offsets.to_file(at.saturating_add(index32(*start)));
                (before.saturating_add(inner), at)
            }));
            whole.push_str(&text);
        }
        Some(self.add_document(file, whole.into(), OffsetMap::new(offsets)))
    }

    /// The file of an id that this map gave out.
    ///
    /// # Panics
    /// Never for ids of this map: ids are only made by [`SourceMap::add_file`].
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        #[expect(clippy::indexing_slicing, reason = "ids are only made by add_file and files are never removed")]
        &self.files[id.0 as usize]
    }

    /// The document of an id that this map gave out.
    #[must_use]
    pub fn document(&self, id: DocumentId) -> &Document {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are only made by add_document and documents are never removed"
        )]
        &self.documents[id.0 as usize]
    }

    /// The place of `origin`, or of the member at `path` in it; where the object lacks that member, the nearest
    /// member above it that exists. An empty path points at the object's first line only.
    #[must_use]
    pub fn resolve(&self, origin: &Origin, path: &[&str]) -> Region {
        let document = self.document(origin.document);
        let found = locate::locate(&document.text, origin.start as usize, path);
        let (start, end) = found.span;
        let map = |offset: usize| document.offsets.to_file(index32(offset)) as usize;
        let mut pointer = origin.pointer.to_string();
        for step in found.steps {
            pointer.push('/');
            pointer.push_str(&escape_pointer(&step));
        }
        self.region(document.file, pointer, (map(start), map(end).max(map(start) + 1)))
    }

    /// Whether an object is written as one of another map is, but for order, blanks and the members that `skip` names.
    #[must_use]
    pub fn is_written_as(
        &self,
        origin: &Origin,
        (other, theirs): (&Self, &Origin),
        skip: &dyn Fn(&str) -> bool,
    ) -> bool {
        let written = |map: &Self, origin: &Origin| {
            let text = map.document(origin.document).text.get(origin.start as usize..)?;
            let (node, _) = parse(first_value(text)?).ok()?;
            Some(canonical(&node, skip))
        };
        let own = written(self, origin);
        own.is_some() && own == written(other, theirs)
    }

    /// The place of a byte range of a document's JSON text.
    #[must_use]
    pub fn region_in_document(&self, id: DocumentId, pointer: &str, span: (usize, usize)) -> Region {
        let document = self.document(id);
        let map = |offset: usize| document.offsets.to_file(index32(offset)) as usize;
        self.region(document.file, pointer.to_owned(), (map(span.0), map(span.1).max(map(span.0))))
    }

    /// The place of a byte range of a file; a range beyond the end is cut off there.
    #[must_use]
    pub fn region(&self, file: FileId, pointer: String, span: (usize, usize)) -> Region {
        let source = self.file(file);
        let mut end = span.1.min(source.text.len());
        while !source.text.is_char_boundary(end) {
            end += 1;
        }
        let start = span.0.min(end);
        let (line, column) = source.lines().position(&source.text, start);
        let (end_line, end_column) = source.lines().position(&source.text, end);
        Region { file, pointer, line, column, end_line, end_column, span: (start, end) }
    }

    /// Byte range of a line (from 1) of a file, without its line end.
    #[must_use]
    pub fn line_span(&self, file: FileId, line: usize) -> Option<(usize, usize)> {
        let source = self.file(file);
        source.lines().span(&source.text, line)
    }
}

/// Escapes one member name for a JSON pointer (RFC 6901, section 3).
#[must_use]
pub fn escape_pointer(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Offsets and indexes fit 32 bits: [`walk`] refuses larger files.
pub(crate) fn index32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
