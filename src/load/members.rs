//! Reading the members of one object: whatever their case, in either of Graph's dialects, and never mistaking what was
//! lost for what was not set.

use std::cell::RefCell;
use std::collections::HashSet;

use super::problem::{Place, Problem, Sort, Weight};
use super::writer::Writer;
use crate::model::{Expanded, Gap, Id, Member, MemberKind, Ref, Time, Told, Unread};
use crate::source::{DocumentId, Node, Object, Origin, canonical};

/// Types of directory objects, in lower case: people and groups, and others that are neither and hold nobody.
const DIRECTORY_OBJECTS: [&str; 15] = [
    "user",
    "group",
    "directoryobject",
    "device",
    "serviceprincipal",
    "application",
    "orgcontact",
    "directoryrole",
    "directoryroletemplate",
    "administrativeunit",
    "organization",
    "agentuser",
    "agentidentity",
    "agentidentityblueprint",
    "agentidentityblueprintprincipal",
];

/// The object that is being read, and what was noticed while reading it.
pub(super) struct Item<'n, 'a> {
    pub(super) root: &'n Object<'a>,
    /// Its text.
    pub(super) raw: &'n str,
    pub(super) document: DocumentId,
    pub(super) start: u32,
    pub(super) pointer: &'n str,
    pub(super) writer: Writer,
    pub(super) problems: RefCell<Vec<Problem>>,
    /// Addresses of the members that somebody looked at, while a part is read of which every member counts.
    looked_at: RefCell<Option<HashSet<usize>>>,
    /// What nobody here understands.
    unread: RefCell<Vec<Unread>>,
}

impl<'n, 'a> Item<'n, 'a> {
    /// The object `root`, whose text is `raw`.
    pub(super) fn new(
        root: &'n Object<'a>,
        raw: &'n str,
        document: DocumentId,
        start: u32,
        pointer: &'n str,
        writer: Writer,
    ) -> Self {
        Self {
            root,
            raw,
            document,
            start,
            pointer,
            writer,
            problems: RefCell::default(),
            looked_at: RefCell::default(),
            unread: RefCell::default(),
        }
    }

    /// How much there is so far that nobody understands.
    pub(super) fn unread(&self) -> usize {
        self.unread.borrow().len()
    }

    /// What nobody understands, from that number on.
    pub(super) fn take_unread(&self, from: usize) -> Box<[Unread]> {
        let mut unread = self.unread.borrow_mut();
        let from = from.min(unread.len());
        unread.split_off(from).into()
    }

    /// Keeps what is not understood as it is written, so that another object is known to say something else.
    fn keep_unread(&self, path: &[String], node: &Node<'_>) {
        // The same, whichever tool wrote the names.
        let path: Vec<String> = path.iter().map(|name| uncapitalized(name)).collect();
        self.unread.borrow_mut().push(Unread { path: path.join("."), text: canonical(node, &|_| false) });
    }

    fn look_at(&self, node: &Node<'_>) {
        if let Some(looked_at) = self.looked_at.borrow_mut().as_mut() {
            looked_at.insert(std::ptr::from_ref(node).addr());
        }
    }

    fn was_looked_at(&self, node: &Node<'_>) -> bool {
        let address = std::ptr::from_ref(node).addr();
        self.looked_at.borrow().as_ref().is_none_or(|looked_at| looked_at.contains(&address))
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { document: self.document, start: self.start, pointer: self.pointer.into() }
    }

    pub(super) fn members<'i>(&'i self) -> Members<'i, 'n, 'a> {
        Members { object: self.root, item: self, path: Vec::new() }
    }

    pub(super) fn note(&self, weight: Weight, sort: Sort, path: Vec<String>, message: String, help: Option<&str>) {
        let place = Place::Member { document: self.document, start: self.start, pointer: self.pointer.into(), path };
        self.problems.borrow_mut().push(Problem { weight, sort, message, help: help.map(Into::into), place });
    }
}

