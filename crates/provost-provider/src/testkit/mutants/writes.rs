//! Wrong writes.

use super::{Bug, Wrong};
use crate::error::StoreError;
use crate::faulty::pause;
use crate::store::{Context, Create, Delete, Find, Get, Result, Store, Update, Updated};
use provost_core::change::{MissingMembers, NewResource, Transition, UniqueKey};
use provost_core::query::Include;
use provost_core::{Change, Id, Number, Object, ResourceType, Value, Version};
use std::sync::Arc;

impl Wrong {
    pub(super) async fn make(
        &self,
        kind: &Arc<ResourceType>,
        mut new: NewResource,
        cx: &Context,
    ) -> Result<Updated> {
        self.keys(kind, &new.id, &new.body, &mut new.unique).await?;
        self.spoil_body(&mut new.body, &new.secrets);
        match self.bug {
            Bug::ForgetsFirstMembers => new.members.clear(),
            Bug::AlwaysSkips => new.missing = MissingMembers::Skip,
            Bug::AlwaysRefuses => new.missing = MissingMembers::Refuse,
            Bug::LeaksMembers => new.members = self.only_ours(&new.members).await?,
            Bug::StaleIndex => drop(self.seen().first.insert(new.id.clone(), new.body.clone())),
            Bug::HalfApplies => {
                let members = std::mem::take(&mut new.members);
                let (id, missing) = (new.id.clone(), new.missing);
                let made = self.inner.create(Create::new(kind, new, cx)).await?;
                if members.is_empty() {
                    return Ok(made);
                }
                pause(2).await;
                let mut change = Change::default();
                (change.members.add, change.members.missing) = (members, missing);
                return self.inner.update(Update::new(kind, &id, change, Include::ALL, cx)).await;
            }
            _ => {}
        }
        self.seen().kinds.insert(new.id.clone(), kind.name.to_string());
        Ok(self.spoil_answer(self.inner.create(Create::new(kind, new, cx)).await?))
    }

    pub(super) async fn change(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        mut change: Change,
        include: Include,
        cx: &Context,
    ) -> Result<Updated> {
        change.expect = self.inside(id, change.expect);
        if let Some(body) = &mut change.body {
            self.keys(kind, id, body, &mut change.unique).await?;
            self.spoil_body(body, &change.secrets);
        }
        self.spoil_members(kind, id, &mut change).await?;
        let inner = match self.bug {
            Bug::LeaksWrites
                if self.inner.get(Get::new(&self.service, kind, id, include)).await?.is_none() =>
            {
                &self.other
            }
            _ => &self.inner,
        };
        let before = inner.get(Get::new(&self.service, kind, id, Include::ALL)).await?;
        match self.bug {
            Bug::IgnoresExpect => change.expect = None,
            Bug::ComparesThenWrites => {
                let current = before.as_ref().map(|r| r.version);
                if change.expect.is_some() && current.is_some() && change.expect != current {
                    return Err(StoreError::VersionMismatch);
                }
                pause(2).await;
                change.expect = None;
            }
            // the version seen earlier, which the caller never gave
            Bug::MismatchesUnasked if change.expect.is_none() => {
                change.expect = before.as_ref().map(|r| r.version);
                // longer than even a busy machine takes until all of them have checked
                pause(50).await;
            }
            Bug::Merges => {
                if let (Some(body), Some(before)) = (&mut change.body, &before) {
                    let mut merged = before.body.clone().into_object().unwrap();
                    std::mem::take(body).into_iter().for_each(|(n, v)| drop(merged.insert(n, v)));
                    *body = merged;
                }
            }
            Bug::FreesKeysOfInactive if change.transition == Some(Transition::Deactivated) => {
                change.unique.clear();
            }
            Bug::HalfApplies if change.body.is_some() && !change.members.is_empty() => {
                let mut first = Change::default();
                (first.members, first.expect) = (std::mem::take(&mut change.members), change.expect.take());
                inner.update(Update::new(kind, id, first, include, cx)).await?;
                pause(2).await;
            }
            _ => {}
        }
        let transition = change.transition;
        let include = if self.has(Bug::ShowsUnwanted) { Include::ALL } else { include };
        let updated = match inner.update(Update::new(kind, id, change, include, cx)).await {
            Err(StoreError::NotFound) if self.has(Bug::ForgivesUnknown) => {
                let made = NewResource::new(id.clone(), Object::from_iter([("userName", "made up")]));
                return self.inner.create(Create::new(kind, made, cx)).await;
            }
            other => other?,
        };
        match self.bug {
            Bug::CountsNothing if !updated.changed => {
                *self.seen().extra.entry(id.clone()).or_default() += 1;
            }
            Bug::RenameCounts if updated.changed => {
                let groups = before.iter().flat_map(|r| &r.groups);
                groups.for_each(|g| *self.seen().extra.entry(g.id.clone()).or_default() += 1);
            }
            Bug::DeletesInactive if transition == Some(Transition::Deactivated) => {
                self.inner.delete(Delete::new(kind, id, None, cx)).await?;
            }
            _ => {}
        }
        Ok(self.spoil_answer(updated))
    }

