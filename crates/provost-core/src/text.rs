//! What a client wrote, in messages.

/// What a client wrote, cut so that it cannot flood a message, with control characters made visible.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut shown = text.chars().flat_map(visible);
    let mut out: String = shown.by_ref().take(MAX_CHARS).collect();
    if shown.next().is_some() {
        out.push('…');
    }
    out
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let plain = (!c.is_control()).then_some(c);
    plain.into_iter().chain(c.is_control().then(|| c.escape_default()).into_iter().flatten())
}
