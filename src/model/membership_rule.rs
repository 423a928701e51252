//! Rules of dynamic groups: a syntax tree, and what a rule says of somebody of whom no more is known than their external
//! user type (CA-2.42 to CA-2.44).

use super::ExternalUserType;

/// The rule of a dynamic group, as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipRule {
    /// As written.
    pub text: String,
    /// `None` where it is not of the language that is read.
    condition: Option<Condition>,
}

/// Somebody whom a rule may take in. Their account is enabled: others do not sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// What they are; `None` is an internal member.
    pub kind: Option<ExternalUserType>,
    /// Whether they are not here yet, so that only what an invitation makes of them is known.
    pub is_new: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Compare(Comparison),
    /// What is of the language and says nothing that is known of anybody: `-any`, `-match`, attributes of devices.
    Open,
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    /// In lower case, without `user.`.
    attribute: String,
    test: Test,
    negative: bool,
    /// In lower case; `None` is null.
    values: Vec<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Equals,
    StartsWith,
    EndsWith,
    Contains,
}

/// Words of comparisons, in lower case. Others are read, and decide nothing.
const OPERATORS: [(&str, Option<(Test, bool)>); 16] = [
    ("eq", Some((Test::Equals, false))),
    ("ne", Some((Test::Equals, true))),
    ("startswith", Some((Test::StartsWith, false))),
    ("notstartswith", Some((Test::StartsWith, true))),
    ("endswith", Some((Test::EndsWith, false))),
    ("notendswith", Some((Test::EndsWith, true))),
    ("contains", Some((Test::Contains, false))),
    ("notcontains", Some((Test::Contains, true))),
    ("in", Some((Test::Equals, false))),
    ("notin", Some((Test::Equals, true))),
    ("match", None),
    ("notmatch", None),
    ("le", None),
    ("ge", None),
    ("lt", None),
    ("gt", None),
];

/// The deepest nesting that is followed.
const DEEPEST: usize = 64;

/// What is known of an attribute.
enum Known<'a> {
    /// It is one of these; `None` is null.
    OneOf(&'a [Option<&'a str>]),
    /// It is set, to whatever.
    Set,
    Nothing,
}

impl MembershipRule {
    /// Reads a rule. `not` binds tightest, then `and`, then `or`; a hyphen before words may be missing (CA-2.42).
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut parser = Parser { rest: text, depth: 0 };
        let condition = parser.or().filter(|_| parser.rest.trim_start().is_empty());
        Self { text: text.to_owned(), condition }
    }

    /// Whether it takes somebody in; `None` where that takes more than is known of them.
    #[must_use]
    pub fn takes_in(&self, candidate: Candidate) -> Option<bool> {
        self.condition.as_ref()?.holds(candidate)
    }
}

impl Condition {
    fn holds(&self, candidate: Candidate) -> Option<bool> {
        // Of several what decides counts, whatever is not known of the others.
        let decided = |conditions: &[Self], decides: bool| {
            let mut open = false;
            for condition in conditions {
                match condition.holds(candidate) {
                    Some(holds) if holds == decides => return Some(decides),
                    Some(_) => {}
                    None => open = true,
                }
            }
            (!open).then_some(!decides)
        };
        match self {
            Self::Open => None,
            Self::Compare(comparison) => comparison.holds(candidate),
            Self::And(conditions) => decided(conditions, false),
            Self::Or(conditions) => decided(conditions, true),
            Self::Not(condition) => condition.holds(candidate).map(|holds| !holds),
        }
    }
}

impl Comparison {
    fn holds(&self, candidate: Candidate) -> Option<bool> {
        let possible = match known(&self.attribute, candidate) {
            Known::OneOf(possible) => possible,
            Known::Set if self.test == Test::Equals && self.values == [None] => return Some(self.negative),
            Known::Set => {
                // What `#EXT#` made of a name is somewhere in it (CA-2.22).
                let external = self.attribute == "userprincipalname" && candidate.is_new && is_outside(candidate.kind);
                let holds = external
                    && self.test == Test::Contains
                    && self.values.iter().flatten().any(|value| "#ext#@".contains(value.as_str()));
                return holds.then_some(!self.negative);
            }
            Known::Nothing => return None,
        };
        let mut all = possible.iter().map(|value| self.holds_for(*value));
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }

