//! The checks of the other tests find faults: each page here has one.

use crate::Stage;
use crate::browser::Browser;

/// The contents of a page, the message that must be reported, and whether that needs script.
const PLANTED: [(&str, &str, bool); 6] = [
    ("<input name=a>", "label: <input name", true),
    ("<p style='color: gray; background: silver'>pale</p>", "color-contrast: <p", true),
    ("<meta name=keywords content=a><h3>Too deep</h3>", "heading-order: <h3", true),
    ("<script>document.title = 'other'</script>", "script-src 'none'", true),
    ("<img src=SERVER/assets/none.png alt=none>", "none.png - Failed to load resource", false),
    ("<p style='width: 2000px'>wide</p>", "wider than the window: <p", false),
];

#[test]
fn faults_are_found() {
    Stage::walk(|stage| {
        let browser = stage.browser();
        assert_eq!(faults(stage, &browser, ""), Vec::<String>::new());
        for (planted, said, needs_script) in PLANTED {
            let found = faults(stage, &browser, planted);
            let is_found = found.iter().any(|fault| fault.contains(said));
            assert_eq!(is_found, browser.mode.has_script || !needs_script, "{planted}: {found:?}");
        }
    });
}

fn faults(stage: &Stage<'_>, browser: &Browser, planted: &str) -> Vec<String> {
    let head = "<!doctype html><html lang=en><title>Planted</title><meta name=viewport \
                content='width=device-width, initial-scale=1'><meta http-equiv=content-security-policy \
                content=\"script-src 'none'\">";
    let planted = planted.replace("SERVER", &format!("http://{}", stage.server.address));
    browser.show(&format!("data:text/html,{head}<main><h1>Planted</h1>{planted}</main>"));
    browser.faults("planted")
}
