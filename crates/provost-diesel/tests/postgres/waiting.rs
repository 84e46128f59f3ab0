//! Two processes on one database, one of which a test can stop.

use super::database::{self, Conn, Database, Directory, Place, TenantStore};
use crate::store::{at, id, resource, service};
use provost_core::ResourceType;
use provost_diesel::{Decision, Event, Hook, HookError, Intent, TenantId, WriteContext};
use provost_provider::Create;
use provost_provider::Store;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where a write is stopped: inside its transaction, holding its locks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// Everything to be written is locked, and nothing is written yet.
    Guard,
    /// Everything is written, and nothing is committed.
    Written,
}

/// Where the next write stops, whom it tells, and what it waits for.
type Stop = (Point, Sender<()>, Receiver<()>);

/// A hook that stops the next write at a point until it is let go.
#[derive(Clone, Default)]
pub(super) struct Holder {
    next: Arc<Mutex<Option<Stop>>>,
    /// How often a write began.
    pub(super) begun: Arc<AtomicUsize>,
}

/// A write that is stopped.
pub(super) struct Held {
    reached: Receiver<()>,
    go_on: Sender<()>,
}

impl Holder {
    pub(super) fn hold_next(&self, point: Point) -> Held {
        let ((reach, reached), (go_on, gone)) = (channel(), channel());
        *self.next.lock().unwrap() = Some((point, reach, gone));
        Held { reached, go_on }
    }

    fn pass(&self, point: Point) {
        let next = self.next.lock().unwrap().take_if(|(wanted, ..)| *wanted == point);
        if let Some((_, reach, gone)) = next {
            reach.send(()).unwrap();
            // a failed test lets it go too
            let _ = gone.recv();
        }
    }
}

impl Held {
    /// Waits until the write has stopped.
    pub(super) async fn reached(self) -> Self {
        tokio::task::spawn_blocking(move || {
            self.reached.recv().unwrap();
            self
        })
        .await
        .unwrap()
    }

    pub(super) fn go_on(self) {
        self.go_on.send(()).unwrap();
    }
}

impl Hook<Conn> for Holder {
    fn guard(&self, _: &mut Conn, _: &WriteContext, _: Intent<'_>) -> Result<Decision, HookError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.pass(Point::Guard);
        Ok(Decision::Allow)
    }

    fn on(&self, _: &mut Conn, _: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        if matches!(event, Event::Written(_)) {
            self.pass(Point::Written);
        }
        Ok(())
    }
}

/// Two processes.
pub(super) struct Two {
    pub(super) place: Place,
    pub(super) holder: Holder,
    /// The one that can be stopped.
    pub(super) first: TenantStore<Holder>,
    pub(super) second: TenantStore,
    pub(super) directory: Directory,
    pub(super) user: Arc<ResourceType>,
    pub(super) group: Arc<ResourceType>,
}

impl Two {
    pub(super) async fn open() -> Self {
        let (place, holder) = (Place::new(), Holder::default());
        let first = database::open(&place, service(), holder.clone());
        let directory = database::open(&place, service(), ());
        first.migrate().await.unwrap();
        let kind = |name| directory.schemas().resource_type(name).unwrap().clone();
        let (user, group) = (kind("User"), kind("Group"));
        let (first, second) = (first.tenant(TenantId(1)), directory.tenant(TenantId(1)));
        Self { place, holder, first, second, directory, user, group }
    }

    pub(super) fn database(&self) -> &Database {
        self.directory.database()
    }

    pub(super) async fn add_user(&self, n: u32, name: &str) {
        let new = resource(&self.user, n, &format!(r#"{{"userName":"{name}"}}"#));
        self.second.create(Create::new(&self.user, new, &at(n.into()))).await.unwrap();
    }

    pub(super) async fn add_group(&self, n: u32, members: &[u32]) {
        let mut new = resource(&self.group, n, r#"{"displayName":"g"}"#);
        new.members = members.iter().map(|n| id(*n)).collect();
        self.second.create(Create::new(&self.group, new, &at(n.into()))).await.unwrap();
    }

    /// Waits until a session of the database waits for a lock, or the work is done.
    pub(super) async fn waits_or_is_done<T>(&self, work: &tokio::task::JoinHandle<T>) {
        let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while !work.is_finished() && self.place.database().text(waiting) == "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Checks that the tables agree with each other.
    pub(super) async fn is_whole(&self) {
        assert_eq!(self.directory.check(10).await.unwrap(), []);
    }
}
