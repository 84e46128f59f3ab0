//! Examines a page for faults, and takes pictures of it.

use crate::browser::Browser;
use crate::mode::Scheme;
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// All rules of axe-core except experimental ones and level AAA; in dark mode, only those about colours. It fetches
/// nothing, since our policy forbids that.
const AXE: &str = "
    const done = arguments[arguments.length - 1];
    const rules = IS_DARK
        ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
        : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { preload: false, runOnly: rules, resultTypes: ['violations', 'incomplete'] })
        .then(found => done([...found.violations, ...found.incomplete].flatMap(rule =>
            rule.nodes.map(node => `${rule.id}: ${node.html}: ${node.failureSummary}`))))
        .catch(error => done([String(error)]));";

/// How far elements extend beyond the window, if any do.
const WIDTH: &str = "
    const width = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth > width || width > WINDOW
        ? [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > WINDOW)
            .map(e => `wider than the window: ${e.outerHTML.slice(0, 200)}`).concat('wider than the window')
        : [];";

/// What scrolls up and down by a few pixels, which nobody meant.
const SCROLLS: &str = "
    return [...document.body.querySelectorAll('*')]
        .filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowY))
        .filter(e => e.scrollHeight > e.clientHeight && e.scrollHeight < e.clientHeight + 4)
        .map(e => `scrolls by ${e.scrollHeight - e.clientHeight} px: ${e.outerHTML.slice(0, 200)}`);";

impl Browser {
    /// Checks the page in light and in dark, and keeps pictures under this name if `PROVOST_TEST_PICTURES` is set.
    pub(crate) fn look(&self, name: &str) {
        let faults = self.faults(name);
        assert!(faults.is_empty(), "{name}, {:?}:\n{}", self.mode, faults.join("\n"));
    }

    /// Only keeps a picture: an open pop-up hides parts of the page, which cannot be checked then.
    pub(crate) fn picture(&self, name: &str) {
        self.keep_picture(&format!("{name}-{}", self.mode.name()));
    }

    /// The faults of the page.
    pub(crate) fn faults(&self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        // the browser scrolls to a field with an error, and the page header may then cover other elements
        self.run("scrollTo(0, 0); return true;");
        for scheme in Scheme::ALL {
            let feature = json!({ "name": "prefers-color-scheme", "value": scheme.name() });
            self.tools("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
            let mut faults = self.messages();
            faults.extend(self.too_wide());
            faults.extend(texts(self.run(SCROLLS)));
            if self.mode.has_script {
                faults.extend(self.found_by_axe(scheme));
                faults.extend(self.messages());
            }
            self.keep_picture(&format!("{name}-{}-{}", self.mode.name(), scheme.name()));
            all.extend(faults.into_iter().map(|fault| format!("{}: {fault}", scheme.name())));
        }
        all
    }

    fn too_wide(&self) -> Vec<String> {
        let (width, _) = self.mode.window.size();
        texts(self.run(&WIDTH.replace("WINDOW", &width.to_string())))
    }

    fn found_by_axe(&self, scheme: Scheme) -> Vec<String> {
        let path = std::env::var_os("PROVOST_TEST_AXE").expect(
            "PROVOST_TEST_AXE is not set: `source scripts/lib/browser.sh && browser_prepare` installs axe-core and sets it",
        );
        if self.run("return typeof axe === 'undefined'") == json!(true) {
            self.run(&fs::read_to_string(path).expect("axe-core"));
        }
        let is_dark = (scheme == Scheme::Dark).to_string();
        texts(self.run_to_its_end(&AXE.replace("IS_DARK", &is_dark)))
    }

    /// Takes a picture of the whole page, not only of the window.
    fn keep_picture(&self, name: &str) {
        if std::env::var_os("PROVOST_TEST_PICTURES").is_none() {
            return;
        }
        let metrics = self.tools("Page.getLayoutMetrics", &json!({}));
        let size = metrics.get("cssContentSize").expect("a size");
        let mut clip = size.clone();
        if let Some(clip) = clip.as_object_mut() {
            clip.insert("scale".to_owned(), json!(1));
        }
        let wanted = json!({ "captureBeyondViewport": true, "clip": clip });
        let picture = self.tools("Page.captureScreenshot", &wanted);
        let base64 = picture.get("data").and_then(Value::as_str).expect("a picture");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
        fs::create_dir_all(&folder).expect("a folder");
        let png = BASE64.decode(base64.as_bytes()).expect("Base64");
        fs::write(folder.join(format!("{name}.png")), png).expect("written");
    }
}

fn texts(list: Value) -> Vec<String> {
    serde_json::from_value(list).expect("texts")
}
