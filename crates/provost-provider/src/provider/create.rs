//! POST (RFC 7644 section 3.3).

use super::call::{Call, explain, unreadable};
use crate::error::StoreError;
use crate::operation::Payload;
use crate::outcome::{Answer, Asked, Write, WriteKind};
use crate::params::Params;
use crate::store::{Create, Store, Update, Updated};
use provost_core::change::{NewResource, UniqueKey, is_active};
use provost_core::compat::Reader;
use provost_core::filter::{CompareOp, Comparison, Operand};
use provost_core::policy::Choice;
use provost_core::project::written_in;
use provost_core::query::Include;
use provost_core::schema::Type;
use provost_core::validate::Accepted;
use provost_core::{Error, Object, Query, Resource, ResourceType, TypedFilter};
use std::sync::Arc;

const USER_NAME: &str = "userName";

impl<S: Store> Call<'_, S> {
    pub(super) async fn create(
        &self,
        kind: &Arc<ResourceType>,
        params: &Params,
        body: Payload<'_>,
    ) -> Result<Answer, Error> {
        let mut reader = self.reader();
        let projection = self.projection(params, kind, &mut reader)?;
        let object = body.object(&mut reader)?;
        let projection = projection.with_written(written_in(&object, kind));
        let created = self.make(kind, object, &mut reader).await?;
        let (resource_type, id) = (kind.clone(), Some(created.resource.id.clone()));
        let mut answer = self.written(201, created, kind, &projection, reader.notes).await?;
        answer.outcome.asked = Asked::Write(Write { kind: WriteKind::Create, resource_type, id });
        Ok(answer)
    }

    /// Creates a resource, or takes over an inactive one.
    pub(super) async fn make(
        &self,
        kind: &Arc<ResourceType>,
        object: Object,
        reader: &mut Reader<'_>,
    ) -> Result<Updated, Error> {
        // the body is needed again only if it may reactivate an inactive resource
        let may_reactivate = reader.policy().reactivate_on_create && kind.active().is_some();
        let again = may_reactivate.then(|| object.clone());
        let accepted = reader.create(object, kind)?;
        let keys = accepted.unique.clone();
        let new = self.new_resource(accepted);
        match self.store().create(Create::new(kind, new, &self.context(reader.notes.clone()))).await {
            Err(StoreError::Conflict { attribute }) => {
                let back = match again {
                    // the same name means the same person; another shared value does not
                    Some(object) if attribute == USER_NAME => {
                        self.reactivate(kind, object, &attribute, &keys, reader).await?
                    }
                    _ => None,
                };
                match back {
                    Some(updated) => Ok(updated),
                    None => Err(self.conflict(kind, &attribute, &keys).await),
                }
            }
            other => other.map_err(|e| explain(e, kind, None)),
        }
    }

    fn new_resource(&self, accepted: Accepted) -> NewResource {
        let mut new = NewResource::new((self.settings.ids)(), accepted.body);
        new.members = accepted.members.unwrap_or_default();
        new.missing = accepted.missing;
        new.unique = accepted.unique;
        new.secrets = accepted.secrets;
        new
    }

    /// Reactivates the inactive resource that already has the key, with the new attributes; it becomes active unless
    /// they say otherwise. `None` if the one that has the key is active.
    async fn reactivate(
        &self,
        kind: &Arc<ResourceType>,
        object: Object,
        attribute: &str,
        keys: &[UniqueKey],
        reader: &mut Reader<'_>,
    ) -> Result<Option<Updated>, Error> {
        let Some(old) = self.holder(kind, attribute, keys).await? else { return Ok(None) };
        self.effort(|effort| effort.open(old.body.size()))?;
        let current = old.document(kind, self.service()).map_err(unreadable)?;
        if is_active(kind, &current) {
            return Ok(None);
        }
        let mut change = reader.take_over(object, &current, kind)?;
        change.expect = Some(old.version);
        reader.notes.merge(std::mem::take(&mut change.notes));
        reader.notes.record(Choice::ReactivateOnCreate);
        let cx = self.context(reader.notes.clone());
        match self.store().update(Update::new(kind, &old.id, change, Include::ALL, &cx)).await {
            Ok(updated) => Ok(Some(updated)),
            // another request was faster, so this one is a duplicate after all
            Err(StoreError::VersionMismatch | StoreError::NotFound) => Ok(None),
            Err(e) => Err(explain(e, kind, Some(&old.id))),
        }
    }

    /// Why a duplicate value is refused. If its holder is inactive and so appears in no list of members, the message
    /// says that.
    pub(super) async fn conflict(
        &self,
        kind: &Arc<ResourceType>,
        attribute: &str,
        keys: &[UniqueKey],
    ) -> Error {
        let taken = explain(StoreError::Conflict { attribute: attribute.to_owned() }, kind, None);
        let Ok(Some(holder)) = self.holder(kind, attribute, keys).await else { return taken };
        if self.effort(|effort| effort.open(holder.body.size())).is_err() {
            return taken;
        }
        match holder.document(kind, self.service()) {
            Ok(document) if !is_active(kind, &document) => {
                let message = format!("that {} is inactive: reactivate it, or delete it first", kind.name);
                taken.and(&message)
            }
            _ => taken,
        }
    }

    /// The resource that has the key.
    async fn holder(
        &self,
        kind: &Arc<ResourceType>,
        attribute: &str,
        keys: &[UniqueKey],
    ) -> Result<Option<Resource>, Error> {
        let found = kind.unique_attributes().find(|a| a.is(attribute) && a.leaf().kind == Type::String);
        let key = keys.iter().find(|k| k.attribute.eq_ignore_ascii_case(attribute));
        let (Some(found), Some(key)) = (found, key) else { return Ok(None) };
        let operand = Operand::Text(key.key.as_str().into());
        let mut query = Query::default();
        query.filter = Some(TypedFilter::Compare(Comparison::new(found, CompareOp::Eq, operand)));
        query.count = 1;
        query.include = Include::BODY;
        let page = self.find(kind, &query).await?;
        Ok(page.resources.into_iter().next())
    }
}
