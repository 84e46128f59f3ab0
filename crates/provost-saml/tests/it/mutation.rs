//! Mutated messages of the corpus: whatever is accepted says what the original said, and nothing panics.
//!
//! `PROVOST_TEST_MUTATIONS` sets how many, `PROVOST_TEST_SEED` the seed of the random numbers.

use std::collections::HashMap;

use crate::corpus::{Case, Kind, cases, form, now, pending, verifier};
use provost_saml::{Metadata, Replay, Verified, Verifier};

const ALICE: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";

/// Random numbers from a given seed (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16;
        usize::try_from(number % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    fn choice<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        all.get(self.below(all.len())).unwrap()
    }
}

/// The part to mutate: the document inside a form, the parts of a query, the document.
fn material(case: &Case) -> Vec<u8> {
    match (case.kind, case.body.strip_prefix(b"SAMLResponse=")) {
        (Kind::Response, Some(encoded)) => {
            let encoded =
                String::from_utf8_lossy(encoded).replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
            data_encoding::BASE64.decode(encoded.as_bytes()).unwrap_or_else(|_| case.body.clone())
        }
        _ => case.body.clone(),
    }
}

/// The bytes from one `<` or `&` to another, so that most pieces are elements.
fn piece(random: &mut Random, text: &[u8]) -> (usize, usize) {
    let marks: Vec<usize> =
        text.iter().enumerate().filter(|(_, byte)| matches!(byte, b'<' | b'&')).map(|(at, _)| at).collect();
    if marks.len() < 2 || random.below(8) == 0 {
        let from = random.below(text.len());
        return (from, from + random.below(text.len() - from + 1).min(64));
    }
    let first = random.below(marks.len() - 1);
    let last = first + 1 + random.below((marks.len() - first - 1).min(24));
    (*marks.get(first).unwrap(), *marks.get(last).unwrap())
}

/// A place to insert a piece.
fn place(random: &mut Random, text: &[u8]) -> usize {
    piece(random, text).0
}

const WORDS: [&str; 20] = [
    "<!---->",
    "<?a?>",
    "<![CDATA[x]]>",
    "<!DOCTYPE a>",
    "&#0;",
    "&amp;",
    "\0",
    "mallory@acme.example",
    "_a1",
    "_r1",
    "#_r1",
    " ID=\"_a1\"",
    " xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
    "99999999-9999-4999-8999-999999999999",
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_x\"/>",
    "</Assertion>",
    "\u{feff}",
    "%00",
    "&SigAlg=a",
];

fn mutate(random: &mut Random, mut text: Vec<u8>, others: &[Vec<u8>]) -> Vec<u8> {
    for _ in 0..=random.below(4) {
        if text.is_empty() {
            return text;
        }
        match random.below(8) {
            0 => {
                let at = random.below(text.len());
                *text.get_mut(at).unwrap() ^= 1 << random.below(8);
            }
            1 => {
                let (from, to) = piece(random, &text);
                text.drain(from..to);
            }
            2 => {
                let (from, to) = piece(random, &text);
                let copy = text.get(from..to).unwrap().to_vec();
                let at = place(random, &text);
                text.splice(at..at, copy);
            }
            3 => {
                let (from, to) = piece(random, &text);
                let moved: Vec<u8> = text.drain(from..to).collect();
                let at = if text.is_empty() { 0 } else { place(random, &text) };
                text.splice(at..at, moved);
            }
            4 | 5 => {
                let other = random.choice(others);
                if !other.is_empty() {
                    let (from, to) = piece(random, other);
                    let at = place(random, &text);
                    text.splice(at..at, other.get(from..to).unwrap().iter().copied());
                }
            }
            6 => {
                let at = random.below(text.len());
                text.splice(at..at, random.choice(&WORDS).bytes());
            }
            _ => {
                // another person everywhere, or one name replaced by another
                let pairs = [
                    (ALICE, WORDS[13]),
                    ("alice", "mallory"),
                    ("_a1", "_r1"),
                    ("_r1", "_x"),
                    ("sha256", "sha1"),
                    ("Signature", "signature"),
                ];
                let (from, to) = *random.choice(&pairs);
                text = String::from_utf8_lossy(&text).replacen(from, to, 1 + random.below(9)).into_bytes();
            }
        }
    }
    text
}

/// Whether it was accepted.
fn judge(case: &Case, verifier: &Verifier, text: &[u8]) -> bool {
    match case.kind {
        Kind::Response => {
            let body = if text.starts_with(b"SAML") { text.to_vec() } else { form(text).into_bytes() };
            let Ok(person) = verifier.verify(&pending(&case.setup), &body, now()) else { return false };
            let expected = match case.setup.as_str() {
                "okta" => "alice@acme.example",
                "keycloak" => "G-3f1c0c8a",
                "keycloak-attribute" => "alice",
                _ => ALICE,
            };
            assert!(person.subject.is_external_id(expected), "{person:?}");
            // the identifier of a response is signed only if the response is
            let replay = Replay { response_id: String::new(), ..person.replay };
            let signed = format!("{:?}", Verified { replay, ..person });
            assert!(!signed.contains("mallory") && signed.contains("assertion_id: \"_a"), "{signed}");
        }
        Kind::Logout => {
            let query = String::from_utf8_lossy(text);
            let Ok(request) = verifier.logout(&query, now()) else { return false };
            assert!(!request.signed || request.subject.value == "alice@acme.example", "{request:?}");
        }
        Kind::Metadata => {
            let Ok(metadata) = Metadata::parse(text, now()) else { return false };
            assert!(!metadata.certificates.is_empty() && !metadata.entity_id.contains('{'), "{metadata:?}");
        }
    }
    true
}

#[test]
fn changed_messages_prove_nothing_else() {
    let number = |name: &str, otherwise: u64| {
        std::env::var_os(name).map_or(otherwise, |text| text.to_str().unwrap().parse().unwrap())
    };
    let (count, seed) = (number("PROVOST_TEST_MUTATIONS", 2_000), number("PROVOST_TEST_SEED", 1));
    let cases: Vec<(Case, Vec<u8>)> = cases()
        .into_iter()
        .filter(|case| case.setup != "padded" && case.body.len() < 12_000)
        .map(|case| (case.clone(), material(&case)))
        .collect();
    let texts: Vec<Vec<u8>> = cases.iter().map(|(_, text)| text.clone()).collect();
    let verifiers: HashMap<String, Verifier> =
        cases.iter().map(|(case, _)| (case.setup.clone(), verifier(&case.setup))).collect();
    let accepted: Vec<_> = cases.iter().filter(|(case, _)| case.verdict == "accept").collect();
    let threads = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    let round = |round: u64| {
        let mut random = Random((seed ^ (round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).max(1));
        // half of them start from accepted messages
        let (case, text) = match random.below(2) {
            0 => *random.choice(&accepted),
            _ => random.choice(&cases),
        };
        let text = mutate(&mut random, text.clone(), &texts);
        let accepted = std::panic::catch_unwind(|| judge(case, &verifiers[&case.setup], &text));
        u64::from(accepted.unwrap_or_else(|_| {
            panic!("round {round} of seed {seed}, from {}:\n{}", case.file, String::from_utf8_lossy(&text))
        }))
    };
    let passed: u64 = std::thread::scope(|scope| {
        let every = |first: u64| (first..count).step_by(threads.try_into().unwrap()).map(round).sum::<u64>();
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || every(first))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    println!("{count} changed messages, {passed} accepted, all of them as before the change");
    assert!(passed > 0, "no message was accepted: the changes are too large to say anything");
}
