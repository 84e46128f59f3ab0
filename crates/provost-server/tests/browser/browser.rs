//! A person at a browser: what they open, type and press, named by the words on the page.

use crate::driver::Extra;
use crate::mode::{Mode, Window};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use provost_testing::http::PATIENCE;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// How often to check whether a page has loaded.
const OFTEN: Duration = Duration::from_millis(20);

/// From this length on, a text is pasted instead of typed.
const PASTED: usize = 200;

/// A Chromium without a profile. It ends when dropped.
pub(crate) struct Browser {
    runtime: Runtime,
    client: Client,
    /// The process, to kill if it does not end when asked.
    pid: u64,
    pub(crate) mode: Mode,
    /// `http://127.0.0.1:PORT`
    server: String,
}

impl Browser {
    pub(crate) fn start(driver: &str, mode: Mode, server: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities());
        let client = runtime.block_on(builder.connect(&format!("http://{driver}"))).expect("Chromium starts");
        let pid =
            client.capabilities().and_then(|all| all.get("goog:processID")?.as_u64()).expect("a process");
        let browser = Self { runtime, client, pid, mode, server: server.to_owned() };
        browser.take_on(mode);
        browser
    }

    /// A window is at least 500 pixels wide, so the size is emulated; on the phone, touch replaces the pointer.
    fn take_on(&self, mode: Mode) {
        let (width, height) = mode.window.size();
        let is_phone = mode.window == Window::Phone;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone });
        self.tools("Emulation.setDeviceMetricsOverride", &metrics);
        self.tools("Emulation.setScriptExecutionDisabled", &json!({ "value": !mode.has_script }));
    }

    /// Opens an address, or a path of the server, and waits for the page with this heading.
    pub(crate) fn open(&self, place: &str, heading: &str) {
        let url = if place.starts_with('/') { format!("{}{place}", self.server) } else { place.to_owned() };
        self.show(&url);
        self.arrive(heading);
    }

    /// Opens an address, whatever it shows.
    pub(crate) fn show(&self, url: &str) {
        self.wait(self.client.goto(url));
    }

    /// Types into the fields with these labels, replacing their contents.
    pub(crate) fn fill(&self, fields: &[(&str, &str)]) {
        for (label, text) in fields {
            let field = self.element(&format!("//*[@id = //label[normalize-space() = {label:?}]/@for]"));
            self.wait(field.clear());
            match text.len() > PASTED {
                true => self.paste(&field, text),
                false => self.wait(field.send_keys(text)),
            }
        }
    }

    /// What is in the field with this label.
    pub(crate) fn field(&self, label: &str) -> String {
        let field = self.element(&format!("//*[@id = //label[normalize-space() = {label:?}]/@for]"));
        self.wait(field.prop("value")).unwrap_or_default()
    }

    /// Sets a long text at once, since typing it would take a minute.
    fn paste(&self, field: &Element, text: &str) {
        let field = serde_json::to_value(field).expect("a reference");
        self.wait(self.client.execute("arguments[0].value = arguments[1];", vec![field, json!(text)]));
    }

    /// Chooses a file, and waits until a field has its text.
    pub(crate) fn choose_file(&self, label: &str, file: &Path, into: &str) {
        let of =
            |label: &str| self.element(&format!("//*[@id = //label[normalize-space() = {label:?}]/@for]"));
        let text = std::fs::read_to_string(file).expect("a file");
        self.wait(of(label).send_keys(&file.display().to_string()));
        let field = serde_json::to_value(of(into)).expect("a reference");
        let script = "const [field, text] = arguments; return field.value === text;";
        let begun = Instant::now();
        while self.wait(self.client.execute(script, vec![field.clone(), json!(text)])) != json!(true) {
            thread::sleep(OFTEN);
            assert!(begun.elapsed() < PATIENCE, "{}: {into:?} has not the text of the file", self.url());
        }
    }

    /// Presses a button, and waits for the page with this heading.
    pub(crate) fn press(&self, button: &str, heading: &str) {
        let path = format!("//button[normalize-space() = {button:?}]");
        self.element(&path);
        let mut all = self.wait(self.client.find_all(Locator::XPath(&path)));
        // closed pop-ups may contain buttons with the same words
        all.retain(|button| self.wait(button.is_displayed()));
        let button =
            all.into_iter().next().unwrap_or_else(|| panic!("{}: no {button:?} is shown", self.url()));
        self.turn(button.click(), heading);
    }

    /// Presses Enter in a field, and waits for the page with this heading.
    pub(crate) fn enter(&self, label: &str, heading: &str) {
        let field = self.element(&format!("//*[@id = //label[normalize-space() = {label:?}]/@for]"));
        self.turn(field.send_keys("\u{e007}"), heading);
    }

    /// Opens the pop-up of the button whose words begin like this.
    pub(crate) fn pop_up(&self, button: &str) {
        self.wait(self.element(&format!("//button[starts-with(normalize-space(), {button:?})]")).click());
    }

    /// Unfolds the section with this heading.
    pub(crate) fn unfold(&self, words: &str) {
        self.wait(self.element(&format!("//summary[normalize-space() = {words:?}]")).click());
    }

    /// Chooses the checkbox or radio button with this label.
    pub(crate) fn choose(&self, label: &str) {
        self.wait(self.element(&format!("//label[normalize-space() = {label:?}]")).click());
    }

    /// Picks an entry of the list with this label.
    pub(crate) fn pick(&self, label: &str, entry: &str) {
        let list = format!("//select[@id = //label[normalize-space() = {label:?}]/@for]");
        self.wait(self.element(&format!("{list}/option[normalize-space() = {entry:?}]")).click());
    }

    /// Loads the page again, and waits for the one with this heading.
    pub(crate) fn reload(&self, heading: &str) {
        self.turn(self.client.refresh(), heading);
    }

    /// Follows a link on the page, and waits for the page with this heading.
    pub(crate) fn follow(&self, link: &str, heading: &str) {
        self.leave_by(&format!("//a[normalize-space() = {link:?}]"), heading);
    }

    /// Follows a link of the navigation, which a phone shows behind a button.
    pub(crate) fn go(&self, link: &str, heading: &str) {
        self.open_menu();
        self.leave_by(&format!("//nav//a[contains(normalize-space(), {link:?})]"), heading);
    }

    /// Opens the navigation if it is hidden.
    pub(crate) fn open_menu(&self) {
        if !self.wait(self.element("//nav").is_displayed()) {
            self.wait(self.element("//button[normalize-space() = 'Menu']").click());
        }
    }

    /// Waits until the page has this text.
    pub(crate) fn reads(&self, text: &str) {
        self.element(&format!("//body[contains(normalize-space(), {text:?})]"));
    }

    /// Reloads the page until it has this text, which may appear a moment after its cause.
    pub(crate) fn comes_to_read(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            assert!(Instant::now() < deadline, "{}: no {text:?}\n{}", self.url(), self.text());
            self.wait(self.client.refresh());
        }
    }

    fn text(&self) -> String {
        self.text_of("body")
    }

    /// The text of the element that a selector finds.
    pub(crate) fn text_of(&self, selector: &str) -> String {
        self.wait(self.wait(self.client.find(Locator::Css(selector))).text())
    }

    /// The value beside a label on a page.
    pub(crate) fn value(&self, label: &str) -> String {
        let script = format!(
            "return [...document.querySelectorAll('dt')].find(dt => dt.textContent.startsWith({label:?}))
                .parentElement.querySelector('.value').textContent"
        );
        self.run(&script).as_str().expect("a value").to_owned()
    }

    /// The current address, as a path of the server.
    pub(crate) fn path(&self) -> String {
        let url = self.url();
        url.strip_prefix(&self.server).unwrap_or_else(|| panic!("{url} is elsewhere")).to_owned()
    }

    /// The targets of the page's links, as paths of the server.
    pub(crate) fn links(&self) -> Vec<String> {
        let hrefs = self.run("return [...document.links].map(link => link.pathname)");
        serde_json::from_value(hrefs).expect("texts")
    }

    /// Opens another tab of the same browser. Returns the handle to come back to.
    pub(crate) fn another_tab(&self) -> Tab {
        let before = self.wait(self.client.window());
        let new = self.wait(self.client.new_window(true)).handle;
        self.wait(self.client.switch_to_window(new));
        self.take_on(self.mode);
        Tab(before)
    }

    pub(crate) fn back_to(&self, tab: Tab) {
        self.wait(self.client.switch_to_window(tab.0));
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        self.wait(self.client.execute(script, Vec::new()))
    }

    /// Runs an asynchronous script, which ends by calling its last argument.
    pub(crate) fn run_to_its_end(&self, script: &str) -> Value {
        self.wait(self.client.execute_async(script, Vec::new()))
    }

    /// A command of the Chrome DevTools Protocol.
    pub(crate) fn tools(&self, name: &str, parameters: &Value) -> Value {
        self.wait(self.client.issue_cmd(Extra::tools(name, parameters)))
    }

    /// What a screen reader announces first.
    pub(crate) fn title(&self) -> String {
        self.wait(self.client.title())
    }

    /// The name of the focused field.
    pub(crate) fn focus(&self) -> String {
        let element = self.wait(self.client.active_element());
        self.wait(element.attr("name")).unwrap_or_default()
    }

    fn leave_by(&self, path: &str, heading: &str) {
        self.turn(self.element(path).click(), heading);
    }

    /// Does something that leads to another page, and waits for it even if it has the same heading.
    fn turn(&self, act: impl Future<Output = Result<(), CmdError>>, heading: &str) {
        let before = self.document();
        self.wait(act);
        let deadline = Instant::now() + PATIENCE;
        while self.document().is_none_or(|document| Some(document) == before) {
            assert!(Instant::now() < deadline, "{} stays, and {heading:?} does not come", self.url());
            thread::sleep(OFTEN);
        }
        self.arrive(heading);
    }

    /// The document shown, or `None` during navigation.
    fn document(&self) -> Option<ElementRef> {
        let root = self.runtime.block_on(self.client.find(Locator::XPath("/html")));
        root.ok().map(|root| root.element_id())
    }

    fn arrive(&self, heading: &str) {
        self.element(&format!("//h1[normalize-space() = {heading:?}]"));
        assert_eq!(self.messages(), Vec::<String>::new(), "on the console of {}", self.url());
    }

    /// Console messages, except for the status of the page itself, which Chromium reports as a failure to load.
    pub(crate) fn messages(&self) -> Vec<String> {
        let status =
            format!("{} - Failed to load resource: the server responded with a status of 4", self.url());
        let entries = self.wait(self.client.issue_cmd(Extra::console()));
        let texts =
            entries.as_array().expect("a list").iter().filter_map(|entry| entry.get("message")?.as_str());
        texts.filter(|text| !text.starts_with(&status)).map(str::to_owned).collect()
    }

    fn url(&self) -> String {
        self.wait(self.client.current_url()).to_string()
    }

    /// Waits for an element.
    fn element(&self, path: &str) -> Element {
        let waiting = self.client.wait().at_most(PATIENCE).every(OFTEN);
        self.runtime
            .block_on(waiting.for_element(Locator::XPath(path)))
            .unwrap_or_else(|e| panic!("{}: no {path}: {e}\n{}", self.url(), self.text()))
    }

    fn wait<T>(&self, asked: impl Future<Output = Result<T, CmdError>>) -> T {
        self.runtime.block_on(asked).unwrap_or_else(|e| panic!("the browser does not do it: {e}"))
    }
}

/// A tab to come back to.
pub(crate) struct Tab(fantoccini::wd::WindowHandle);

impl Drop for Browser {
    fn drop(&mut self) {
        if self.runtime.block_on(self.client.clone().close()).is_err() {
            drop(Command::new("kill").args(["-s", "KILL", &self.pid.to_string()]).status());
        }
    }
}

fn capabilities() -> serde_json::Map<String, Value> {
    let arguments = [
        "--headless=new",
        // root and many containers cannot use the sandbox; the browser opens only our pages
        "--no-sandbox",
        // containers have little shared memory
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ];
    let all = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    all.as_object().cloned().expect("an object")
}
