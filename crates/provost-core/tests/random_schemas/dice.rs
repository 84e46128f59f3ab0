//! Choices taken from a list of numbers, which proptest generates and shrinks. A list that is used up returns zeros, so
//! the first of several choices should be the simplest.

use std::fmt;

#[derive(Clone)]
pub(crate) struct Dice {
    faces: Vec<u16>,
    next: usize,
}

/// The numbers as they can be passed to [`Dice::new`]; trailing zeros are left out.
impl fmt::Debug for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = self.faces.iter().rposition(|face| *face > 0).map_or(0, |last| last + 1);
        f.write_str(&format!("{:?}", &self.faces[..used]))
    }
}

impl Dice {
    pub(crate) fn new(faces: Vec<u16>) -> Self {
        Self { faces, next: 0 }
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let face = self.faces.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        usize::from(face) % sides
    }

    /// True once in `sides` times.
    pub(crate) fn once_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == sides - 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }

    /// The name with some letters in the other case.
    pub(crate) fn spell(&mut self, name: &str) -> String {
        match self.roll(4) {
            1 => name.to_ascii_uppercase(),
            2 => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }
}
