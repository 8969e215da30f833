//! Identifiers of requirements and hazards.

/// Prefix of requirement identifiers.
pub(super) const REQUIREMENT: &str = "REQ-";
/// Prefix of hazard identifiers.
pub(super) const HAZARD: &str = "HAZ-";

/// Whether a word is an identifier with this prefix: `REQ-POST-001`, `HAZ-01`.
pub(super) fn is_id(word: &str, prefix: &str) -> bool {
    let Some(rest) = word.strip_prefix(prefix) else {
        return false;
    };
    // Only requirements have areas.
    let number = if prefix == REQUIREMENT {
        let Some((area, number)) = rest.split_once('-') else {
            return false;
        };
        if area.is_empty() || !area.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
        number
    } else {
        rest
    };
    number.len() >= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The identifiers in a text, in its order.
pub(super) fn ids<'t>(text: &'t str, prefix: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(move |word| is_id(word, prefix))
}