/// The members of an object inside an [`Item`].
#[derive(Clone)]
pub(super) struct Members<'i, 'n, 'a> {
    pub(super) object: &'n Object<'a>,
    pub(super) item: &'i Item<'n, 'a>,
    path: Vec<String>,
}

impl<'n, 'a> Members<'_, 'n, 'a> {
    /// The member's node, also from where an SDK keeps what it has no property for.
    pub(super) fn node(&self, name: &str) -> Option<&'n Node<'a>> {
        let found = self.object.get(name).or_else(|| additional(self.object).find_map(|more| more.get(name)));
        if let Some(node) = found {
            self.item.look_at(node);
        }
        found
    }

    /// Reads something of which every member counts: what is set in it and nobody looks at may change what the rest
    /// means, so it is told, and what was read is not understood. Members that say nothing there are passed over by
    /// [`Members::pass_over`].
    pub(super) fn whole<T>(&self, read: impl FnOnce(&Self) -> Told<T>) -> Told<T> {
        self.watched(|| {
            let value = read(self)?;
            if self.tell_unread(Depth::Whole).is_empty() { Ok(value) } else { Err(Gap::NotUnderstood) }
        })
    }

    /// Does something while it is seen who looks at which member.
    pub(super) fn watched<T>(&self, read: impl FnOnce() -> T) -> T {
        let outermost = self.item.looked_at.borrow().is_none();
        if outermost {
            *self.item.looked_at.borrow_mut() = Some(HashSet::new());
        }
        let value = read();
        if outermost {
            *self.item.looked_at.borrow_mut() = None;
        }
        value
    }

    /// Members that are documented and say nothing about what is asked, with everything in them.
    pub(super) fn pass_over(&self, names: &[&str]) {
        for name in names {
            if let Some(node) = self.node(name) {
                self.pass_over_all(node);
            }
        }
    }

    /// Every member of an object of which it is not known what they say.
    pub(super) fn pass_over_everything(&self) {
        for (_, node) in self.all() {
            self.pass_over_all(node);
        }
    }

    fn pass_over_all(&self, node: &Node<'_>) {
        self.item.look_at(node);
        match node {
            Node::Object(object) => object.members.iter().for_each(|(_, node)| self.pass_over_all(node)),
            Node::Array(items) => items.iter().for_each(|node| self.pass_over_all(node)),
            _ => {}
        }
    }

    /// Tells the members that are set and that nobody looked at, and gives their names.
    pub(super) fn tell_unread(&self, depth: Depth) -> Vec<String> {
        let mut found = Vec::new();
        unread_in(self.item, self.object, &mut self.path.clone(), depth, &mut found);
        let whose = match self.path.iter().rev().find(|name| name.parse::<usize>().is_err()) {
            Some(name) => format!("`{name}`"),
            None => "the object".to_owned(),
        };
        for (path, node) in &found {
            let name = path.last().map_or("", String::as_str);
            self.item.note(
                Weight::Warning,
                Sort::MemberUnknown,
                path.clone(),
                format!("`{name}` is not understood: what {whose} says may be narrower or wider than it seems"),
                None,
            );
            self.item.keep_unread(path, node);
            self.pass_over_all(node);
        }
        found.into_iter().filter_map(|(mut path, _)| path.pop()).collect()
    }

    /// Whether any of the members is there at all, be it null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.node(name).is_some()
    }

    /// Where the members stand: at the item, or at an object inside it.
    pub(super) fn origin(&self) -> Origin {
        if self.path.is_empty() {
            return self.item.origin();
        }
        let (offset, pointer) = crate::source::descend(self.item.raw, &self.path);
        Origin {
            document: self.item.document,
            start: self.item.start.saturating_add(offset),
            pointer: format!("{}{pointer}", self.item.pointer).into(),
        }
    }

    /// Names from the item to the object.
    pub(super) fn here(&self) -> Vec<String> {
        self.path.clone()
    }

    pub(super) fn path_to(&self, name: &str) -> Vec<String> {
        self.path.iter().cloned().chain([name.to_owned()]).collect()
    }

    /// `Ok(None)` is null, an object of nulls or an empty list; an error is a member that is not there.
    fn value(&self, name: &str) -> Told<Option<&'n Node<'a>>> {
        match self.node(name) {
            None => Err(Gap::NotExported),
            Some(node) if node.is_blank() && !self.item.writer.means_blank(node) => Ok(None),
            Some(node) => Ok(Some(node)),
        }
    }

    fn misread(&self, name: &str, expected: &str, node: &Node<'_>) -> Gap {
        self.item.keep_unread(&self.path_to(name), node);
        // Only the SDK's dumps, with their capital letters, write lists as text.
        let lost = node.as_str().is_some_and(|text| is_truncated(text, expected, self.is_pascal()));
        if lost {
            self.item.note(
                Weight::Warning,
                Sort::MemberNotUnderstood,
                self.path_to(name),
                format!("`{name}` was cut away: {} stands where {expected} was", quoted(node)),
                Some("export again with a larger depth: `ConvertTo-Json -Depth 20`"),
            );
            Gap::Lost
        } else {
            self.item.note(
                Weight::Warning,
                Sort::MemberNotUnderstood,
                self.path_to(name),
                format!("`{name}` is {}, expected {expected}", quoted(node)),
                None,
            );
            Gap::NotUnderstood
        }
    }

    pub(super) fn text(&self, name: &str) -> Told<Option<String>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Node::String(text)) => Ok(Some(text.to_string())),
            Some(Node::Number(number)) => Ok(Some(number.to_string())),
            Some(node) => Err(self.misread(name, "text", node)),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Told<Option<bool>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Node::Bool(value)) => Ok(Some(*value)),
            Some(Node::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Node::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(node) => Err(self.misread(name, "true or false", node)),
        }
    }

    pub(super) fn number(&self, name: &str) -> Told<Option<i64>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Node::Number(number)) if number.fract() == 0.0 && number.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
                Ok(Some(*number as i64))
            }
            Some(Node::String(text)) if text.parse::<i64>().is_ok() => Ok(text.parse().ok()),
            Some(node) => Err(self.misread(name, "a whole number", node)),
        }
    }

    pub(super) fn time(&self, name: &str) -> Told<Option<Time>> {
        match self.value(name)? {
            None => Ok(None),
            // Two documented samples hold these in place of null.
            Some(Node::String(text)) if text.is_empty() || text == "null" => Ok(None),
            Some(Node::String(text)) if Time::read(text).is_some() => Ok(Time::read(text)),
            Some(node) => Err(self.misread(name, "a point in time", node)),
        }
    }

    /// A duration in days: ISO 8601, or what the Graph PowerShell SDK makes of one, an object with its ticks or
    /// `days.hours:minutes:seconds`.
    pub(super) fn days(&self, name: &str) -> Told<Option<i64>> {
        self.pass_over(&[name]);
        match self.value(name)? {
            None => Ok(None),
            Some(Node::String(text)) if crate::model::read_days(text).is_some() => Ok(crate::model::read_days(text)),
            Some(Node::Object(span)) if span.get("Ticks").is_some() => {
                const TICKS_OF_A_DAY: i64 = 864_000_000_000;
                let ticks = Self { object: span, item: self.item, path: self.path_to(name) }.number("Ticks")?;
                Ok(ticks
                    .map(|ticks| ticks.div_euclid(TICKS_OF_A_DAY) + i64::from(ticks.rem_euclid(TICKS_OF_A_DAY) > 0)))
            }
            Some(Node::Object(span)) if span.get("negative").is_some() => {
                let parts = Self { object: span, item: self.item, path: self.path_to(name) };
                parts.days_of_parts().map(Some)
            }
            Some(Node::String(text)) if time_span(text).is_some() => Ok(time_span(text)),
            Some(node) => Err(self.misread(name, "a duration such as `P90D`", node)),
        }
    }

    /// Days of a duration that the SDK for TypeScript holds in its parts, counted as [`crate::model::read_days`] does.
    fn days_of_parts(&self) -> Told<i64> {
        const DAYS: [(&str, i64); 4] = [("years", 366), ("months", 31), ("weeks", 7), ("days", 1)];
        let part = |name| Ok(or_unset(self.number(name))?.unwrap_or(0));
        let mut days = 0;
        for (name, length) in DAYS {
            days += part(name)? * length;
        }
        let rest = part("hours")? > 0 || part("minutes")? > 0 || part("seconds")? > 0;
        Ok(days + i64::from(rest))
    }

    pub(super) fn list(&self, name: &str) -> Told<Option<&'n [Node<'a>]>> {
        match self.node(name) {
            None => Err(Gap::NotExported),
            Some(Node::Null) => Ok(None),
            Some(Node::Array(items)) => Ok(Some(items)),
            Some(node) if self.is_only_item(node) => {
                let message =
                    format!("`{name}` is {}, where a list is expected; it is taken for its only item", quoted(node));
                self.item.note(Weight::Warning, Sort::Irregular, self.path_to(name), message, None);
                Ok(Some(std::slice::from_ref(node)))
            }
            Some(node) => Err(self.misread(name, "a list", node)),
        }
    }

    /// Whether something in the place of a list can only be its one item: PowerShell unrolls lists of one. Several words
    /// in one text are a list that was cut away.
    fn is_only_item(&self, node: &Node<'_>) -> bool {
        match node {
            Node::String(text) => {
                let one = !text.is_empty() && !text.contains([' ', ',', ';']);
                one && !is_truncated(text, "a list", self.is_pascal())
            }
            Node::Object(_) => !node.is_blank(),
            _ => false,
        }
    }

    pub(super) fn object(&self, name: &str) -> Told<Option<Self>> {
        match self.value(name)? {
            None => Ok(None),
            Some(Node::Object(object)) => Ok(Some(Self { object, item: self.item, path: self.path_to(name) })),
            Some(node) => Err(self.misread(name, "an object", node)),
        }
    }

    /// An object that somebody sets or leaves out; `None` is null, or an object that says that nothing is set. One that
    /// is there and says nothing at all is told: what it said was lost.
    pub(super) fn part(&self, name: &str) -> Told<Option<Self>> {
        let node = self.node(name).ok_or(Gap::NotExported)?;
        let Node::Object(object) = node else { return self.object(name) };
        // What an SDK empties is told for the file as a whole.
        if !node.is_blank() || self.item.writer.means_blank(node) {
            return self.object(name);
        }
        // Lists of nothing say so, and the Graph PowerShell SDK writes objects of nulls for null (CA-1.9).
        let lists = object.members.iter().any(|(_, node)| matches!(node, Node::Array(_)));
        let null = self.item.writer == Writer::TypeScript && object.members.is_empty();
        if lists || null || self.is_pascal() {
            return Ok(None);
        }
        Err(self.tell_lost(name, &format!("`{name}` is set and says nothing: what it said was lost")))
    }

    /// Whether names are written as the Graph PowerShell SDK writes them.
    pub(super) fn is_pascal(&self) -> bool {
        self.item.root.members.iter().any(|(name, _)| name.starts_with(|first: char| first.is_ascii_uppercase()))
    }

    /// An object in which nothing is set.
    pub(super) fn without_any(&self) -> Self {
        static NONE: Object<'static> = Object { members: Vec::new() };
        Self { object: &NONE, item: self.item, path: self.path.clone() }
    }

    /// An object as it stands, be it of nulls.
    pub(super) fn raw_object(&self, name: &str) -> Option<Self> {
        let object = self.node(name)?.as_object()?;
        Some(Self { object, item: self.item, path: self.path_to(name) })
    }

    /// A list with a null in it, which Graph never writes: software that did not know a word or an object left it there.
    fn lost(&self, name: &str, items: &[Node<'_>]) -> Gap {
        self.item.keep_unread(&self.path_to(name), &Node::Array(items.to_vec()));
        self.tell_lost(name, &format!("`{name}` has a null in it: something was lost there"))
    }

    /// Tells that an object is of a type that is not known here, or that its type was lost.
    pub(super) fn tell_type(&self, what: &str) -> Gap {
        let message = match self.text("@odata.type") {
            Ok(Some(name)) => format!("`{name}` is no {what} that is known here"),
            _ => format!("nothing says what {what} this is: it was lost"),
        };
        for (name, node) in self.all() {
            self.item.keep_unread(&self.path_to(name), node);
        }
        self.item.note(Weight::Warning, Sort::MemberNotUnderstood, self.path.clone(), message, None);
        self.pass_over_everything();
        Gap::NotUnderstood
    }

    /// The member that an object is there for, without which it says nothing.
    pub(super) fn set_for<T>(&self, name: &str, told: Told<Option<T>>) -> Told<T> {
        match told {
            Ok(Some(value)) => Ok(value),
            Ok(None) | Err(Gap::NotExported) => {
                let message = format!("`{name}` is not set where nothing is said without it: it was lost");
                Err(self.tell_lost(name, &message))
            }
            Err(gap) => Err(gap),
        }
    }

    /// Tells that software left out what it did not know.
    pub(super) fn tell_lost(&self, name: &str, message: &str) -> Gap {
        self.item.note(
            Weight::Warning,
            Sort::MemberNotUnderstood,
            self.path_to(name),
            message.to_owned(),
            Some("export what Graph itself answers: SDKs leave out what they do not know"),
        );
        Gap::Lost
    }

    /// The objects of a list; items that are something else are told and make the list unknown.
    pub(super) fn objects(&self, name: &str) -> Told<Option<Vec<Self>>> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item {
                Node::Object(object) => {
                    let mut path = self.path_to(name);
                    path.push(index.to_string());
                    objects.push(Self { object, item: self.item, path });
                }
                Node::Null => return Err(self.lost(name, items)),
                node => return Err(self.misread(name, "a list of objects", node)),
            }
        }
        Ok(Some(objects))
    }

    pub(super) fn texts(&self, name: &str) -> Told<Option<Vec<String>>> {
        let Some(items) = self.list(name)? else { return Ok(None) };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Node::String(text) => texts.push(text.to_string()),
                Node::Number(number) => texts.push(number.to_string()),
                Node::Null => return Err(self.lost(name, items)),
                node => return Err(self.misread(name, "a list of text", node)),
            }
        }
        Ok(Some(texts))
    }

    pub(super) fn refs(&self, name: &str) -> Told<Option<Vec<Ref>>> {
        Ok(self.texts(name)?.map(|texts| texts.iter().map(|text| Ref::read(text)).collect()))
    }

    /// A list of enumeration members; those that are not documented are told and kept.
    pub(super) fn words<T>(&self, name: &str, read: fn(&str) -> T, known: fn(&T) -> bool) -> Told<Option<Vec<T>>> {
        // What more stood there may be any word: told for the file as a whole.
        if self.item.writer.shortens_lists() {
            return Err(Gap::Lost);
        }
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        Ok(Some(texts.iter().map(|text| self.word_of(name, text, read, known)).collect()))
    }

    /// A flags enumeration: members in one string, separated by commas. A real list is taken too.
    pub(super) fn flags<T>(&self, name: &str, read: fn(&str) -> T, known: fn(&T) -> bool) -> Told<Option<Vec<T>>> {
        // An SDK that cannot write them is told for the file as a whole.
        let kept = self.item.writer.keeps_flags(self.node(name));
        match self.value(name).and_then(|value| kept.then_some(value).ok_or(Gap::Lost)) {
            Err(Gap::NotExported) if !kept => Err(Gap::Lost),
            Err(gap) => Err(gap),
            Ok(None) => Ok(None),
            Ok(Some(Node::String(text))) if text.trim().is_empty() => {
                Err(self.tell_lost(name, &format!("`{name}` is empty text, which Graph never writes: it was lost")))
            }
            Ok(Some(Node::String(text))) if !is_truncated(text, "flags", false) => {
                let words = text
                    .split(',')
                    .map(str::trim)
                    .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("none"));
                Ok(Some(words.map(|word| self.word_of(name, word, read, known)).collect()))
            }
            Ok(Some(Node::Array(_))) => self.words(name, read, known),
            Ok(Some(node)) => Err(self.misread(name, "text with commas", node)),
        }
    }

    /// One enumeration member. One that is not documented is not understood: it may mean anything (EM-2.15).
    pub(super) fn word<T>(&self, name: &str, read: fn(&str) -> T, known: fn(&T) -> bool) -> Told<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let word = self.word_of(name, &text, read, known);
        if known(&word) {
            return Ok(Some(word));
        }
        self.item.keep_unread(&self.path_to(name), &Node::String(text.into()));
        Err(Gap::NotUnderstood)
    }

    /// One of a few words, in Graph's spelling. Another one may mean anything.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Told<Option<String>> {
        let read =
            |text: &str| words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| (*word).to_owned());
        let Some(text) = self.text(name)? else { return Ok(None) };
        let word = read(&text);
        if word.is_none() {
            self.tell_undocumented(name, &text);
            self.item.keep_unread(&self.path_to(name), &Node::String(text.into()));
            return Err(Gap::NotUnderstood);
        }
        Ok(word)
    }

    fn tell_undocumented(&self, name: &str, text: &str) {
        let message = if text.eq_ignore_ascii_case(SENTINEL) {
            format!("`{name}` is `{text}`: a word that Graph keeps back from whoever did not ask for it")
        } else {
            format!("`{text}` is not a documented value of `{name}`")
        };
        let help = if text.eq_ignore_ascii_case(SENTINEL) {
            "export with the header `Prefer: include-unknown-enum-members`"
        } else {
            "what depends on it is reported as not evaluated"
        };
        self.item.note(Weight::Warning, Sort::MemberNotUnderstood, self.path_to(name), message, Some(help));
    }

    fn word_of<T>(&self, name: &str, text: &str, read: fn(&str) -> T, known: fn(&T) -> bool) -> T {
        let word = read(text);
        if !known(&word) {
            self.tell_undocumented(name, text);
        }
        word
    }

    pub(super) fn id(&self, name: &str) -> Told<Option<Id>> {
        Ok(self.text(name)?.map(|text| Id::new(&text)))
    }

    /// A navigation property to one object: its id where it was expanded, or the foreign key beside it.
    pub(super) fn link(&self, keys: &[&str], navigations: &[&str]) -> Told<Ref> {
        for key in keys {
            if let Ok(Some(text)) = self.text(key)
                && !text.is_empty()
            {
                return Ok(Ref::read(&text));
            }
        }
        for navigation in navigations {
            if let Ok(Some(object)) = self.object(navigation)
                && let Ok(Some(text)) = object.text("id")
            {
                return Ok(Ref::read(&text));
            }
        }
        Err(Gap::NotExported)
    }

    /// A navigation property to many objects.
    pub(super) fn expanded(&self, name: &str) -> Told<Vec<Self>> {
        self.objects(name)?.ok_or(Gap::NotExported)
    }

    /// A navigation property to directory objects. Graph expands twenty of them at most and does not say when it cut:
    /// exactly twenty may be more (Graph documentation, query parameters, `$expand`).
    pub(super) fn directory_objects(&self, name: &str) -> Told<Expanded<Member>> {
        let Expanded { items, mut cut_off } = self.expanded_in_part(name)?;
        // Of a type that is not documented it may hold people, like a group of another tenant.
        let known = |kind: &str| DIRECTORY_OBJECTS.contains(&kind);
        if let Some(odd) = items.iter().filter_map(Self::type_name).find(|kind| !known(kind)) {
            cut_off = true;
            self.item.note(
                Weight::Warning,
                Sort::MemberNotUnderstood,
                self.path_to(name),
                format!("`{name}` holds an object of the type `{odd}`, of which it is not known whom it stands for"),
                Some("who is in it besides those who are listed is not known"),
            );
        }
        Ok(Expanded { items: items.iter().filter_map(Self::directory_object).collect(), cut_off })
    }

    /// The same, of objects that are more than a member.
    pub(super) fn expanded_in_part(&self, name: &str) -> Told<Expanded<Self>> {
        // Null is a navigation property that was not read (EM-8.6); one that was read and is empty is a list.
        let items = self.expanded(name)?;
        let next = format!("{name}@odata.nextLink");
        let cut_off = items.len() == MOST_EXPANDED || self.object.get(&next).is_some();
        if cut_off {
            self.item.note(
                Weight::Warning,
                Sort::CutOff,
                self.path_to(name),
                format!("`{name}` holds {} objects and may have been cut off there", items.len()),
                Some("`$expand` gives twenty directory objects at most: export the list by itself"),
            );
        }
        Ok(Expanded { items, cut_off })
    }

    fn directory_object(object: &Self) -> Option<Member> {
        // A reference holds an address only: `https://graph.microsoft.com/v1.0/users/<id>`.
        let reference = || object.text("@odata.id").ok().flatten();
        let last = |address: String| address.trim_end_matches([')', '\'']).rsplit(['/', '\'']).next().map(Id::new);
        let id = object.id("id").ok().flatten().or_else(|| reference().and_then(last))?;
        let kind = match object.type_name().as_deref() {
            Some("user") => MemberKind::User,
            Some("group") => MemberKind::Group,
            Some(kind) if kind != "directoryobject" => MemberKind::Another,
            _ if object.has("userPrincipalName") => MemberKind::User,
            _ => MemberKind::Unsaid,
        };
        Some(Member { id, kind })
    }

    /// The type that `@odata.type` names, in lower case and without its namespace.
    pub(super) fn type_name(&self) -> Option<String> {
        let text = self.node("@odata.type").or_else(|| self.node("odataType"))?.as_str()?;
        Some(bare_type(text))
    }

    /// All members, those that an SDK keeps apart too. What it calls the object's type is none.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Node<'a>)> {
        let own =
            self.object.members.iter().filter(|(name, _)| {
                !ADDITIONAL.iter().any(|more| name.eq_ignore_ascii_case(more)) && name != "odataType"
            });
        let more = additional(self.object).flat_map(|more| &more.members);
        own.chain(more).map(|(name, value)| (name.as_ref(), value))
    }
}

