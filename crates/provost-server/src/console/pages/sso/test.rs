//! `/settings/{org}/auth/sso/test/` begins a test sign-in, and `/settings/{org}/auth/sso/report/` shows its report.
//!
//! A test signs nobody in. It only counts once its report has been shown to the account that began it.

use super::answer::send_away;
use super::begun::Begun;
use super::registered;
use crate::access::{Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::console::pages::organisation::{Nav, enter, permit};
use crate::console::pages::{Common, Moment, sentence};
use crate::slug::Slug;
use crate::sso::{
    Addresses, Beginning, Claim, Fault, Head, Outcome, ProvenStore, Purpose, Report, SignOnStore, TestStore,
    awaited, is_lasting, written,
};
use askama::Template;

/// Sends the browser to the identity provider.
pub(in crate::console) async fn begin(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let page = Page::SignOnTest(slug.clone());
    let (_, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::EditSignOn)?;
    let account = visitor.signed(&page)?.session.account.id;
    let found = visitor.console.storage.sign_on(place.tenant()).await?;
    let Some(connection) = found.newest() else {
        return Ok(Answer::redirect(&Page::SignOn(slug.clone())));
    };
    let addresses = Addresses::of(&visitor.console.public_url, slug);
    let beginning = Beginning {
        tenant: place.tenant(),
        connection,
        addresses: &addresses,
        purpose: Purpose::Test(account),
        address: visitor.address,
        now: visitor.now,
        is_second: false,
        is_another: false,
    };
    send_away(visitor, beginning).await
}

#[derive(Template)]
#[template(path = "sso_report.html")]
struct ReportPage {
    common: Common,
    nav: Nav,
    report: Option<Shown>,
    /// A later test without an answer.
    begun: Option<Begun>,
    may_edit: bool,
}

struct Shown {
    report: Report,
    at: Moment,
    /// Expected and actual value, with the difference marked.
    difference: Option<Difference>,
    /// What to change: before the name of the field, the name, and after it.
    remedy: Option<[String; 3]>,
    /// The account that it would be linked to: the visitor's.
    me: String,
    is_mine: bool,
    /// Why it could not be.
    against: Option<String>,
    is_lasting: bool,
    /// Whether the tested connection still exists.
    is_current: bool,
    text: String,
}

/// Actual and expected value, each split into the common start, the difference, and the common end.
struct Difference {
    came: [String; 3],
    expected: [String; 3],
}

impl Difference {
    fn of(fault: &Fault) -> Option<Self> {
        let expected = fault.expected.as_deref()?;
        let came = fault.came.as_deref().unwrap_or("nothing");
        let [came_chars, expected_chars]: [Vec<char>; 2] =
            [came, expected].map(|text| text.chars().collect());
        let same = |(a, b): &(&char, &char)| a == b;
        let begin = came_chars.iter().zip(&expected_chars).take_while(same).count();
        let shortest = came_chars.len().min(expected_chars.len());
        let end = came_chars.iter().rev().zip(expected_chars.iter().rev()).take_while(same).count();
        let end = end.min(shortest.saturating_sub(begin));
        let parts = |chars: &[char]| {
            let last = chars.len().saturating_sub(end);
            [chars.get(..begin), chars.get(begin..last), chars.get(last..)]
                .map(|part| part.unwrap_or_default().iter().collect::<String>())
        };
        Some(Self { came: parts(&came_chars), expected: parts(&expected_chars) })
    }
}

impl Shown {
    /// The first value of a claim.
    fn value<'a>(&self, claim: &'a Claim) -> &'a str {
        claim.values.first().map_or("", String::as_str)
    }
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let page = Page::SignOnReport(slug.clone());
    let (nav, place) = enter(visitor, &page, slug).await?;
    permit(&place, Action::SeeSettings)?;
    let report = shown(visitor, &page, &place).await?;
    let (storage, tenant) = (&visitor.console.storage, place.tenant());
    let (test, found) = (storage.unanswered_test(tenant, visitor.now).await?, storage.sign_on(tenant).await?);
    let last = report.as_ref().map(|shown| &shown.report);
    let addresses = Addresses::of(&visitor.console.public_url, slug);
    let begun =
        awaited(test, &found, last).and_then(|test| Begun::of(test, found.newest(), last, &addresses));
    let may_edit = Action::EditSignOn.is_allowed(place.role);
    Answer::page(&ReportPage { common: Common::of(visitor), nav, report, begun, may_edit })
}

/// The remedy with the field apart, which the page shows in bold.
fn remedy(fault: &Fault) -> Option<[String; 3]> {
    let remedy = fault.remedy.as_ref()?;
    let field = fault.field.as_deref().filter(|field| remedy.contains(field)).unwrap_or_default();
    let (before, after) = match field {
        "" => (remedy.as_str(), ""),
        field => remedy.split_once(field)?,
    };
    Some([before, field, after].map(str::to_owned))
}

async fn shown(visitor: &Visitor<'_>, page: &Page, place: &Place) -> Result<Option<Shown>, Trouble> {
    let storage = &visitor.console.storage;
    let signed = visitor.signed(page)?;
    let (account, tenant) = (&signed.session.account, place.tenant());
    // a test counts for nothing if its author may no longer change the settings
    if Action::EditSignOn.is_allowed(place.role) {
        let registered = registered(visitor, place);
        storage.test_shown(visitor.by(signed), tenant, account.id, registered).await?;
    }
    let Some((by, report)) = storage.last_report(tenant, visitor.now).await? else { return Ok(None) };
    let found = storage.sign_on(tenant).await?;
    let is_mine = report.is_passed() && by == account.id;
    let against = match report.subject.clone().filter(|_| is_mine) {
        Some(subject) => storage.against(tenant, report.connection, subject, account.id).await?,
        None => None,
    };
    let against = against.map(|why| sentence(&why));
    let organisation = &place.organisation;
    let head = Head { organisation: &organisation.name, slug: &organisation.slug, but: against.as_deref() };
    let text = written(&report, head);
    Ok(Some(Shown {
        against,
        at: Moment(report.at()),
        remedy: report.fault.as_ref().and_then(remedy),
        difference: report.fault.as_ref().and_then(Difference::of),
        me: account.name.clone(),
        is_mine,
        is_lasting: found.newest().is_some_and(|newest| is_lasting(&newest.map)),
        is_current: found.newest().is_some_and(|newest| {
            newest.id.0 == report.connection
                || newest.standing.tested().is_some_and(|tested| tested.at == report.at())
        }),
        text,
        report,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sso::Topic;

    /// Seen to fail: with the common end overlapping the common start.
    #[test]
    fn the_difference_is_what_differs() {
        for (came, expected, marked) in [
            ("https://a/x", "https://a/x/", ["", "/"]),
            ("https://a/x/", "https://a/y/", ["x", "y"]),
            ("aa", "aaa", ["", "a"]),
            ("", "a", ["", "a"]),
            ("größe", "grösse", ["ß", "ss"]),
        ] {
            let fault = Fault {
                topic: Topic::Audience,
                said: String::new(),
                came: Some(came.to_owned()),
                expected: Some(expected.to_owned()),
                field: None,
                remedy: None,
            };
            let found = Difference::of(&fault).expect("a difference");
            assert_eq!([found.came[1].as_str(), &found.expected[1]], marked, "{came} {expected}");
            assert_eq!(
                (found.came.concat(), found.expected.concat()),
                (came.to_owned(), expected.to_owned())
            );
        }
    }
}
