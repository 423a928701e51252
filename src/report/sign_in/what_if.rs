//! What Microsoft's what-if API would answer: in its own shape, and as a table.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::super::escape::plain;
use super::super::json::harmless;
use super::super::paint::Paint;
use super::text::SignInTextOptions;
use crate::access::sign_in::{WhatIfResult, WhatIfVersion};
use crate::load::Loaded;
use crate::model::ConditionalAccessPolicy;

/// A policy as it was exported, with what the API says of it.
struct Row<'r> {
    members: Members<'r>,
    result: &'r WhatIfResult<'r>,
}

/// The members of an object in their order, as they are written.
#[derive(Default)]
struct Members<'r>(Vec<(String, &'r RawValue)>);

impl<'de: 'r, 'r> serde::Deserialize<'de> for Members<'r> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    // Of members that stand more than once the last one counts, as it does when they are read.
                    members.retain(|(known, _)| *known != name);
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

const OWN: [&str; 2] = ["policyApplies", "analysisReasons"];

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.members.0.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("policyApplies", &self.result.applies())?;
        map.serialize_entry("analysisReasons", self.result.reason)?;
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Answer<'r> {
    #[serde(rename = "@odata.context")]
    context: String,
    value: Vec<Row<'r>>,
}

/// The answer in the API's shape, indented, with a line end.
///
/// # Errors
/// None in practice: every policy was read as JSON before.
pub fn what_if_json(
    loaded: &Loaded,
    version: WhatIfVersion,
    results: &[WhatIfResult<'_>],
) -> Result<String, serde_json::Error> {
    let context = format!(
        "https://graph.microsoft.com/{}/$metadata#Collection(microsoft.graph.whatIfAnalysisResult)",
        version.as_str()
    );
    let row = |result| Ok(Row { members: members(loaded, result)?, result });
    let value = results.iter().map(row).collect::<Result<Vec<Row<'_>>, serde_json::Error>>()?;
    let mut text = harmless(&laid_out(&serde_json::to_string(&Answer { context, value })?));
    text.push('\n');
    Ok(text)
}

fn members<'r>(loaded: &'r Loaded, result: &WhatIfResult<'_>) -> Result<Members<'r>, serde_json::Error> {
    let origin = &result.policy.origin;
    let document = &loaded.sources.document(origin.document).text;
    let text = document.get(origin.start as usize..).unwrap_or_default();
    serde_json::Deserializer::from_str(text).into_iter::<Members<'r>>().next().unwrap_or_else(|| Ok(Members::default()))
}

/// Valid JSON with a member or item to a line. Values keep their text; white space between them does not count.
fn laid_out(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    let line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(character) = characters.next() {
        if string {
            text.push(character);
            string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => {
                string = true;
                text.push(character);
            }
            '{' | '[' => {
                text.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    text.push(end);
                } else {
                    depth += 1;
                    line(&mut text, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut text, depth);
                text.push(character);
            }
            ',' => {
                text.push(character);
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            blank if blank.is_ascii_whitespace() => {}
            other => text.push(other),
        }
    }
    text
}

/// The answer as a table: each policy, whether it applies, and the first reason why not. `total` counts the
/// policies that were asked about, of which `results` may be those only that apply. `question` is escaped already.
#[must_use]
pub fn what_if_text(
    question: &str,
    version: WhatIfVersion,
    results: &[WhatIfResult<'_>],
    total: usize,
    notes: &[String],
    options: SignInTextOptions,
) -> String {
    let paint = Paint(options.color);
    let mut text = String::new();
    let _ = writeln!(text, "{question}");
    let _ = writeln!(text, "as Microsoft's what-if API {} would answer", version.as_str());
    let _ = writeln!(text, "what is left out is taken for: {}\n", version.defaults());
    let reasons = results.iter().map(|result| shown(result).chars().count());
    let width = reasons.max().unwrap_or_default();
    for result in results {
        let padded = format!("{:width$}", shown(result));
        let painted = if result.applies() { paint.green(&padded) } else { padded };
        let _ = writeln!(text, "  {painted}  {}", plain(&name(result.policy)));
    }
    let applying = results.iter().filter(|result| result.applies()).count();
    let _ = writeln!(
        text,
        "{}{applying} of {total} enabled and report-only policies apply",
        if results.is_empty() { "" } else { "\n" }
    );
    for note in notes {
        let _ = writeln!(text, "note: {}", plain(note));
    }
    text
}

fn shown(result: &WhatIfResult<'_>) -> &'static str {
    if result.applies() { "applies" } else { result.reason }
}

fn name(policy: &ConditionalAccessPolicy) -> String {
    policy.display_name.clone().unwrap_or_else(|_| policy.id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let text = laid_out("{\"a\":[ ],\"b\" :\r\n\t{\"c\": [1.50,\"x, \\\"{y\\\\\"]} , \"d\":{}}");
        assert_eq!(
            text,
            "{\n  \"a\": [],\n  \"b\": {\n    \"c\": [\n      1.50,\n      \"x, \\\"{y\\\\\"\n    ]\n  },\n  \"d\": {}\n}"
        );
    }
}