/// How deep one looks for members that nobody looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// At the members of the object alone.
    Members,
    /// At everything in them, too.
    Whole,
}

/// Whether a member says something about the others: `@odata.type`, `#microsoft.graph.restore`, …
fn is_annotation(name: &str) -> bool {
    name.contains(['@', '#']) || name.eq_ignore_ascii_case("odataType")
}

/// Collects the members of an object that are set and that nobody looked at.
fn unread_in<'n, 'a>(
    item: &Item<'_, '_>,
    object: &'n Object<'a>,
    path: &mut Vec<String>,
    depth: Depth,
    found: &mut Vec<(Vec<String>, &'n Node<'a>)>,
) {
    for (name, node) in &object.members {
        // Of a name that stands twice the last one counts, which is told.
        let counts = object.get(name).is_some_and(|last| std::ptr::eq(last, node));
        if is_annotation(name) || node.is_blank() || !counts {
            continue;
        }
        path.push(name.to_string());
        match node {
            // Where the Graph PowerShell SDK keeps what it has no property for.
            Node::Object(more) if ADDITIONAL.iter().any(|kept| name.eq_ignore_ascii_case(kept)) => {
                path.pop();
                unread_in(item, more, path, depth, found);
                path.push(name.to_string());
            }
            node if !item.was_looked_at(node) => found.push((path.clone(), node)),
            Node::Object(inner) if depth == Depth::Whole => unread_in(item, inner, path, depth, found),
            Node::Array(items) if depth == Depth::Whole => {
                for (number, node) in items.iter().enumerate() {
                    if let Node::Object(inner) = node {
                        path.push(number.to_string());
                        unread_in(item, inner, path, depth, found);
                        path.pop();
                    }
                }
            }
            _ => {}
        }
        path.pop();
    }
}

