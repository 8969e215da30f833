//! The parts of a source file that a switch can stand for: expressions, runs of statements, blocks.
//!
//! A bug replaces text; the switch between old and new has to be valid Rust at that place. So it is
//! put around the smallest part that contains the text and can be chosen while the pump runs:
//!
//! - an expression that is a value. A place (`self.count`) is not: a copy of it would be changed in
//!   its stead. Nor is a closure, whose type is its own, or a condition with `let`.
//! - statements that name nothing for those after them.
//! - else the whole inside of the block.
//!
//! Macros are not looked into: a switch stands for the whole call.

use proc_macro2::Span;
use std::ops::Range;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Expr, Stmt, UnOp};

/// Bytes of a source file.
pub(crate) type Bytes = Range<usize>;

/// How a switch is written at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// `(match …)`
    Parentheses,
    /// `{ match … }`, for `if`, `match` and loops: also after `else`, and in an arm without a comma.
    Braces,
    /// `match …`, as statements.
    Bare,
}

/// A part that a switch can stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) bytes: Bytes,
    pub(crate) form: Form,
}

/// A block's statements, each with whether it names something for those after it.
struct Block {
    statements: Vec<(Bytes, bool)>,
}

/// A function: its bytes, and its word `const`.
pub(crate) struct Function {
    pub(crate) name: String,
    bytes: Bytes,
    pub(crate) constant: Option<Bytes>,
}

/// A statement or operator that a draw may choose.
pub(crate) enum Site<'f> {
    Statement(&'f Stmt),
    Binary(&'f syn::ExprBinary),
    Unary(&'f syn::ExprUnary),
}

/// What a file consists of.
#[derive(Default)]
pub(crate) struct Outline<'f> {
    expressions: Vec<Part>,
    blocks: Vec<Block>,
    functions: Vec<Function>,
    constants: Vec<Bytes>,
    tests: Vec<Bytes>,
    pub(crate) sites: Vec<Site<'f>>,
}

/// The bytes of a node.
pub(crate) fn bytes(span: Span) -> Bytes {
    span.byte_range()
}

pub(crate) fn covers(outer: &Bytes, inner: &Bytes) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

impl<'f> Outline<'f> {
    pub(crate) fn of(file: &'f syn::File) -> Self {
        let mut outline = Self::default();
        outline.visit_file(file);
        outline
    }

    /// The part that a switch has to stand for, so that these bytes can be replaced.
    pub(crate) fn part(&self, edited: &Bytes) -> Result<Part, &'static str> {
        if self.tests.iter().any(|test| covers(test, edited)) {
            return Err("is in test code");
        }
        if self.constants.iter().any(|one| covers(one, edited)) {
            return Err("is in a constant, which nothing can switch: change it where it is used");
        }
        let expressions = self.expressions.iter();
        let expressions = expressions.filter(|part| covers(&part.bytes, edited));
        let statements = self.blocks.iter().filter_map(|block| block.part(edited));
        let parts = expressions.cloned().chain(statements);
        parts
            .min_by_key(|part| part.bytes.len())
            .ok_or("is not in the body of a function")
    }

    /// The innermost function around these bytes.
    pub(crate) fn function(&self, inner: &Bytes) -> Option<&Function> {
        let around = self.functions.iter();
        let around = around.filter(|function| covers(&function.bytes, inner));
        around.min_by_key(|function| function.bytes.len())
    }

    fn function_begins(&mut self, signature: &syn::Signature, whole: Span) {
        self.functions.push(Function {
            name: signature.ident.to_string(),
            bytes: bytes(whole),
            constant: signature.constness.as_ref().map(|word| bytes(word.span())),
        });
    }

    /// Whether it is built for tests only; notes where.
    fn is_test(&mut self, attributes: &[syn::Attribute], whole: Span) -> bool {
        let is_test = attributes.iter().any(|attribute| {
            let of_tests = |list: &syn::MetaList| list.tokens.to_string() == "test";
            attribute.path().is_ident("test")
                || (attribute.path().is_ident("cfg")
                    && attribute.meta.require_list().is_ok_and(of_tests))
        });
        if is_test {
            self.tests.push(bytes(whole));
        }
        is_test
    }
}

