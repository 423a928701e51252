//! The rule language of filters for devices (docs/semantics, CA-7), applications and workload identities (CA-3.10): a
//! syntax tree, and what it says of a device that is not registered.

use std::fmt;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterSubject {
    /// Devices: `device.attribute`, of the attributes that are documented.
    Device,
    /// Applications and workload identities: `CustomSecurityAttribute.Set_Attribute`, as each tenant defines them.
    ServicePrincipal,
}

impl FilterSubject {
    /// What stands before an attribute.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Device => "device.",
            Self::ServicePrincipal => "CustomSecurityAttribute.",
        }
    }

    fn names(self, character: char) -> bool {
        match self {
            Self::Device => character.is_ascii_alphanumeric(),
            Self::ServicePrincipal => character.is_alphanumeric() || character == '_',
        }
    }
}

/// A rule over attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterRule {
    /// `device.attribute -operator value`.
    Compare(Comparison),
    /// All of them.
    And(Vec<FilterRule>),
    /// One of them.
    Or(Vec<FilterRule>),
    /// Not.
    Not(Box<FilterRule>),
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The attribute, without `device.` or `CustomSecurityAttribute.`, as written.
    pub attribute: String,
    /// The operator.
    pub operator: Operator,
    /// What is compared with; several for `-in` and `-notIn`.
    pub values: Vec<String>,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the language")]
pub enum Operator {
    Eq,
    Ne,
    StartsWith,
    NotStartsWith,
    EndsWith,
    NotEndsWith,
    Contains,
    NotContains,
    In,
    NotIn,
}

impl Operator {
    const ALL: [(&'static str, Self); 10] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("startsWith", Self::StartsWith),
        ("notStartsWith", Self::NotStartsWith),
        ("endsWith", Self::EndsWith),
        ("notEndsWith", Self::NotEndsWith),
        ("contains", Self::Contains),
        ("notContains", Self::NotContains),
        ("in", Self::In),
        ("notIn", Self::NotIn),
    ];

    /// The word, without the hyphen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, operator)| *operator == self).map_or("", |(word, _)| word)
    }

    /// Whether it is true of what does not match.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::Ne | Self::NotStartsWith | Self::NotEndsWith | Self::NotContains | Self::NotIn)
    }
}

impl Comparison {
    /// Whether the attribute is a collection, which is compared element by element (CA-7.5).
    #[must_use]
    pub fn is_of_collection(&self) -> bool {
        ["physicalIds", "systemLabels"].iter().any(|name| self.attribute.eq_ignore_ascii_case(name))
    }

    /// Whether it holds for an attribute with these values; case does not matter (CA-7.5).
    #[must_use]
    pub fn holds_for(&self, values: &[String]) -> bool {
        self.is_met(values, false, self.is_of_collection())
    }

    /// Whether it holds for an application with these custom security attributes, each a name with its values; `None`
    /// where that depends on what is not documented: whether case matters, and whether `-contains` looks into values or
    /// for a whole one (CA-3.37). An attribute that is not set is like that of a device that is not registered.
    #[must_use]
    pub fn holds_for_application(&self, attributes: &[(String, Vec<String>)]) -> Option<bool> {
        let unset = self.operator.is_negative();
        let found = attributes.iter().find(|(name, _)| *name == self.attribute);
        let found = found.or_else(|| attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(&self.attribute)));
        let Some((name, values)) = found else { return Some(unset) };
        let first = self.is_met(values, true, true);
        let readings = [(true, false), (false, true), (false, false)];
        let agree = readings.into_iter().all(|(case, whole)| self.is_met(values, case, whole) == first);
        (agree && (*name == self.attribute || first == unset)).then_some(first)
    }

    /// Whether it holds for values, by how case counts and whether `-contains` is about whole values.
    fn is_met(&self, values: &[String], case: bool, whole: bool) -> bool {
        let read = |text: &str| if case { text.to_owned() } else { text.to_lowercase() };
        let any = |test: &dyn Fn(&str, &str) -> bool| {
            values.iter().any(|value| {
                let value = read(value);
                self.values.iter().any(|wanted| test(&value, &read(wanted)))
            })
        };
        let equal = |value: &str, wanted: &str| value == wanted;
        let positive = match self.operator {
            Operator::Eq | Operator::Ne | Operator::In | Operator::NotIn => any(&equal),
            Operator::Contains | Operator::NotContains if whole => any(&equal),
            Operator::Contains | Operator::NotContains => any(&|value, wanted| value.contains(wanted)),
            Operator::StartsWith | Operator::NotStartsWith => any(&|value, wanted| value.starts_with(wanted)),
            Operator::EndsWith | Operator::NotEndsWith => any(&|value, wanted| value.ends_with(wanted)),
        };
        positive != self.operator.is_negative()
    }
}

