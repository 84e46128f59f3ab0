//! Bulk requests (RFC 7644 section 3.7): each operation is atomic, the request as a whole is not.
//!
//! Operations run after those that create what they refer to; otherwise in the order of the request. If two refer to
//! each other, the first is created without its reference, and gets it once the other exists. If that one fails, the
//! first is removed again, so that no result says `201` for a resource that is not what was requested.

mod refs;
mod request;

use super::call::{Call, explain};
use super::write::WriteAnswer;
use crate::conditions::Conditions;
use crate::operation::{Payload, WriteTarget};
use crate::outcome::{Answer, Asked, Outcome, Write};
use crate::response::{Response, error_body};
use crate::store::{Delete, Store};
use provost_core::error::Place;
use provost_core::policy::Notes;
use provost_core::text::excerpt;
use provost_core::value::Value;
use provost_core::{Error, ErrorKind, Id, Object, ResourceType};
use request::{Action, BULK_REQUEST, BulkItem, BulkRequest, BulkStep};
use std::collections::BTreeSet;
use std::sync::Arc;

const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// A request in progress; operations are identified by number.
struct Run {
    job: BulkRequest,
    /// For each, the operations it refers to.
    refers: Vec<Vec<usize>>,
    /// The result of each; `None` if it was not done.
    done: Vec<Option<Result<Done, Error>>>,
    /// What was accepted leniently in the message itself.
    envelope: Notes,
    /// What was accepted leniently in each operation, and who was left out of groups.
    forgiven: Vec<(Notes, Vec<Id>)>,
}

/// A completed operation.
struct Done {
    id: Id,
    status: &'static str,
    /// `None` after DELETE.
    version: Option<String>,
    /// Unfinished operations that it refers to, directly or through others: until they are done, it is not what was
    /// requested.
    waits: BTreeSet<usize>,
    /// Whether it was created without a reference.
    is_partial: bool,
}