/// Where SDKs keep the members that they have no property for: Graph PowerShell, and the SDKs made by Kiota.
pub(super) const ADDITIONAL: [&str; 2] = ["AdditionalProperties", "additionalData"];

/// What an object holds there.
pub(super) fn additional<'n, 'a>(object: &'n Object<'a>) -> impl Iterator<Item = &'n Object<'a>> {
    ADDITIONAL.iter().filter_map(|name| object.get(name)?.as_object())
}

/// A name as Graph writes it, where a tool wrote it as `DisplayName`.
fn uncapitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// What Graph writes in the place of words that came later than the first ones of an enumeration, unless it is asked for
/// them by a header (Graph documentation, "Best practices for working with Microsoft Graph"): some word, not known which.
const SENTINEL: &str = "unknownFutureValue";

/// How many directory objects `$expand` gives.
const MOST_EXPANDED: usize = 20;

/// `#microsoft.graph.ipNamedLocation` as `ipnamedlocation`.
pub(super) fn bare_type(text: &str) -> String {
    let text = text.trim_start_matches('#');
    text.rsplit('.').next().unwrap_or(text).to_ascii_lowercase()
}

/// `90.00:00:00` or `08:00:00` in days, rounded up.
fn time_span(text: &str) -> Option<i64> {
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let parts: Vec<i64> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    (parts.len() == 3).then_some(())?;
    Some(days.parse::<i64>().ok()? + i64::from(parts.iter().any(|part| *part > 0)))
}