/// Why a rule is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the rule.
    pub offset: usize,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.message, self.offset + 1)
    }
}

/// Attributes of devices, and the operators that each takes (CA-7.2 to CA-7.5).
const DEVICE_ATTRIBUTES: [(&[&str], &[Operator]); 4] = [
    (&["deviceId", "mdmAppId"], &[Operator::Eq, Operator::Ne, Operator::In, Operator::NotIn]),
    (
        &["displayName", "enrollmentProfileName", "manufacturer", "model", "operatingSystem", "operatingSystemVersion"],
        EVERY_OPERATOR,
    ),
    (&["deviceOwnership", "isCompliant", "trustType", "profileType"], &[Operator::Eq, Operator::Ne]),
    (&["physicalIds", "systemLabels"], &[Operator::Contains, Operator::NotContains]),
];

const EVERY_OPERATOR: &[Operator] = &[
    Operator::Eq,
    Operator::Ne,
    Operator::StartsWith,
    Operator::NotStartsWith,
    Operator::EndsWith,
    Operator::NotEndsWith,
    Operator::Contains,
    Operator::NotContains,
    Operator::In,
    Operator::NotIn,
];

/// The operators that an attribute of devices takes; `None` for one that is not documented.
fn operators_of(attribute: &str) -> Option<&'static [Operator]> {
    let listed =
        DEVICE_ATTRIBUTES.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(attribute)));
    listed.map(|(_, operators)| *operators).or_else(|| {
        const EXTENSION: &str = "extensionAttribute";
        let (name, number) = attribute.split_at_checked(EXTENSION.len())?;
        let numbered = !number.starts_with('0') && number.parse::<u8>().is_ok_and(|number| (1..=15).contains(&number));
        (name.eq_ignore_ascii_case(EXTENSION) && numbered).then_some(EVERY_OPERATOR)
    })
}

/// The longest rule over devices that Entra takes, in characters (LIM-1.7).
const LONGEST_RULE: usize = 3072;

/// The deepest nesting that is followed.
const DEEPEST: usize = 64;

impl FilterRule {
    /// Reads a rule. `-not` binds tightest, then `-and`, then `-or`; words are read whatever their case.
    ///
    /// # Errors
    /// The first place that is not of the language, an attribute of devices or an operator on one that is not
    /// documented, or a rule that Entra would refuse for its length.
    pub fn read(subject: FilterSubject, text: &str) -> Result<Self, RuleError> {
        if subject == FilterSubject::Device && text.chars().count() > LONGEST_RULE {
            let message = format!("longer than the {LONGEST_RULE} characters that Entra takes");
            return Err(RuleError { message, offset: 0 });
        }
        let mut parser = Parser { subject, text, at: 0, depth: 0 };
        let rule = parser.or()?;
        parser.blanks();
        if parser.at < text.len() {
            return Err(parser.error("something stands after the end of the rule"));
        }
        Ok(rule)
    }

    /// What the rule says of a device that is not registered, of which every attribute is null: positive operators are
    /// false, negative ones true (CA-7.6, CA-7.7).
    #[must_use]
    pub fn holds_for_unregistered(&self) -> bool {
        match self {
            Self::Compare(comparison) => comparison.operator.is_negative(),
            Self::And(rules) => rules.iter().all(Self::holds_for_unregistered),
            Self::Or(rules) => rules.iter().any(Self::holds_for_unregistered),
            Self::Not(rule) => !rule.holds_for_unregistered(),
        }
    }
}