impl<S: Store> Call<'_, S> {
    pub(super) async fn bulk(&self, body: Payload<'_>) -> Result<Answer, Error> {
        let message = "bulk requests are not supported (see `bulk` in /ServiceProviderConfig)";
        self.offered(self.settings.bulk, message)?;
        // an adapter that checks the limit never sends more
        let most = self.settings.bulk_bytes;
        if body.bytes.len() > most {
            let message = format!("a bulk request can have at most {most} bytes (`maxPayloadSize`)");
            return Err(Error::new(ErrorKind::PayloadTooLarge, message).with_remedy("send it in parts"));
        }
        let mut reader = self.reader();
        let message = body.message(BULK_REQUEST, &mut reader)?;
        let job = BulkRequest::read(message, &self.service().schemas, self.settings.bulk_operations)?;
        let mut run = Run::new(job, reader.notes);
        for n in refs::order(&run.refers) {
            if run.is_over() {
                break;
            }
            let outcome = self.perform_step(&mut run, n).await;
            let failed = outcome.is_err();
            run.set(n, outcome);
            match failed {
                true => self.take_back(&mut run, n).await,
                false => self.complete(&mut run, n).await,
            }
        }
        // what still waits does so for an operation skipped because of `failOnErrors`
        let missing: BTreeSet<usize> = run.made().flat_map(|(_, done)| done.waits.iter().copied()).collect();
        for n in missing {
            self.take_back(&mut run, n).await;
        }
        Ok(self.bulk_answer(run))
    }

    async fn perform_step(&self, run: &mut Run, n: usize) -> Result<Done, Error> {
        let (step, waits) = run.prepare(n)?;
        let is_partial = !waits.direct.is_empty();
        let (id, status, version) = self.act(step, run, n).await?;
        Ok(Done { id, status, version, waits: waits.all, is_partial })
    }

    async fn act(
        &self,
        step: BulkStep,
        run: &mut Run,
        n: usize,
    ) -> Result<(Id, &'static str, Option<String>), Error> {
        let BulkStep { action, kind, id, conditions, data } = step;
        // leniency for the message also applies to each operation in it
        let mut reader = self.reader();
        reader.notes = run.envelope.clone();
        let Some(id) = id else {
            let made = self.make(&kind, data, &mut reader).await?;
            let version = made.resource.version.to_string();
            run.forgive(n, reader.notes, made.skipped);
            return Ok((made.resource.id, "201", Some(version)));
        };
        let target = WriteTarget { resource_type: kind, id, conditions };
        let (status, answer) = match action {
            Action::Patch => ("200", self.modify(&target, data, WriteAnswer::nothing(), reader).await?),
            Action::Delete => ("204", self.delete(&target).await?),
            Action::Replace | Action::Create => {
                ("200", self.put(&target, data, &WriteAnswer::nothing(), reader).await?)
            }
        };
        run.forgive(n, answer.outcome.notes, answer.outcome.skipped);
        Ok((target.id, status, answer.response.etag))
    }

    /// Operation `n` is done: those created without a reference to it get it, unless they wait for others too.
    ///
    /// RFC 7644 section 3.7.1: "The service provider MUST try to resolve circular cross-references between resources
    /// in a single bulk job".
    async fn complete(&self, run: &mut Run, n: usize) {
        for p in run.waiting_for(n) {
            let Some(Ok(done)) = run.done.get_mut(p).and_then(Option::as_mut) else { continue };
            done.waits.remove(&n);
            if !done.is_partial || !done.waits.is_empty() {
                continue;
            }
            done.is_partial = false;
            let id = done.id.clone();
            match self.repeat(run, p, id).await {
                Ok(version) => {
                    if let Some(Ok(done)) = run.done.get_mut(p).and_then(Option::as_mut) {
                        done.version = version;
                    }
                }
                Err(e) => self.remove(run, p, e).await,
            }
        }
    }

    /// Rewrites a resource that was created without a reference.
    async fn repeat(&self, run: &mut Run, p: usize, id: Id) -> Result<Option<String>, Error> {
        let (step, _) = run.prepare(p)?;
        let step =
            BulkStep { action: Action::Replace, id: Some(id), conditions: Conditions::default(), ..step };
        self.act(step, run, p).await.map(|(_, _, version)| version)
    }

    /// Operation `n` failed: removes what was created in anticipation of it.
    async fn take_back(&self, run: &mut Run, n: usize) {
        for p in run.waiting_for(n) {
            let e = run.not_done(n);
            self.remove(run, p, e).await;
        }
    }

    async fn remove(&self, run: &mut Run, p: usize, mut why: Error) {
        if let Some((kind, id)) = run.made_by(p) {
            let cx = self.context(Notes::default());
            if let Err(e) = self.store().delete(Delete::new(&kind, &id, None, &cx)).await {
                let kept = explain(e, &kind, Some(&id));
                why = why.and("it could not be rolled back").with_source(kept);
            }
        }
        run.set(p, Err(why));
    }

    /// RFC 7644 section 3.7.3: a result for each operation that was done, here in the order of the request.
    fn bulk_answer(&self, run: Run) -> Answer {
        let (mut results, mut whole) = (Vec::new(), Outcome { notes: run.envelope, ..Outcome::default() });
        for ((item, done), (notes, skipped)) in run.job.items.into_iter().zip(run.done).zip(run.forgiven) {
            let Some(done) = done else { continue };
            results.push(Value::from(self.result(&item, &done)));
            whole.notes.merge(notes.clone());
            whole.skipped.extend_from_slice(&skipped);
            let (made, error) = match done {
                Ok(done) => (Some(done.id), None),
                Err(e) => (None, Some(e)),
            };
            let asked = item.step.map_or(Asked::Read, |BulkStep { action, kind, id, .. }| {
                Asked::Write(Write { kind: action.kind(), resource_type: kind, id: made.or(id) })
            });
            whole.parts.push(Outcome { asked, error, notes, skipped, ..Outcome::default() });
        }
        let body = Object::from_iter([
            ("schemas", Value::from(vec![Value::from(BULK_RESPONSE)])),
            ("Operations", Value::from(results)),
        ]);
        Answer { response: Response::json(200, body.to_string()), outcome: whole }
    }

    fn result(&self, item: &BulkItem, outcome: &Result<Done, Error>) -> Object {
        let mut result = Object::new();
        if let Some(method) = &item.method {
            result.insert("method", method.as_str());
        }
        if let Some(bulk_id) = &item.bulk_id {
            result.insert("bulkId", bulk_id.as_str());
        }
        // "REQUIRED in a response, except in the event of a POST failure"
        let step = item.step.as_ref().ok();
        let given = step.and_then(|s| s.id.as_ref()).filter(|id| refs::bulk_id(id.as_str()).is_none());
        let id = outcome.as_ref().ok().map(|done| &done.id).or(given);
        if let Some((step, id)) = step.zip(id) {
            result.insert("location", self.service().location(&step.kind, id));
        }
        match outcome {
            Ok(done) => {
                if let Some(version) = &done.version {
                    result.insert("version", version.as_str());
                }
                result.insert("status", done.status);
            }
            Err(e) => {
                result.insert("status", e.status().to_string());
                result.insert("response", error_body(e, &self.origin.request_id));
            }
        }
        result
    }
}

