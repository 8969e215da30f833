//! Scenario files: text with spans in, a checked plan out, every mistake with a place and a fix.

pub mod plan;