impl Block {
    /// The run of statements that contains these bytes, or all of them if one of the run names
    /// something.
    fn part(&self, edited: &Bytes) -> Option<Part> {
        let (first, last) = (self.statements.first()?, self.statements.last()?);
        let whole = first.0.start..last.0.end;
        if !covers(&whole, edited) {
            return None;
        }
        let touched = || {
            let statements = self.statements.iter();
            statements.filter(|(one, _)| one.start < edited.end && edited.start < one.end)
        };
        let (from, to) = (touched().next()?, touched().next_back()?);
        let run = from.0.start..to.0.end;
        let is_alone = covers(&run, edited) && !touched().any(|(_, names)| *names);
        Some(Part {
            bytes: if is_alone { run } else { whole },
            form: Form::Bare,
        })
    }
}

/// How a switch stands for this expression; `None` if it cannot.
fn form(expression: &Expr) -> Option<Form> {
    match expression {
        Expr::If(_) | Expr::Match(_) | Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
            Some(Form::Braces)
        }
        Expr::Path(_)
        | Expr::Field(_)
        | Expr::Index(_)
        | Expr::Reference(_)
        | Expr::Closure(_)
        | Expr::Let(_)
        | Expr::Block(_)
        | Expr::Unsafe(_)
        | Expr::Const(_)
        | Expr::Infer(_)
        | Expr::Verbatim(_) => None,
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => None,
        Expr::Paren(inner) => form(&inner.expr).map(|_| Form::Parentheses),
        Expr::Group(inner) => form(&inner.expr).map(|_| Form::Parentheses),
        condition if has_let(condition) => None,
        _ => Some(Form::Parentheses),
    }
}

/// Whether it is a condition with `let`, which is valid nowhere else.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

impl<'f> Visit<'f> for Outline<'f> {
    fn visit_expr(&mut self, expression: &'f Expr) {
        if let Some(form) = form(expression) {
            let bytes = bytes(expression.span());
            self.expressions.push(Part { bytes, form });
        }
        match expression {
            Expr::Binary(binary) => self.sites.push(Site::Binary(binary)),
            Expr::Unary(unary) => self.sites.push(Site::Unary(unary)),
            _ => {}
        }
        visit::visit_expr(self, expression);
    }

    fn visit_block(&mut self, block: &'f syn::Block) {
        let names = |statement: &Stmt| matches!(statement, Stmt::Local(_) | Stmt::Item(_));
        let statements = block.stmts.iter();
        let statements = statements.map(|one| (bytes(one.span()), names(one)));
        self.blocks.push(Block {
            statements: statements.collect(),
        });
        for statement in &block.stmts {
            if matches!(statement, Stmt::Expr(..) | Stmt::Macro(_)) {
                self.sites.push(Site::Statement(statement));
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_expr_repeat(&mut self, repeat: &'f syn::ExprRepeat) {
        self.constants.push(bytes(repeat.len.span()));
        self.visit_expr(&repeat.expr);
    }

    // Patterns and types contain expressions too, but only constant ones.
    fn visit_pat(&mut self, _pattern: &'f syn::Pat) {}

    fn visit_type(&mut self, _of: &'f syn::Type) {}

    fn visit_path_arguments(&mut self, _arguments: &'f syn::PathArguments) {}

    fn visit_item_const(&mut self, item: &'f syn::ItemConst) {
        self.constants.push(bytes(item.span()));
    }

    fn visit_item_static(&mut self, item: &'f syn::ItemStatic) {
        self.constants.push(bytes(item.span()));
    }

    fn visit_item_enum(&mut self, item: &'f syn::ItemEnum) {
        self.constants.push(bytes(item.span()));
    }

    fn visit_impl_item_const(&mut self, item: &'f syn::ImplItemConst) {
        self.constants.push(bytes(item.span()));
    }

    fn visit_item_mod(&mut self, item: &'f syn::ItemMod) {
        if !self.is_test(&item.attrs, item.span()) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'f syn::ItemFn) {
        if !self.is_test(&item.attrs, item.span()) {
            self.function_begins(&item.sig, item.span());
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'f syn::ImplItemFn) {
        if !self.is_test(&item.attrs, item.span()) {
            self.function_begins(&item.sig, item.span());
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'f syn::ItemImpl) {
        if !self.is_test(&item.attrs, item.span()) {
            visit::visit_item_impl(self, item);
        }
    }
}
