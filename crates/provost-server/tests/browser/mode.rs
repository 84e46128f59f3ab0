//! How a person views a page.

/// The window, and whether scripts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) window: Window,
    pub(crate) has_script: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    Desktop,
    Phone,
}

/// The colour scheme that the person prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [
        Self { window: Window::Desktop, has_script: true },
        Self { window: Window::Phone, has_script: true },
        Self { window: Window::Desktop, has_script: false },
        Self { window: Window::Phone, has_script: false },
    ];

    /// As used in file names.
    pub(crate) const fn name(self) -> &'static str {
        match (self.window, self.has_script) {
            (Window::Desktop, true) => "desktop",
            (Window::Phone, true) => "phone",
            (Window::Desktop, false) => "desktop-no-script",
            (Window::Phone, false) => "phone-no-script",
        }
    }
}

impl Window {
    /// Width and height in CSS pixels.
    pub(crate) const fn size(self) -> (u32, u32) {
        match self {
            Self::Desktop => (1360, 900),
            Self::Phone => (390, 844),
        }
    }
}

impl Scheme {
    pub(crate) const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// As written in CSS.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
