//! Single sign-on: organisations whose people are signed in by their identity provider, over SAML.
//!
//! `connection` is what is stored, `metadata` reads it from what an identity provider publishes, `request` begins a sign-in and
//! verifies its answer. `reading` is what of metadata that is read again counts by itself, `reader` reads it, `trouble` what was wrong
//! with it, `moved` whether the values that others have are those of now. `linking` says who it is here, `linked` how a member is known,
//! `let_in` who becomes one at once, `proven` what counts beside another proof, `logout` whom it signs out, `report` what a test came to,
//! `require` who comes in where passwords do not count. The pages are in `console/pages/sso`.

pub(crate) mod command;
mod connection;
mod let_in;
mod linked;
mod linking;
mod logout;
mod metadata;
mod moved;
mod proven;
pub(crate) mod reader;
mod reading;
mod report;
mod request;
mod require;
mod store;
mod trouble;
mod without;

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
pub(crate) use proven::{Beside, Proven, ProvenStore, Waiting};
pub(crate) use reading::{
    Came, Change, Due, Fingerprint, Merged, ReadingStore, merged, next_reading, replaced, without,
};
#[cfg(test)]
pub(crate) use report::Topic;
pub(crate) use report::{Claim, Fault, Outcome, Report, short};
pub(crate) use request::{
    BeginError, Beginning, NewRequest, OPEN_MS, Person, Purpose, Request, Taken, state, take,
};
pub(crate) use require::{Keeper, PROVED_MS, RequireStore, SHOWN, ShutOut, shut_out};
pub(crate) use store::{Answered, Arrived, REPORTED_MS, SignOnStore, SignedOn};
pub(crate) use trouble::{Amiss, Trouble};
pub(crate) use without::{NAMED, Without, WithoutStore};