/// Whether text stands where `ConvertTo-Json` gave up: a type name, a hashtable or a list written as text.
fn is_truncated(text: &str, expected: &str, pascal: bool) -> bool {
    let type_name = ["Microsoft.Graph.", "System.", "@{"].iter().any(|prefix| text.starts_with(prefix));
    type_name || (pascal && (expected == "a list" || (expected == "an object" && text.is_empty())))
}

fn quoted(node: &Node<'_>) -> String {
    match node {
        Node::String(text) => {
            let short: String = text.chars().take(60).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            format!("`{short}{dots}`")
        }
        other => other.kind().to_owned(),
    }
}

/// A list that may be absent: absent and null are both empty.
pub(super) fn or_empty<T>(list: Told<Option<Vec<T>>>) -> Told<Vec<T>> {
    match list {
        Ok(items) => Ok(items.unwrap_or_default()),
        Err(Gap::NotExported) => Ok(Vec::new()),
        Err(gap) => Err(gap),
    }
}

/// A member whose absence means that it is not set.
pub(super) fn or_unset<T>(value: Told<Option<T>>) -> Told<Option<T>> {
    match value {
        Err(Gap::NotExported) => Ok(None),
        other => other,
    }
}

/// A member that Graph always gives: null and absent are both unknown.
pub(super) fn required<T>(value: Told<Option<T>>) -> Told<T> {
    value?.ok_or(Gap::NotExported)
}

/// A member whose absence means a documented default.
pub(super) fn or_default<T>(value: Told<Option<T>>, default: T) -> Told<T> {
    Ok(or_unset(value)?.unwrap_or(default))
}
