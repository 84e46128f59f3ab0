//! An owner sets how long without a call it takes until owners are warned.

use crate::Stage;

#[test]
fn an_owner_says_after_how_long_silence_is_told() {
    Stage::walk(|stage| {
        let owner = stage.owner();
        owner.go("Auth", "Auth");
        owner.unfold("When Entra stops calling");
        owner.look("auth-silence");
        owner.fill(&[("Owners are told after", "3h")]);
        owner.press("Save the time", "Auth");
        owner.reads("It is saved after how long without a call owners are told.");
    });
}
