//! Puts the bugs into a source file, each behind its number.
//!
//! Where bugs change the same part, or one within another, the switches are nested: a bug that is on
//! takes its own text for the outermost part that it changes, with all of its edits in there, and
//! every other text stands in the branch where no bug of that part is on.

use crate::ExamError;
use crate::bug::{Bug, Edit};
use crate::outline::{Bytes, Form, Outline, Part, covers};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Number of a bug, from 1.
pub(crate) type Number = usize;

/// A file with all its bugs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Switched {
    pub(crate) text: String,
    /// Where the arm of a bug stands in it: the compiler's messages are about these bytes.
    pub(crate) arms: Vec<(Bytes, Number)>,
    /// Where its whole switches are.
    pub(crate) switches: Vec<(Bytes, Number)>,
    /// Functions that are no longer `const`, by the bug that wanted it.
    pub(crate) unconst: Vec<(String, Number)>,
}

/// An edit, found in its file.
struct Found<'b> {
    bug: Number,
    bytes: Bytes,
    to: &'b str,
}

/// Part of the file that becomes a switch, or a word that is removed.
struct Node {
    bytes: Bytes,
    form: Form,
    /// The bugs that change it; none: it is removed.
    bugs: BTreeSet<Number>,
}

/// The bytes of an edit's `from`: with `after` before it, it occurs once.
pub(crate) fn find(text: &str, edit: &Edit) -> Result<Bytes, String> {
    let whole = format!("{}{}", edit.after, edit.from);
    let mut found = text.match_indices(&whole);
    match (found.next(), found.count()) {
        (Some((at, _)), 0) => {
            let start = at + edit.after.len();
            // A switch stands for code, not for the blanks around it.
            let blank = edit.from.len() - edit.from.trim_start().len();
            Ok(start + blank..start + edit.from.trim_end().len())
        }
        (None, _) => Err(format!("its text is not in {}", edit.file)),
        (Some(_), more) => Err(format!(
            "its text is {} times in {}, not once",
            more + 1,
            edit.file
        )),
    }
}

/// The text of a file with all bugs that have an edit in it; `file` is its path below
/// `firmware/src`.
pub(crate) fn switch(
    file: &str,
    text: &str,
    bugs: &BTreeMap<Number, &Bug>,
) -> Result<Switched, ExamError> {
    let syntax = syn::parse_file(text)
        .map_err(|error| ExamError::Unusable(format!("firmware/src/{file}: {error}")))?;
    let outline = Outline::of(&syntax);
    let mut edits = Vec::new();
    let mut nodes: BTreeMap<(usize, usize), Node> = BTreeMap::new();
    let mut unconst = Vec::new();
    let add = |nodes: &mut BTreeMap<(usize, usize), Node>, part: &Part, bug: Option<Number>| {
        let key = (part.bytes.start, usize::MAX - part.bytes.end);
        let node = nodes.entry(key).or_insert_with(|| Node {
            bytes: part.bytes.clone(),
            form: part.form,
            bugs: BTreeSet::new(),
        });
        node.bugs.extend(bug);
    };
    for (&number, bug) in bugs {
        for edit in bug.edits.iter().filter(|edit| edit.file == file) {
            let wrong = |why: &str| ExamError::bug(&bug.name, why);
            let bytes = find(text, edit).map_err(|why| wrong(&why))?;
            let part = outline
                .part(&bytes)
                .map_err(|why| wrong(&format!("its text in {file} {why}")))?;
            if let Some(function) = outline.function(&bytes)
                && let Some(word) = &function.constant
            {
                if !edit.unconst {
                    return Err(wrong(&format!(
                        "its text is in {file} in the `const fn` {}: `unconst = true` removes the \
                         `const` in the copy",
                        function.name
                    )));
                }
                unconst.push((function.name.clone(), number));
                let word = Part {
                    bytes: word.clone(),
                    form: Form::Bare,
                };
                add(&mut nodes, &word, None);
            }
            add(&mut nodes, &part, Some(number));
            let to = edit.to.trim();
            edits.push(Found {
                bug: number,
                bytes,
                to,
            });
        }
    }
    let name = |number: Number| bugs.get(&number).map_or("", |bug| bug.name.as_str());
    overlaps(file, &mut edits, nodes.values(), &name)?;
    let mut writer = Writer {
        source: text,
        edits: &edits,
        nodes: nodes.into_values().collect(),
        text: String::with_capacity(text.len() * 2),
        arms: Vec::new(),
        switches: Vec::new(),
    };
    writer.write(0..text.len(), 0);
    Ok(Switched {
        text: writer.text,
        arms: writer.arms,
        switches: writer.switches,
        unconst,
    })
}

