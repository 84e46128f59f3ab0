//! A store that fails at each call in turn, between an identity provider and the store under test.

use crate::faulty::{Fault, Faults, FaultyStore};
use crate::store::Store;
use crate::testkit::fixture::Fixture;
use crate::testkit::script::{Client, SCRIPT, State, state};
use crate::testkit::verdict::{CheckResult, fail, holds, same};

/// What is stored before the first step and after each one, if nothing fails.
async fn reference<S: Store>(fixture: &Fixture<S>) -> CheckResult<Vec<State>> {
    let mut client =
        Client::new(fixture, FaultyStore::around(fixture.store.clone(), Faults::every(0, Fault::Delay)))?;
    let mut states = vec![state(fixture).await?];
    for step in SCRIPT {
        holds("a step without faults", "success at once", client.attempt(step).await?)?;
        states.push(state(fixture).await?);
    }
    same("what a run leaves that deletes all it made", &State::new(), &state(fixture).await?)?;
    Ok(states)
}

/// Runs the script with faults. After each failed attempt, a step must be stored entirely or not at all; after each
/// step, the state must be as without faults. Returns whether a fault occurred.
async fn run<S: Store>(
    fixture: &Fixture<S>,
    reference: &[State],
    what: &str,
    faults: Faults,
) -> CheckResult<bool> {
    let faulty = FaultyStore::around(fixture.store.clone(), faults);
    let mut client = Client::new(fixture, faulty.clone())?;
    let afters = reference.iter().skip(1);
    for (number, (step, (before, after))) in SCRIPT.iter().zip(reference.iter().zip(afters)).enumerate() {
        let here = format!("step {} of a run in which {what}", number.saturating_add(1));
        let mut tries = 0;
        while !client.attempt(step).await? {
            let now = state(fixture).await?;
            if now != *before && now != *after {
                let either = format!("{before:?} or {after:?}");
                return fail(format!("what a failed try of {here} left"), either, format!("{now:?}"));
            }
            tries += 1;
            holds(here.clone(), format!("its end after {TRIES} tries"), tries < TRIES)?;
        }
        same(format!("what is stored after {here}"), after, &state(fixture).await?)?;
    }
    Ok(faulty.fired() > 0)
}

/// After how many attempts a step counts as impossible.
const TRIES: usize = 50;

/// More than the calls in the script; the check ends earlier, once a run had no faults.
const CALLS: u64 = 200;

async fn at_each_call<S: Store>(fixture: &Fixture<S>, what: &str, fault: Fault) -> CheckResult {
    let reference = reference(fixture).await?;
    for n in 1..CALLS {
        if !run(fixture, &reference, &format!("{what} call {n}"), Faults::at(n, fault)).await? {
            let calls = usize::try_from(n).unwrap_or_default();
            return holds("the calls that failed", "at least one for each step", calls > SCRIPT.len());
        }
    }
    fail("the calls of the script", format!("fewer than {CALLS}"), "more")
}

pub(super) async fn refused<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    at_each_call(fixture, "the store refuses", Fault::Refuse).await
}

pub(super) async fn lost<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    at_each_call(fixture, "the store loses the answer to", Fault::Lose).await
}

pub(super) async fn at_random<S: Store>(fixture: &Fixture<S>) -> CheckResult {
    let reference = reference(fixture).await?;
    for seed in 0..10 {
        let seed = fixture.options.seed.wrapping_add(seed);
        let faults = Faults::seeded(seed, 3);
        let came = run(fixture, &reference, &format!("calls fail by chance (seed {seed})"), faults).await?;
        holds("the faults of a run", "at least one", came)?;
    }
    Ok(())
}
