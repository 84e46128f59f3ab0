//! What SCIM can ask a server to do.

use crate::conditions::Conditions;
use crate::params::Params;
use crate::request::Request;
use provost_core::{Id, ResourceType};
use std::sync::Arc;

/// Everything a request can ask for. The set is closed: [`Provider`](crate::Provider) answers it in one `match`.
#[derive(Debug, Clone)]
pub enum Operation<'a> {
    /// `POST /Users` (RFC 7644 section 3.3).
    Create {
        /// The type of the resource.
        resource_type: Arc<ResourceType>,
        /// What the answer should contain.
        params: Params,
        /// The resource.
        body: Payload<'a>,
    },
    /// `GET /Users/{id}` (RFC 7644 section 3.4.1).
    Get {
        /// The type of the resource.
        resource_type: Arc<ResourceType>,
        /// Its id.
        id: Id,
        /// What the answer should contain.
        params: Params,
        /// Whether the client already has it.
        conditions: Conditions,
    },
    /// `GET /Users` (RFC 7644 section 3.4.2).
    List {
        /// The type of the resources.
        resource_type: Arc<ResourceType>,
        /// Filter, sort, page and attributes.
        params: Params,
    },
    /// `POST /Users/.search`, or `POST /.search` for every type (RFC 7644 section 3.4.3).
    Search {
        /// The type of the resources; `None` for all types.
        resource_type: Option<Arc<ResourceType>>,
        /// The parameters in the URL. Those in the message take precedence.
        params: Params,
        /// The SearchRequest message.
        body: Payload<'a>,
    },
    /// `GET` on the base URL: the resources of all types (RFC 7644 section 3.4.2.1).
    ListAll {
        /// Filter, sort, page and attributes.
        params: Params,
    },
    /// `POST /Bulk` (RFC 7644 section 3.7).
    Bulk {
        /// The BulkRequest message.
        body: Payload<'a>,
    },
    /// Any request to `/Me` (RFC 7644 section 3.11), whose resource is known once the caller is.
    Me(Request<'a>),
    /// `PUT /Users/{id}` (RFC 7644 section 3.5.1).
    Replace {
        /// The resource to replace.
        target: WriteTarget,
        /// What the answer should contain.
        params: Params,
        /// The resource.
        body: Payload<'a>,
    },
    /// `PATCH /Users/{id}` (RFC 7644 section 3.5.2).
    Patch {
        /// The resource to change.
        target: WriteTarget,
        /// What the answer should contain.
        params: Params,
        /// The PatchOp message.
        body: Payload<'a>,
    },
    /// `DELETE /Users/{id}` (RFC 7644 section 3.6).
    Delete {
        /// The resource to delete.
        target: WriteTarget,
    },
    /// Discovery (RFC 7644 section 4), which involves no tenant's data.
    Discover(Discovery),
    /// `OPTIONS` on any endpoint.
    Options {
        /// The methods of the endpoint, in the form of the Allow header.
        allow: &'static str,
    },
}

/// The resource of a write.
#[derive(Debug, Clone)]
pub struct WriteTarget {
    /// The type of the resource.
    pub resource_type: Arc<ResourceType>,
    /// Its id.
    pub id: Id,
    /// The version it must have.
    pub conditions: Conditions,
}

/// A discovery document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discovery {
    /// `/ServiceProviderConfig`
    ServiceProviderConfig,
    /// `/Schemas`
    Schemas,
    /// `/Schemas/{urn}`
    Schema(String),
    /// `/ResourceTypes`
    ResourceTypes,
    /// `/ResourceTypes/{name}`
    ResourceType(String),
}

/// A body as received.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Payload<'a> {
    /// The Content-Type header.
    pub content_type: Option<&'a str>,
    /// The Content-Encoding header.
    pub content_encoding: Option<&'a str>,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Without the bytes, which contain people's data.
impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