/// The unfinished operations that an operation refers to.
struct Waits {
    direct: BTreeSet<usize>,
    /// Including those that these wait for.
    all: BTreeSet<usize>,
}

impl Run {
    fn new(job: BulkRequest, envelope: Notes) -> Self {
        let maker = |bulk_id: String| job.makers.get(&bulk_id).copied();
        let refers = |item: &BulkItem| match &item.step {
            Ok(step) => refs::named(step).into_iter().filter_map(maker).collect(),
            Err(_) => Vec::new(),
        };
        let refers: Vec<Vec<usize>> = job.items.iter().map(refers).collect();
        let done = job.items.iter().map(|_| None).collect();
        let forgiven = vec![<(Notes, Vec<Id>)>::default(); job.items.len()];
        Self { job, refers, done, forgiven, envelope }
    }

    fn forgive(&mut self, n: usize, notes: Notes, skipped: Vec<Id>) {
        if let Some(so_far) = self.forgiven.get_mut(n) {
            so_far.0.merge(notes);
            so_far.1.extend(skipped);
        }
    }

    fn set(&mut self, n: usize, outcome: Result<Done, Error>) {
        if let Some(done) = self.done.get_mut(n) {
            let number = n.saturating_add(1);
            *done = Some(outcome.map_err(|e| e.at(Place::BulkOperation { number, inner: None })));
        }
    }

    fn outcome(&self, n: usize) -> Option<&Result<Done, Error>> {
        self.done.get(n).and_then(Option::as_ref)
    }

    fn made(&self) -> impl Iterator<Item = (usize, &Done)> {
        self.done.iter().enumerate().filter_map(|(n, done)| Some((n, done.as_ref()?.as_ref().ok()?)))
    }

    fn waiting_for(&self, n: usize) -> Vec<usize> {
        self.made().filter(|(_, done)| done.waits.contains(&n)).map(|(p, _)| p).collect()
    }

    /// The type and id of what the operation created.
    fn made_by(&self, p: usize) -> Option<(Arc<ResourceType>, Id)> {
        let step = self.job.items.get(p)?.step.as_ref().ok()?;
        let done = self.outcome(p)?.as_ref().ok()?;
        Some((step.kind.clone(), done.id.clone()))
    }

    fn is_over(&self) -> bool {
        let errors = self.done.iter().flatten().filter(|outcome| outcome.is_err()).count();
        self.job.fail_on_errors.is_some_and(|most| errors >= most)
    }

    /// The operation with real ids; references to unfinished operations are left out of its data.
    fn prepare(&mut self, n: usize) -> Result<(BulkStep, Waits), Error> {
        let mut waits = Waits { direct: BTreeSet::new(), all: BTreeSet::new() };
        for to in self.refers.get(n).into_iter().flatten() {
            match self.outcome(*to) {
                Some(Ok(done)) => waits.all.extend(&done.waits),
                Some(Err(_)) => return Err(self.not_done(*to)),
                None => {
                    waits.direct.insert(*to);
                    waits.all.insert(*to);
                }
            }
        }
        let real = |bulk_id: &str| {
            let made = self.job.makers.get(bulk_id).and_then(|to| self.made_by(*to));
            made.map(|(_, id)| id)
        };
        let mut step = match self.job.items.get(n).map(|item| &item.step) {
            Some(Ok(step)) => step.clone(),
            Some(Err(e)) => return Err(e.without_source()),
            None => return Err(Error::new(ErrorKind::Internal, "an operation of the request is missing")),
        };
        let unknown = refs::named(&step).into_iter().find(|id| !self.job.makers.contains_key(id));
        if let Some(id) = unknown {
            let message = format!("`bulkId:{}` is the bulkId of no POST in this request", excerpt(&id));
            return Err(Error::new(ErrorKind::InvalidValue, message));
        }
        if let Some(id) = step.id.as_ref().and_then(|id| refs::bulk_id(id.as_str())).and_then(real) {
            step.id = Some(id);
        }
        refs::resolve(&mut step.data, &real);
        if !waits.direct.is_empty() {
            refs::leave_out(&mut step.data);
        }
        Ok((step, waits))
    }

    /// Why an operation that refers to `n` cannot be done.
    fn not_done(&self, n: usize) -> Error {
        let bulk_id = self.job.items.get(n).and_then(|item| item.bulk_id.as_deref()).unwrap_or_default();
        let why = match self.outcome(n) {
            Some(_) => "failed",
            None => "was not done",
        };
        let message = format!("the operation that makes `bulkId:{}` {why}", excerpt(bulk_id));
        Error::new(ErrorKind::Conflict, message)
    }
}
