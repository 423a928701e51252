//! What could not be read, or not as it stands.

use crate::source::{DocumentId, FileId};

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// Something was not read at all, so that the run has no verdict.
    Error,
    /// Something was lost or passed over.
    Warning,
    /// Worth knowing.
    Note,
}

impl Weight {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What sort of problem it is; the sorts are counted in summaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A file or folder that could not be opened or was not entered.
    NotRead,
    /// A file of a format that is known and not read yet.
    FormatNotReadYet,
    /// Bytes that are not text, or text that does not parse.
    DoesNotParse,
    /// An object, or a whole file, of which the content does not tell what it is.
    KindUnknown,
    /// Read, though not as the format has it: comments, trailing commas, duplicate keys, wrong wrappers.
    Irregular,
    /// A member that was lost or holds a value that is not documented.
    MemberNotUnderstood,
    /// A member that is not documented.
    MemberUnknown,
    /// An export that was cut off.
    CutOff,
    /// Two objects of one id that differ.
    Conflict,
    /// A reference to something that the export lacks.
    Dangling,
    /// More than one tenant.
    SeveralTenants,
}

impl Sort {
    /// A stable word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRead => "not-read",
            Self::FormatNotReadYet => "format-not-read-yet",
            Self::DoesNotParse => "does-not-parse",
            Self::KindUnknown => "kind-unknown",
            Self::Irregular => "irregular",
            Self::MemberNotUnderstood => "member-not-understood",
            Self::MemberUnknown => "member-unknown",
            Self::CutOff => "cut-off",
            Self::Conflict => "conflict",
            Self::Dangling => "dangling-reference",
            Self::SeveralTenants => "several-tenants",
        }
    }
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A path that is no file of the source map.
    Path(String),
    /// A file as a whole.
    File(FileId),
    /// A byte range of a file.
    Span(FileId, (usize, usize)),
    /// A byte offset of a document.
    At(DocumentId, usize),
    /// A member of an object in a document: the object's offset and pointer, and the path to the member.
    Member {
        /// The document.
        document: DocumentId,
        /// Byte offset of the object.
        start: u32,
        /// JSON pointer of the object.
        pointer: Box<str>,
        /// Names from the object to the member.
        path: Vec<String>,
    },
}

/// Something that a user should know about the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub weight: Weight,
    /// What sort it is.
    pub sort: Sort,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where.
    pub place: Place,
}