struct Parser<'t> {
    subject: FilterSubject,
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn error(&self, message: &str) -> RuleError {
        RuleError { message: message.to_owned(), offset: self.at }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, character: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    /// `-word`, if it is that one.
    fn take_word(&mut self, word: &str) -> bool {
        self.blanks();
        let Some(rest) = self.rest().strip_prefix('-') else { return false };
        let found = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !rest.get(word.len()..).unwrap_or_default().starts_with(|next: char| next.is_ascii_alphanumeric());
        if found {
            self.at += 1 + word.len();
        }
        found
    }

    fn or(&mut self) -> Result<FilterRule, RuleError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error("parentheses nest too deep"));
        }
        let mut rules = vec![self.and()?];
        while self.take_word("or") {
            rules.push(self.and()?);
        }
        self.depth -= 1;
        Ok(single(rules, FilterRule::Or))
    }

    fn and(&mut self) -> Result<FilterRule, RuleError> {
        let mut rules = vec![self.not()?];
        while self.take_word("and") {
            rules.push(self.not()?);
        }
        Ok(single(rules, FilterRule::And))
    }

    fn not(&mut self) -> Result<FilterRule, RuleError> {
        let mut negated = false;
        while self.take_word("not") {
            negated = !negated;
        }
        let rule = if self.take('(') {
            let inner = self.or()?;
            if !self.take(')') {
                return Err(self.error("a parenthesis is not closed"));
            }
            inner
        } else {
            FilterRule::Compare(self.comparison()?)
        };
        Ok(if negated { FilterRule::Not(Box::new(rule)) } else { rule })
    }

    fn comparison(&mut self) -> Result<Comparison, RuleError> {
        self.blanks();
        let prefix = self.subject.prefix();
        let start = self.rest().split_at_checked(prefix.len());
        let name = start.filter(|(word, _)| word.eq_ignore_ascii_case(prefix)).map_or("", |(_, name)| name);
        let length = name.find(|next: char| !self.subject.names(next)).unwrap_or(name.len());
        let attribute = name.get(..length).unwrap_or_default().to_owned();
        if attribute.is_empty() {
            return Err(self.error(&format!("`{prefix}` and an attribute are expected")));
        }
        let operators = match self.subject {
            FilterSubject::ServicePrincipal => EVERY_OPERATOR,
            FilterSubject::Device => operators_of(&attribute)
                .ok_or_else(|| self.error(&format!("`{attribute}` is not a documented attribute of device filters")))?,
        };
        self.at += prefix.len() + length;
        self.blanks();
        let before = self.at;
        let operator = Operator::ALL.into_iter().find(|(word, _)| self.take_word(word));
        let Some((word, operator)) = operator else {
            return Err(self.error("an operator such as `-eq` is expected"));
        };
        if !operators.contains(&operator) {
            self.at = before;
            return Err(self.error(&format!("`-{word}` is not documented for `{attribute}`")));
        }
        let values = if self.take('[') { self.list()? } else { vec![self.value()?] };
        Ok(Comparison { attribute, operator, values })
    }

    fn list(&mut self) -> Result<Vec<String>, RuleError> {
        let mut values = Vec::new();
        loop {
            if self.take(']') {
                return Ok(values);
            }
            values.push(self.value()?);
            if !self.take(',')
                && !{
                    self.blanks();
                    self.rest().starts_with(']')
                }
            {
                return Err(self.error("a comma or `]` is expected"));
            }
        }
    }

    /// A quoted text, with a backtick before a quote that belongs to it, or a bare word.
    fn value(&mut self) -> Result<String, RuleError> {
        self.blanks();
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
            let length =
                rest.find(|next: char| next.is_whitespace() || matches!(next, ')' | ']' | ',')).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default();
            if word.is_empty() || word.starts_with('-') {
                return Err(self.error("a value is expected"));
            }
            self.at += length;
            return Ok(word.to_owned());
        };
        let mut value = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at += at + 1;
                return Ok(value);
            }
            if character == '`' {
                value.extend(characters.next().map(|(_, escaped)| escaped));
            } else {
                value.push(character);
            }
        }
        Err(self.error("a quote is not closed"))
    }
}