/// Refuses edits of one bug, and parts of several, of which neither contains the other.
fn overlaps<'n>(
    file: &str,
    edits: &mut [Found<'_>],
    nodes: impl Iterator<Item = &'n Node>,
    name: &dyn Fn(Number) -> &'n str,
) -> Result<(), ExamError> {
    edits.sort_by_key(|edit| (edit.bug, edit.bytes.start));
    for pair in edits.windows(2) {
        if let [one, two] = pair
            && one.bug == two.bug
            && two.bytes.start < one.bytes.end
        {
            let why = format!("two of its edits overlap in {file}");
            return Err(ExamError::bug(name(one.bug), &why));
        }
    }
    let mut around: Vec<&Node> = Vec::new();
    for node in nodes {
        while around
            .last()
            .is_some_and(|outer| outer.bytes.end <= node.bytes.start)
        {
            around.pop();
        }
        if let Some(outer) = around
            .last()
            .filter(|outer| !covers(&outer.bytes, &node.bytes))
        {
            let (one, two) = (outer.bugs.first(), node.bugs.first());
            let (one, two) = (
                one.map_or("", |bug| name(*bug)),
                two.map_or("", |bug| name(*bug)),
            );
            let why = format!(
                "what it changes in {file} overlaps in part with what `{one}` changes: let one \
                 contain the other, or neither touch the other"
            );
            return Err(ExamError::bug(two, &why));
        }
        around.push(node);
    }
    Ok(())
}

struct Writer<'t> {
    source: &'t str,
    edits: &'t [Found<'t>],
    /// In the order of their beginnings, an outer one before an inner.
    nodes: Vec<Node>,
    text: String,
    arms: Vec<(Bytes, Number)>,
    switches: Vec<(Bytes, Number)>,
}

impl Writer<'_> {
    /// Writes these bytes of the source, with the switches of the nodes in it, of which `next` is the
    /// first; returns the first node behind it.
    fn write(&mut self, bytes: Bytes, mut next: usize) -> usize {
        let mut at = bytes.start;
        while let Some(node) = self
            .nodes
            .get(next)
            .filter(|node| covers(&bytes, &node.bytes))
        {
            let (of_node, form, bugs) = (node.bytes.clone(), node.form, node.bugs.clone());
            self.copy(at..of_node.start);
            at = of_node.end;
            next = self.switch(of_node, form, &bugs, next + 1);
        }
        self.copy(at..bytes.end);
        next
    }

    fn copy(&mut self, bytes: Bytes) {
        self.text.push_str(self.source.get(bytes).unwrap_or(""));
    }

    fn switch(&mut self, bytes: Bytes, form: Form, bugs: &BTreeSet<Number>, next: usize) -> usize {
        if bugs.is_empty() {
            return next;
        }
        let (open, close) = match form {
            Form::Parentheses => ("(", ")"),
            Form::Braces => ("{ ", " }"),
            Form::Bare => ("", ""),
        };
        let numbers: Vec<String> = bugs.iter().map(ToString::to_string).collect();
        let numbers = numbers.join(", ");
        let begin = self.text.len();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{open}match crate::switched(&[{numbers}]) {{ ");
        for &bug in bugs {
            let start = self.text.len();
            let _ = write!(self.text, "{bug} => {{ ");
            self.edited(&bytes, bug);
            // A comment at the end of the line would hide the brace.
            self.text.push_str("\n} ");
            self.arms.push((start..self.text.len(), bug));
        }
        self.text.push_str("_ => { ");
        let next = self.write(bytes, next);
        self.text.push_str("\n} }");
        self.text.push_str(close);
        let whole = begin..self.text.len();
        let whole = bugs.iter().map(|bug| (whole.clone(), *bug));
        self.switches.extend(whole);
        next
    }

    /// The source with all edits of one bug.
    fn edited(&mut self, bytes: &Bytes, bug: Number) {
        let mut at = bytes.start;
        for edit in self.edits {
            if edit.bug == bug && covers(bytes, &edit.bytes) {
                self.text
                    .push_str(self.source.get(at..edit.bytes.start).unwrap_or(""));
                self.text.push_str(edit.to);
                at = edit.bytes.end;
            }
        }
        self.text
            .push_str(self.source.get(at..bytes.end).unwrap_or(""));
    }
}

#[cfg(test)]
mod tests;