    pub(super) async fn remove(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        let expect = match self.bug {
            Bug::IgnoresExpect => None,
            _ => self.inside(id, expect),
        };
        let before = self.inner.get(Get::new(&self.service, kind, id, Include::ALL)).await?;
        match self.bug {
            Bug::NeverDeletes if before.is_some() => return Ok(()),
            Bug::HidesDeleted if before.is_some() => {
                return self.seen().hidden.insert(id.clone()).then_some(()).ok_or(StoreError::NotFound);
            }
            Bug::StaleGroups => {
                for group in self
                    .inner
                    .find(Find::new(&self.service, kind, &provost_core::Query::default()))
                    .await?
                    .resources
                {
                    let link = provost_core::resource::Link {
                        id: group.id.clone(),
                        resource_type: kind.name.as_str().into(),
                        display: None,
                    };
                    let lost = group.members.iter().filter(|_| group.id == *id);
                    self.seen().lost.extend(lost.map(|m| (m.id.clone(), link.clone())));
                }
            }
            Bug::HalfApplies => {
                let none = before.iter().flat_map(|r| &r.groups);
                for group in none {
                    let kind = self.service.schemas.resource_type(&group.resource_type).unwrap();
                    let mut leaves = Change::default();
                    leaves.members.remove = vec![id.clone()];
                    self.inner.update(Update::new(kind, &group.id, leaves, Include::BODY, cx)).await?;
                    pause(2).await;
                }
            }
            _ => {}
        }
        match self.inner.delete(Delete::new(kind, id, expect, cx)).await {
            Err(StoreError::NotFound) if self.has(Bug::TypeBlind) => {
                for other in self.others(kind) {
                    if self.inner.delete(Delete::new(&other, id, None, cx)).await.is_ok() {
                        return Ok(());
                    }
                }
                Err(StoreError::NotFound)
            }
            Err(StoreError::NotFound) if self.has(Bug::LeaksWrites) => {
                self.other.delete(Delete::new(kind, id, expect, cx)).await
            }
            other => other,
        }
    }

    fn spoil_body(&self, body: &mut Object, secrets: &Object) {
        match self.bug {
            Bug::AbsentIsActive if body.contains("userName") && !body.contains("active") => {
                body.insert("active", true);
            }
            Bug::DropsNickName => drop(body.remove("nickName")),
            Bug::DropsFloats => body.retain(|_, value| !matches!(value, Value::Number(Number::Float(_)))),
            Bug::DropsExtensions => body.retain(|name, _| !name.as_str().contains(':')),
            Bug::StoresSecrets => {
                secrets.iter().for_each(|(name, value)| drop(body.insert(name.clone(), value.clone())));
            }
            _ => {}
        }
    }

    fn spoil_answer(&self, mut updated: Updated) -> Updated {
        if self.has(Bug::AlwaysSkips) {
            updated.skipped.clear();
        }
        updated.resource = self.shown(updated.resource);
        updated
    }

