//! Any bytes as a posted form, as a response in one, as the query of a logout and as metadata. Without the key nothing is
//! accepted as signed, nothing panics, and a refusal is fit for a log.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_fuzz::saml::{form, now, pending, query, sound, verifier};
use provost_saml::{Metadata, relay_state};

fuzz_target!(|data: &[u8]| {
    for body in [data, &form(data)] {
        sound(&verifier().verify(&pending(), body, now()).expect_err("nobody signed it"));
        relay_state(body).ok();
    }
    for query in [core::str::from_utf8(data).unwrap_or_default(), &query(data)] {
        match verifier().logout(query, now()) {
            Err(refusal) => sound(&refusal),
            Ok(request) => assert!(!request.signed, "nobody signed it"),
        }
    }
    match Metadata::parse(data, now()) {
        Err(refusal) => sound(&refusal),
        Ok(metadata) => {
            assert!(!metadata.certificates.is_empty());
            metadata.connection().expect("what is read makes a connection");
        }
    }
});