fn single(mut rules: Vec<FilterRule>, join: fn(Vec<FilterRule>) -> FilterRule) -> FilterRule {
    if rules.len() == 1
        && let Some(rule) = rules.pop()
    {
        return rule;
    }
    join(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unregistered(rule: &str) -> bool {
        FilterRule::read(FilterSubject::Device, rule)
            .unwrap_or_else(|error| panic!("{rule}: {error}"))
            .holds_for_unregistered()
    }

    /// The documented table, and the sample that says the opposite of what its text wants (AM-6).
    #[test]
    fn an_unregistered_device() {
        for (rule, holds) in [
            (r#"device.trustType -eq "AzureAD""#, false),
            (r#"device.trustType -ne "AzureAD""#, true),
            (r#"device.extensionAttribute1 -ne "SAW""#, true),
            (r#"device.isCompliant -eq True -and device.trustType -eq "ServerAD""#, false),
            (r#"device.model -notIn ["a", "b"] -or device.displayName -startsWith "x""#, true),
            (r#"-not (device.systemLabels -contains "M365Managed")"#, true),
            (r#"device.model -eq "x" -or device.model -ne "y" -and device.model -eq "z""#, false),
            (r#"(device.model -eq "x" -or device.model -ne "y") -and device.model -ne "z""#, true),
        ] {
            assert_eq!(unregistered(rule), holds, "{rule}");
        }
    }

    #[test]
    fn words_whatever_their_case_and_values_as_written() {
        let rule = FilterRule::read(FilterSubject::Device, r#"DEVICE.displayName -STARTSWITH 'a`'b "c"'"#).unwrap();
        let FilterRule::Compare(comparison) = rule else { panic!() };
        assert_eq!((comparison.operator, comparison.values), (Operator::StartsWith, vec![r#"a'b "c""#.to_owned()]));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (rule, offset) in [
            ("", 0),
            ("device.model", 12),
            (r#"device.model -equals "x""#, 13),
            (r#"device.model -eq "x"#, 17),
            (r#"(device.model -eq "x""#, 21),
            (r#"device.model -eq "x" device.model -eq "y""#, 21),
            (r#"user.model -eq "x""#, 0),
            (r#"device.model -in ["x" "y"]"#, 22),
            (r#"device.model -eq "x" -and device.colour -eq "red""#, 26),
            (r#"device.extensionAttribute16 -eq "x""#, 0),
            (r#"device.extensionAttribute01 -eq "x""#, 0),
            (r#"device.deviceId -startsWith "x""#, 16),
            (r"device.isCompliant -in [True]", 19),
            (r#"device.physicalIds -eq "[ZTDId]""#, 19),
        ] {
            assert_eq!(FilterRule::read(FilterSubject::Device, rule).unwrap_err().offset, offset, "{rule}");
        }
        assert!(FilterRule::read(FilterSubject::Device, &"(".repeat(1000)).is_err());
        assert!(
            FilterRule::read(FilterSubject::Device, &format!("device.model -eq \"{}\"", "x".repeat(LONGEST_RULE)))
                .is_err()
        );
    }

    #[test]
    fn attributes_of_devices_whatever_their_case() {
        for rule in [
            r#"device.DISPLAYNAME -notEndsWith "x""#,
            r#"device.mdmappid -notIn ["a"]"#,
            r#"device.ExtensionAttribute15 -in ["a", "b"]"#,
            r#"device.systemLabels -notContains "M365Managed""#,
            r#"device.trustType -ne "anything""#,
        ] {
            assert!(FilterRule::read(FilterSubject::Device, rule).is_ok(), "{rule}");
        }
    }

    #[test]
    fn attributes_of_applications_are_what_each_tenant_defines() {
        let read = |rule| FilterRule::read(FilterSubject::ServicePrincipal, rule);
        let rule = read(r#"customSecurityAttribute.Engineering_Project_2 -contains "Baker""#).unwrap();
        let FilterRule::Compare(comparison) = rule else { panic!() };
        assert_eq!(
            (comparison.attribute.as_str(), comparison.operator.as_str()),
            ("Engineering_Project_2", "contains")
        );
        for (rule, offset) in [
            (r#"device.model -eq "x""#, 0),
            (r#"CustomSecurityAttribute. -eq "x""#, 0),
            (r#"CustomSecurityAttribute.A_B -matches "x""#, 28),
            (r"CustomSecurityAttribute.A_B -eq", 31),
        ] {
            assert_eq!(read(rule).unwrap_err().offset, offset, "{rule}");
        }
        assert!(FilterRule::read(FilterSubject::Device, r#"CustomSecurityAttribute.A_B -eq "x""#).is_err());
    }
}