    async fn spoil_members(&self, kind: &Arc<ResourceType>, id: &Id, change: &mut Change) -> Result<()> {
        if change.members.is_empty() {
            return Ok(());
        }
        let m = &mut change.members;
        let now = self
            .inner
            .get(Get::new(&self.service, kind, id, Include::ALL))
            .await?
            .map(|r| r.members)
            .unwrap_or_default();
        match self.bug {
            Bug::AddReplaces => m.clear = !m.add.is_empty(),
            Bug::RemoveClears => m.clear = !m.remove.is_empty(),
            Bug::RemoveInsists if m.remove.iter().any(|id| !now.iter().any(|link| link.id == *id)) => {
                return Err(StoreError::NotFound);
            }
            Bug::AddsOnly if !m.add.is_empty() => m.remove.clear(),
            Bug::ReplaceKeeps if !m.add.is_empty() => m.clear = false,
            Bug::NeverEmpties if m.add.is_empty() => m.clear = false,
            Bug::DropsGroups => {
                let seen = self.seen();
                m.add.retain(|id| seen.kinds.get(id).is_none_or(|kind| kind != "Group"));
            }
            Bug::RewritesMembers if m.missing == MissingMembers::Refuse => {
                pause(2).await;
                let stay = now.iter().map(|link| &link.id).filter(|id| !m.remove.contains(id)).cloned();
                let mut all: Vec<Id> = if m.clear { Vec::new() } else { stay.collect() };
                all.extend(m.add.iter().filter(|id| !all.contains(id)).cloned().collect::<Vec<_>>());
                (m.add, m.clear) = (all, true);
                m.remove.clear();
            }
            Bug::AlwaysSkips => m.missing = MissingMembers::Skip,
            Bug::AlwaysRefuses => m.missing = MissingMembers::Refuse,
            Bug::LeaksMembers => m.add = self.only_ours(&m.add).await?,
            Bug::GhostsEmpty if m.clear && m.missing == MissingMembers::Skip => {
                let seen = self.seen();
                m.add.retain(|id| seen.kinds.contains_key(id));
            }
            _ => {}
        }
        Ok(())
    }

    /// Accepts members of another tenant, and then forgets them.
    async fn only_ours(&self, ids: &[Id]) -> Result<Vec<Id>> {
        let mut ours = Vec::new();
        for id in ids {
            let mut theirs = false;
            for kind in self.service.schemas.resource_types() {
                theirs |= self.other.get(Get::new(&self.service, kind, id, Include::BODY)).await?.is_some();
            }
            if !theirs {
                ours.push(id.clone());
            }
        }
        Ok(ours)
    }

    /// Wrong uniqueness.
    async fn keys(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        body: &Object,
        keys: &mut Vec<UniqueKey>,
    ) -> Result<()> {
        let is_new = self.inner.get(Get::new(&self.service, kind, id, Include::BODY)).await?.is_none();
        match self.bug {
            Bug::NoUniqueness => keys.clear(),
            Bug::UniqueOnCreate if !is_new => keys.clear(),
            Bug::AsciiUniqueness => {
                for key in keys {
                    key.key = body.str(&key.attribute).unwrap_or_default().to_ascii_lowercase();
                }
            }
            Bug::ChecksThenInserts => {
                for key in std::mem::take(keys) {
                    let mut every = provost_core::Query::default();
                    every.count = 1_000;
                    let all = self.inner.find(Find::new(&self.service, kind, &every)).await?.resources;
                    let has = |r: &provost_core::Resource| {
                        let text = r.body.clone().into_object().unwrap();
                        text.str(&key.attribute).is_some_and(|t| t.to_lowercase() == key.key)
                    };
                    if all.iter().any(|r| r.id != *id && has(r)) {
                        return Err(StoreError::Conflict { attribute: key.attribute });
                    }
                    pause(2).await;
                }
            }
            Bug::ConflictsWithItself | Bug::KeysForEver | Bug::OneKeySpace | Bug::LeaksKeys => {
                let mut seen = self.seen();
                for UniqueKey { attribute, key } in keys.iter() {
                    let holder = seen.holders.get(key);
                    let taken = holder.is_some_and(|(by, of)| match self.bug {
                        Bug::ConflictsWithItself => by == id,
                        Bug::KeysForEver => by != id && of == attribute,
                        Bug::OneKeySpace => of != attribute,
                        _ => by != id,
                    });
                    if taken {
                        return Err(StoreError::Conflict { attribute: attribute.clone() });
                    }
                    seen.holders.insert(key.clone(), (id.clone(), attribute.clone()));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
