//! Lines of a report's body.

/// A body as far as it is written.
pub(super) struct Body(pub(super) String);

impl Body {
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.0.push('\n');
    }

    pub(super) fn fact(&mut self, name: &str, text: &str) {
        self.line(&format!("{name:<11} {text}"));
    }
}
