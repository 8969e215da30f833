//! Draws random bugs: deletions of statements and changes of operators, uniformly over all sites.
//!
//! A site is a statement that names nothing, or an operator, in a function of `firmware/src`, outside
//! `bin` and tests; what macros hide is none. All sites are shuffled by `ChaCha8` with the seed; of
//! those that compile the first are taken. An operator becomes another of its table, drawn too.

use crate::ExamError;
use crate::broken::{Broken, SOURCES, Sources};
use crate::bug::{Bug, Edit, Kind, Origin, RANDOM};
use crate::event::Event;
use crate::outline::{Bytes, Outline, Site, bytes};
use crate::switch::Number;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::spanned::Spanned as _;
use syn::{BinOp, Expr, UnOp};
use thecal_report::write_whole;

/// A bug at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    kind: Kind,
    line: usize,
    what: String,
    edit: Edit,
}

/// Draws bugs and writes them to `rig/exam/random.toml`; returns how many sites there are, and how
/// many of those drawn do not compile.
///
/// # Errors
///
/// [`ExamError`] if there are fewer sites that compile than bugs wanted, if the copy does not build
/// for another reason, or if files cannot be read or written.
pub fn draw(
    workspace: &Path,
    seed: u64,
    count: usize,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<(usize, usize), ExamError> {
    let mut candidates = Vec::new();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for file in files(&workspace.join(SOURCES))? {
        let path = workspace.join(SOURCES).join(&file);
        let text = fs::read_to_string(&path).map_err(|error| ExamError::file(&path, &error))?;
        candidates.extend(sites(&file, &text, &mut random)?);
    }
    candidates.shuffle(&mut random);
    let all = candidates.len();
    let refused = keep_what_compiles(workspace, &mut candidates, count, show)?;
    if candidates.len() < count {
        let compile = candidates.len();
        let why = format!("of {all} sites {compile} compile: fewer than {count}");
        return Err(ExamError::Unusable(why));
    }
    candidates.truncate(count);
    let path = workspace.join(RANDOM);
    let text = render(&candidates, seed, all);
    write_whole(&path, text.as_bytes()).map_err(|error| ExamError::file(&path, &error))?;
    Ok((all, refused))
}

/// The sources that are drawn from, below `firmware/src`.
fn files(sources: &Path) -> Result<Vec<String>, ExamError> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let whole = sources.join(&folder);
        let entries = fs::read_dir(&whole).map_err(|error| ExamError::file(&whole, &error))?;
        for entry in entries.flatten() {
            let below = folder.join(entry.file_name());
            let name = entry.file_name();
            if entry.path().is_dir() {
                if name != "bin" && name != "tests" {
                    folders.push(below);
                }
            } else if name != "tests.rs" && below.extension().is_some_and(|it| it == "rs") {
                found.push(below.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The sites of a file, in its order, each with what it becomes.
fn sites(file: &str, text: &str, random: &mut impl Rng) -> Result<Vec<Candidate>, ExamError> {
    let syntax = syn::parse_file(text)
        .map_err(|error| ExamError::Unusable(format!("{SOURCES}/{file}: {error}")))?;
    let outline = Outline::of(&syntax);
    let mut candidates = Vec::new();
    for site in &outline.sites {
        let Some((kind, at, to)) = change(site, text, random) else {
            continue;
        };
        // Constants cannot be switched.
        if outline.part(&at).is_err() {
            continue;
        }
        let from = text.get(at.clone()).unwrap_or("");
        let line = 1 + text.get(..at.start).unwrap_or("").matches('\n').count();
        let function = outline.function(&at);
        let name = function.map_or("", |function| function.name.as_str());
        let shown = one_line(from);
        let what = match kind {
            Kind::Deletion => format!("{name} in {file}, line {line}: deletes `{shown}`"),
            Kind::Operator if to.is_empty() => {
                let around = one_line(text.lines().nth(line - 1).unwrap_or(""));
                format!("{name} in {file}, line {line}: removes `{shown}` from `{around}`")
            }
            Kind::Operator => {
                let to = one_line(&to);
                let around = one_line(text.lines().nth(line - 1).unwrap_or(""));
                format!("{name} in {file}, line {line}: `{shown}` becomes `{to}` in `{around}`")
            }
        };
        let after = after(text, &at);
        let edit = Edit {
            file: file.to_owned(),
            after: after.to_owned(),
            from: from.to_owned(),
            to,
            unconst: function.is_some_and(|function| function.constant.is_some()),
        };
        candidates.push(Candidate {
            kind,
            line,
            what,
            edit,
        });
    }
    Ok(candidates)
}

/// What becomes of a site: which bytes are replaced, and by what; `None` if its operator has no
/// other.
fn change(site: &Site<'_>, text: &str, random: &mut impl Rng) -> Option<(Kind, Bytes, String)> {
    match site {
        Site::Statement(statement) => {
            Some((Kind::Deletion, bytes(statement.span()), String::new()))
        }
        Site::Unary(unary) => match unary.op {
            UnOp::Not(_) | UnOp::Neg(_) => {
                Some((Kind::Operator, bytes(unary.op.span()), String::new()))
            }
            _ => None,
        },
        Site::Binary(binary) => {
            let to = others(&binary.op).choose(random)?;
            let is_joined =
                |side: &Expr| matches!(side, Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_));
            if !is_joined(&binary.left) && !is_joined(&binary.right) {
                return Some((Kind::Operator, bytes(binary.op.span()), (*to).to_owned()));
            }
            // Another operator may bind its neighbours differently.
            let side = |side: &Expr| {
                let source = text.get(bytes(side.span())).unwrap_or("");
                match side {
                    Expr::Let(_) => source.to_owned(),
                    _ => format!("({source})"),
                }
            };
            let whole = format!("{} {to} {}", side(&binary.left), side(&binary.right));
            Some((Kind::Operator, bytes(binary.span()), whole))
        }
    }
}

/// What an operator may become.
fn others(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Add(_) => &["-"],
        BinOp::Sub(_) | BinOp::Mul(_) => &["+"],
        BinOp::Div(_) | BinOp::Rem(_) => &["*"],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::BitXor(_) | BinOp::BitAnd(_) => &["|"],
        BinOp::BitOr(_) => &["&"],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::Lt(_) => &["<=", ">="],
        BinOp::Le(_) => &["<", ">"],
        BinOp::Gt(_) => &[">=", "<="],
        BinOp::Ge(_) => &[">", "<"],
        BinOp::AddAssign(_) => &["-="],
        BinOp::SubAssign(_) | BinOp::MulAssign(_) => &["+="],
        BinOp::DivAssign(_) | BinOp::RemAssign(_) => &["*="],
        BinOp::BitXorAssign(_) | BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOrAssign(_) => &["&="],
        BinOp::ShlAssign(_) => &[">>="],
        BinOp::ShrAssign(_) => &["<<="],
        _ => &[],
    }
}

/// Text directly before these bytes, as much as makes both together unique: from the beginning of a
/// line, without its indentation if that suffices.
fn after<'t>(text: &'t str, at: &Bytes) -> &'t str {
    let is_unique = |start: usize| {
        let whole = text.get(start..at.end).unwrap_or("");
        text.match_indices(whole).count() == 1
    };
    let before = text.get(..at.start).unwrap_or("");
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let code = at.start - before.get(line..).unwrap_or("").trim_start().len();
    let lines = before.match_indices('\n').rev().map(|(end, _)| end + 1);
    let starts = [at.start, code, line].into_iter().chain(lines).chain([0]);
    let start = starts
        .into_iter()
        .find(|start| is_unique(*start))
        .unwrap_or(0);
    text.get(start..at.start).unwrap_or("")
}

