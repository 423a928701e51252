//! A few lines of a file around a place, as miette wants its source: never the whole file, which may be large, and
//! never text that a terminal would obey.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::escape::plain;
use crate::source::{Region, SourceMap};

/// Lines around a place.
#[derive(Debug, Clone)]
pub struct Snippet {
    name: String,
    text: String,
    /// Byte range of the place in the text.
    span: (usize, usize),
    /// Lines before the text, and columns before its first line.
    lines_before: usize,
    columns_before: usize,
}

/// Lines before and after the place.
const AROUND: usize = 1;
/// Characters of a line that are shown at most, and how many of them stand before the place.
const WIDTH: usize = 160;
const LEAD: usize = 40;
/// Lines of the place itself that are shown at most.
const MOST_LINES: usize = 3;

impl Snippet {
    /// The lines around a region.
    #[must_use]
    pub fn of(sources: &SourceMap, region: &Region) -> Self {
        let file = sources.file(region.file);
        let first = region.line.saturating_sub(AROUND).max(1);
        let last = region.end_line.min(region.line + MOST_LINES - 1).max(region.line) + AROUND;
        let mut snippet = Self {
            name: plain(&file.path),
            text: String::new(),
            span: (0, 0),
            lines_before: first - 1,
            columns_before: 0,
        };
        // A label that runs over lines would hide more than it shows: the first line stands for the place.
        let end_at =
            region.span.1.min(sources.line_span(region.file, region.line).map_or(region.span.1, |line| line.1));
        let mut start = None;
        let mut end = 0;
        for line in first..=last {
            let Some((from, to)) = sources.line_span(region.file, line) else { break };
            // A long line is cut down to what is around the place.
            let long = to - from > WIDTH;
            let anchor = if line == region.line { region.span.0 } else { from };
            let cut_from = if long { boundary(&file.text, anchor.saturating_sub(LEAD).max(from)) } else { from };
            let cut_to = if long { boundary(&file.text, (cut_from + WIDTH).min(to)) } else { to };
            if line == first && cut_from > from {
                // Counted from the place, not from the start of the line, which may be far away.
                let before = file.text.get(cut_from..anchor).map_or(0, |before| before.chars().count());
                snippet.columns_before = if line == region.line { region.column.saturating_sub(1 + before) } else { 0 };
            }
            let piece = |a: usize, b: usize| plain(&file.text.get(a..b.max(a)).unwrap_or_default().replace('\t', "  "));
            if (cut_from..=cut_to).contains(&region.span.0) && start.is_none() && line == region.line {
                start = Some(snippet.text.len() + piece(cut_from, region.span.0).len());
            }
            if start.is_some() && line == region.line {
                end = snippet.text.len() + piece(cut_from, end_at.clamp(cut_from, cut_to)).len();
            }
            snippet.text.push_str(&piece(cut_from, cut_to));
            snippet.text.push('\n');
        }
        let start = start.unwrap_or_default();
        snippet.span = (start, end.max(start + 1).min(snippet.text.len().max(start + 1)));
        snippet
    }

    /// The place, for a label.
    #[must_use]
    pub fn span(&self) -> SourceSpan {
        (self.span.0, self.span.1 - self.span.0).into()
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while at > 0 && !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        let column = if inner.line() == 0 { inner.column() + self.columns_before } else { inner.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.lines_before,
            column,
            inner.line_count(),
        )))
    }
}
