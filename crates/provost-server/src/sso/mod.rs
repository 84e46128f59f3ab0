//! Single sign-on: organisations whose people are signed in by their identity provider, over SAML.
//!
//! `called` is what an identity provider is called, `connection` what is stored, `metadata` reads it from what an identity provider publishes, `request` begins a sign-in and
//! verifies its answer. `reading` is what of metadata that is read again counts by itself, `reader` reads it, `trouble` what was wrong
//! with it, `moved` whether the values that others have are those of now. `linking` says who it is here, `linked` how a member is known,
//! `let_in` who becomes one at once, `proven` what counts beside another proof, `logout` whom it signs out, `report` what a test came to, `written` the same
//! as text, `portal` what to change after it, `begun` a test without an answer, `unread` what is no metadata,
//! `require` who comes in where passwords do not count. The pages are in `console/pages/sso`.

mod begun;
mod called;
pub(crate) mod command;
mod connection;
mod let_in;
mod linked;
mod linking;
mod logout;
mod metadata;
mod moved;
mod portal;
mod proven;
pub(crate) mod reader;
mod reading;
mod report;
mod request;
mod require;
mod store;
mod trouble;
mod unread;
mod without;
mod written;

pub(crate) use begun::{TestStore, Unanswered, awaited};
pub(crate) use called::called;
pub(crate) use connection::{
    Addresses, Connection, ConnectionId, Drafted, Map, Provider, Registered, SignOn, Standing, Tested,
    Trusted,
};
pub(crate) use let_in::LetInStore;
pub(crate) use linked::{How, Link, Linked, LinkedStore, Why};
pub(crate) use linking::{Candidate, Unlinked, first, returning};
pub(crate) use logout::{Leaving, log_out};
pub(crate) use metadata::{
    certificates, has_ended, is_entra, is_lasting, last_end, ours, preset, read, tenant,
};
pub(crate) use moved::{MOVED_REMEDY, moved};
pub(crate) use proven::{Beside, Proved, Proven, ProvenStore, Waiting};
pub(crate) use reading::{
    Came, Change, Due, Fingerprint, Merged, ReadingStore, merged, next_reading, replaced, without,
};
#[cfg(test)]
pub(crate) use report::Topic;
pub(crate) use report::{Claim, Fault, Outcome, Report, short};
pub(crate) use request::{
    Again, BeginError, Beginning, NOT_FRESH, NewRequest, OPEN_MS, Person, Purpose, Request, Taken, state,
    take,
};
pub(crate) use require::{Keeper, PROVED_MS, RequireStore, SHOWN, ShutOut, shut_out};
pub(crate) use store::{Answered, Arrived, REPORTED_MS, SignOnStore, SignedOn};
pub(crate) use trouble::{Amiss, Trouble};
pub(crate) use unread::unread;
pub(crate) use without::{NAMED, Without, WithoutStore};
pub(crate) use written::{Head, written};