    fn holds_for(&self, value: Option<&str>) -> bool {
        let positive = self.values.iter().any(|wanted| match (value, wanted) {
            (Some(value), Some(wanted)) => match self.test {
                Test::Equals => value == wanted,
                Test::StartsWith => value.starts_with(wanted.as_str()),
                Test::EndsWith => value.ends_with(wanted.as_str()),
                Test::Contains => value.contains(wanted.as_str()),
            },
            (None, None) => true,
            _ => false,
        });
        positive != self.negative
    }
}

fn is_outside(kind: Option<ExternalUserType>) -> bool {
    !matches!(kind, None | Some(ExternalUserType::InternalGuest))
}

/// What is known of an attribute of somebody (CA-2.44).
fn known(attribute: &str, candidate: Candidate) -> Known<'static> {
    use ExternalUserType::{B2bCollaborationGuest, InternalGuest, OtherExternalUser};
    let guest = matches!(candidate.kind, Some(InternalGuest | B2bCollaborationGuest | OtherExternalUser));
    match attribute {
        // A user of the export is another external user for want of a user type (CA-2.33).
        "usertype" if candidate.kind == Some(OtherExternalUser) && !candidate.is_new => Known::OneOf(&[None]),
        "usertype" if guest => Known::OneOf(&[Some("guest")]),
        "usertype" => Known::OneOf(&[Some("member")]),
        "accountenabled" => Known::OneOf(&[Some("true")]),
        "creationtype" if is_outside(candidate.kind) => Known::OneOf(&[Some("invitation"), Some("selfservicesignup")]),
        "creationtype" => Known::OneOf(&[None, Some("emailverified"), Some("localaccount")]),
        // Whoever is invited comes from no directory of ours.
        "dirsyncenabled" if candidate.is_new && is_outside(candidate.kind) => Known::OneOf(&[None, Some("false")]),
        "objectid" | "userprincipalname" | "displayname" => Known::Set,
        _ => Known::Nothing,
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, character: char) -> bool {
        match self.rest.trim_start().strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The next word, with or without its hyphen, if `is` takes it.
    fn word(&mut self, is: impl Fn(&str) -> bool) -> Option<String> {
        let start = self.rest.trim_start();
        let start = start.strip_prefix('-').unwrap_or(start);
        let end = start.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(start.len());
        let (word, rest) = start.split_at_checked(end)?;
        let word = word.to_ascii_lowercase();
        if !is(&word) {
            return None;
        }
        self.rest = rest;
        Some(word)
    }

    fn or(&mut self) -> Option<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut all = vec![self.and()?];
        while self.word(|word| word == "or").is_some() {
            all.push(self.and()?);
        }
        self.depth -= 1;
        if all.len() == 1 { all.pop() } else { Some(Condition::Or(all)) }
    }

    fn and(&mut self) -> Option<Condition> {
        let mut all = vec![self.not()?];
        while self.word(|word| word == "and").is_some() {
            all.push(self.not()?);
        }
        if all.len() == 1 { all.pop() } else { Some(Condition::And(all)) }
    }

    fn not(&mut self) -> Option<Condition> {
        let mut negated = false;
        while self.word(|word| word == "not").is_some() {
            negated = !negated;
        }
        let condition = if self.take('(') {
            let inner = self.or()?;
            self.take(')').then_some(inner)?
        } else {
            self.comparison()?
        };
        Some(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn comparison(&mut self) -> Option<Condition> {
        let start = self.rest.trim_start();
        let end = start.find(|next: char| !next.is_alphanumeric() && !matches!(next, '.' | '_')).unwrap_or(start.len());
        let (name, rest) = start.split_at_checked(end)?;
        let name = name.to_ascii_lowercase();
        let attribute = name.strip_prefix("user.").filter(|attribute| !attribute.is_empty())?;
        self.rest = rest;
        if self.word(|word| matches!(word, "any" | "all")).is_some() {
            return self.skip_parentheses().map(|()| Condition::Open);
        }
        let word = self.word(|word| OPERATORS.iter().any(|(known, _)| *known == word))?;
        let mut values = Vec::new();
        if self.take('[') {
            self.list(&mut values)?;
        } else {
            self.value(&mut values)?;
        }
        let (_, operator) = OPERATORS.iter().find(|(known, _)| *known == word)?;
        Some(match operator {
            Some((test, negative)) => {
                let (test, negative) = (*test, *negative);
                Condition::Compare(Comparison { attribute: attribute.to_owned(), test, negative, values })
            }
            None => Condition::Open,
        })
    }

    /// What stands in parentheses after `-any`, with other parentheses and texts in it.
    fn skip_parentheses(&mut self) -> Option<()> {
        if !self.take('(') {
            return None;
        }
        let mut open = 1_usize;
        while open > 0 {
            let next = self.rest.trim_start().chars().next()?;
            match next {
                '"' | '\'' => {
                    self.value(&mut Vec::new())?;
                    continue;
                }
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            self.take(next);
        }
        Some(())
    }

    fn list(&mut self, values: &mut Vec<Option<String>>) -> Option<()> {
        while !self.take(']') {
            self.value(values)?;
            if !self.take(',') && !self.rest.trim_start().starts_with(']') {
                return None;
            }
        }
        Some(())
    }

    /// A text in quotes, or a word without; a quote in a text is doubled, or has a backquote before it (CA-2.42).
    fn value(&mut self, values: &mut Vec<Option<String>>) -> Option<()> {
        let start = self.rest.trim_start();
        if let Some(quote) = start.chars().next().filter(|first| matches!(first, '"' | '\'')) {
            let mut text = String::new();
            let mut rest = start.strip_prefix(quote)?;
            loop {
                let next = rest.chars().next()?;
                rest = rest.get(next.len_utf8()..)?;
                match next {
                    '`' if rest.starts_with(['"', '\'', '`']) => {
                        text.extend(rest.chars().next());
                        rest = rest.get(1..)?;
                    }
                    next if next == quote && rest.starts_with(quote) => {
                        text.push(quote);
                        rest = rest.get(1..)?;
                    }
                    next if next == quote => break,
                    next => text.push(next),
                }
            }
            self.rest = rest;
            values.push(Some(text.to_lowercase()));
            return Some(());
        }
        let end = start
            .find(|next: char| next.is_whitespace() || matches!(next, ')' | ']' | ',' | '('))
            .unwrap_or(start.len());
        let (word, rest) = start.split_at_checked(end)?;
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        let word = word.to_lowercase();
        values.push((word != "null" && word != "$null").then_some(word));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: Candidate = Candidate { kind: Some(ExternalUserType::B2bCollaborationGuest), is_new: true };
    const MEMBER: Candidate = Candidate { kind: None, is_new: true };

    #[track_caller]
    fn says(rule: &str, guest: Option<bool>, member: Option<bool>) {
        let rule = MembershipRule::read(rule);
        assert_eq!((rule.takes_in(GUEST), rule.takes_in(MEMBER)), (guest, member), "{}", rule.text);
    }

    #[test]
    fn what_follows_from_the_kind_decides() {
        says(r#"user.userType -eq "Guest""#, Some(true), Some(false));
        says(r"(user.userType -eq 'guest')", Some(true), Some(false));
        says(r#"user.usertype eq "Guest" and (user.accountEnabled -eq true)"#, Some(true), Some(false));
        says(r#"(user.userType -ne "Member")"#, Some(true), Some(false));
        says(r#"-not (user.userType -in ["Member", "Other"])"#, Some(true), Some(false));
        says(r"user.objectId -ne null", Some(true), Some(true));
        says(r#"(user.accountEnabled -eq false) -or (user.userType -startsWith "Gue")"#, Some(true), Some(false));
        says(r##"user.userPrincipalName -contains "#EXT#""##, Some(true), None);
        says(r"user.dirSyncEnabled -ne true", Some(true), None);
    }

    #[test]
    fn what_takes_more_is_open_where_it_matters() {
        says(r#"user.department -eq "Sales""#, None, None);
        says(r#"user.userType -eq "Guest" -and user.department -eq "Sales""#, None, Some(false));
        says(r#"user.userType -eq "Guest" -or user.department -eq "Sales""#, Some(true), None);
        says(r#"user.creationType -eq "Invitation""#, None, Some(false));
        says(r#"user.creationType -eq "Invitation" -or user.creationType -eq "SelfServiceSignUp""#, None, Some(false));
        says(r#"(user.mail -match "@partner\.example$") -and (user.userType -eq "Member")"#, Some(false), None);
        says(
            r#"user.assignedPlans -any (assignedPlan.service -eq "S)") -and user.userType -eq "Member""#,
            Some(false),
            None,
        );
        says(r##"user.userPrincipalName -contains "#EXT#@own.example""##, None, None);
    }

    #[test]
    fn what_is_not_of_the_language_says_nothing() {
        for rule in [
            "",
            "user.userType",
            r#"user.userType -eq "Guest" user"#,
            r#"(user.userType -eq "Guest""#,
            "device.x -eq 1",
            "user.memberof -any (group.objectId -in ['1'])) x",
        ] {
            says(rule, None, None);
        }
        says(&format!("{}user.userType -eq 1{}", "(".repeat(500), ")".repeat(500)), None, None);
    }
}