/// Code on one line, chains of calls without blanks.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" .", ".")
}

/// Removes candidates that do not compile, until the first `count` do; returns how many.
fn keep_what_compiles(
    workspace: &Path,
    candidates: &mut Vec<Candidate>,
    count: usize,
    show: &mut dyn FnMut(&Event<'_>),
) -> Result<usize, ExamError> {
    let broken = Broken::of(workspace);
    let compile = |bugs: &[Bug], only: Option<Number>| {
        let mut numbered: BTreeMap<Number, &Bug> = (1..).zip(bugs).collect();
        numbered.retain(|number, _| only.is_none_or(|only| only == *number));
        let sources = Sources::of(workspace, &numbered)?;
        broken.copy(&sources)?;
        broken.compile("thecal-firmware", &sources)
    };
    let mut refused = 0;
    loop {
        let bugs: Vec<Bug> = (1..).zip(candidates.iter().take(count)).map(bug).collect();
        show(&Event::Begins(format!(
            "compiling the pump with {} bugs",
            bugs.len()
        )));
        let Some(mut mistakes) = compile(&bugs, None)? else {
            return Ok(refused);
        };
        if mistakes.bugs.is_empty() {
            // The messages do not say which: each of these alone, then.
            for &number in &mistakes.suspects {
                if compile(&bugs, Some(number))?.is_some() {
                    mistakes.bugs.insert(number);
                }
            }
        }
        if mistakes.bugs.is_empty() {
            return Err(mistakes.of(&bugs));
        }
        refused += mistakes.bugs.len();
        remove(candidates, &mistakes.bugs);
    }
}

/// Removes the candidates with these numbers, from 1.
fn remove(candidates: &mut Vec<Candidate>, numbers: &BTreeSet<Number>) {
    let mut number = 0;
    candidates.retain(|_| {
        number += 1;
        !numbers.contains(&number)
    });
}

fn bug((number, candidate): (Number, &Candidate)) -> Bug {
    Bug {
        name: format!("random-{number:03}"),
        what: candidate.what.clone(),
        file: String::new(),
        origin: Origin::Drawn {
            kind: candidate.kind,
        },
        edits: vec![candidate.edit.clone()],
        equivalent: None,
        hangs_in: None,
    }
}

/// The file of the drawn bugs.
fn render(candidates: &[Candidate], seed: u64, sites: usize) -> String {
    let count = candidates.len();
    let mut text = format!(
        "# {count} bugs, drawn uniformly over the {sites} sites of the firmware: statements deleted, operators\n\
         # changed. Written by `thecal self-test draw --seed {seed} --count {count}`; do not edit.\n"
    );
    for (number, candidate) in (1..).zip(candidates) {
        let Candidate {
            kind, line, edit, ..
        } = candidate;
        let kind = match kind {
            Kind::Deletion => "deletion",
            Kind::Operator => "operator",
        };
        let unconst = if edit.unconst { ", unconst = true" } else { "" };
        text += &format!(
            "\n[[bug]]\nname = \"random-{number:03}\"\nwhat = {}\n\
             drawn = {{ kind = \"{kind}\", line = {line} }}\n\
             edit = [{{ file = {}, after = {}, from = {}, to = {}{unconst} }}]\n",
            quoted(&candidate.what),
            quoted(&edit.file),
            quoted(&edit.after),
            quoted(&edit.from),
            quoted(&edit.to),
        );
    }
    text
}

/// A string of TOML, on one line.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let escaped = escaped.replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bug;
    use crate::switch::switch;

    const SOURCE: &str = "
        struct Pump { count: u32, left: u32 }
        const LIMIT: u32 = 2 + 3;
        impl Pump {
            const fn is_empty(&self) -> bool { self.left == 0 }
            fn step(&mut self, moved: bool) -> u32 {
                let before = self.count + 1;
                if moved && self.left > LIMIT || self.is_empty() {
                    self.count += 1;
                    self.left -= 1;
                }
                assert!(self.left < 4);
                if !moved { return before; }
                before * 2 % 7
            }
        }
        #[cfg(test)]
        mod tests { fn f() { g(); assert!(1 + 1 == 2); } }
    ";

    fn drawn(seed: u64) -> Vec<Candidate> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut found = sites("pump.rs", SOURCE, &mut random).unwrap();
        found.shuffle(&mut random);
        found
    }

    #[test]
    fn every_kind_of_site_is_found_and_constants_and_tests_are_not() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let sites = sites("pump.rs", SOURCE, &mut random).unwrap();
        let found: Vec<_> = sites
            .iter()
            .map(|site| (site.kind, one_line(&site.edit.from), site.edit.unconst))
            .collect();
        for (kind, from, unconst) in [
            (Kind::Operator, "==", true),
            (Kind::Operator, "+", false),
            (Kind::Operator, ">", false),
            (Kind::Operator, "moved && self.left > LIMIT", false),
            (
                Kind::Operator,
                "moved && self.left > LIMIT || self.is_empty()",
                false,
            ),
            (Kind::Operator, "+=", false),
            (Kind::Operator, "-=", false),
            (Kind::Operator, "!", false),
            (Kind::Operator, "*", false),
            (Kind::Operator, "before * 2 % 7", false),
            (Kind::Deletion, "self.left == 0", true),
            (Kind::Deletion, "self.count += 1;", false),
            (Kind::Deletion, "self.left -= 1;", false),
            (Kind::Deletion, "assert!(self.left < 4);", false),
            (Kind::Deletion, "return before;", false),
            (Kind::Deletion, "if !moved { return before; }", false),
            (Kind::Deletion, "before * 2 % 7", false),
        ] {
            let wanted = (kind, from.to_owned(), unconst);
            assert!(found.contains(&wanted), "{wanted:?} in {found:#?}");
        }
        // One more: the deletion of the first `if`.
        assert_eq!(found.len(), 18, "{found:#?}");
    }

    #[test]
    fn a_seed_gives_one_list_and_another_seed_another() {
        assert_eq!(drawn(20_261_130), drawn(20_261_130));
        assert_ne!(drawn(20_261_130), drawn(20_261_131));
    }

    #[test]
    fn what_is_drawn_is_read_back_and_applies() {
        let candidates = drawn(1);
        let text = render(&candidates, 1, candidates.len());
        let bugs = bug::parse("random.toml", &text).unwrap();
        assert_eq!(bugs.len(), candidates.len());
        let edits = bugs.iter().map(|bug| &bug.edits[0]);
        assert!(edits.eq(candidates.iter().map(|candidate| &candidate.edit)));
        let numbered = (1..).zip(&bugs).collect();
        let switched = switch("pump.rs", SOURCE, &numbered).unwrap();
        syn::parse_file(&switched.text).unwrap();
        assert_eq!(switched.arms.len(), bugs.len());
    }

    #[test]
    fn another_operator_takes_the_same_operands() {
        let all = drawn(1);
        let to = |from: &str| {
            let site = all.iter().find(|site| site.edit.from == from);
            site.map(|site| site.edit.to.clone())
        };
        assert_eq!(
            to("moved && self.left > LIMIT || self.is_empty()").unwrap(),
            "(moved && self.left > LIMIT) && (self.is_empty())"
        );
        assert_eq!(to("before * 2 % 7").unwrap(), "(before * 2) * (7)");
    }
}
