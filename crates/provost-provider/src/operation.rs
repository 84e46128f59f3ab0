//! What SCIM can ask of a server.

use crate::conditions::Conditions;
use crate::params::Params;
use crate::request::Request;
use provost_core::{Id, ResourceType};
use std::sync::Arc;

/// Everything that a request can ask for. The set is closed: [`Provider`](crate::Provider) answers it in one `match`.
#[derive(Debug, Clone)]
pub enum Operation<'a> {
    /// `POST /Users` (RFC 7644 section 3.3).
    Create {
        /// Of which type.
        resource_type: Arc<ResourceType>,
        /// What the answer is to hold.
        params: Params,
        /// The resource.
        body: Payload<'a>,
    },
    /// `GET /Users/{id}` (RFC 7644 section 3.4.1).
    Get {
        /// Of which type.
        resource_type: Arc<ResourceType>,
        /// Which one.
        id: Id,
        /// What the answer is to hold.
        params: Params,
        /// Whether the client has it already.
        conditions: Conditions,
    },
    /// `GET /Users` (RFC 7644 section 3.4.2).
    List {
        /// Of which type.
        resource_type: Arc<ResourceType>,
        /// Filter, sort, page and attributes.
        params: Params,
    },
    /// `POST /Users/.search`, or `POST /.search` for every type (RFC 7644 section 3.4.3).
    Search {
        /// Of which type; `None` for every type.
        resource_type: Option<Arc<ResourceType>>,
        /// Those of the URL. What the message says comes before them.
        params: Params,
        /// The SearchRequest message.
        body: Payload<'a>,
    },
    /// `GET` of the base URL: the resources of every type (RFC 7644 section 3.4.2.1).
    ListAll {
        /// Filter, sort, page and attributes.
        params: Params,
    },
    /// `POST /Bulk` (RFC 7644 section 3.7).
    Bulk {
        /// The BulkRequest message.
        body: Payload<'a>,
    },
    /// Anything at `/Me` (RFC 7644 section 3.11): what it is about is known when the caller is.
    Me(Request<'a>),
    /// `PUT /Users/{id}` (RFC 7644 section 3.5.1).
    Replace {
        /// What is written.
        target: WriteTarget,
        /// What the answer is to hold.
        params: Params,
        /// The resource.
        body: Payload<'a>,
    },
    /// `PATCH /Users/{id}` (RFC 7644 section 3.5.2).
    Patch {
        /// What is written.
        target: WriteTarget,
        /// What the answer is to hold.
        params: Params,
        /// The PatchOp message.
        body: Payload<'a>,
    },
    /// `DELETE /Users/{id}` (RFC 7644 section 3.6).
    Delete {
        /// What is removed.
        target: WriteTarget,
    },
    /// Discovery (RFC 7644 section 4): no tenant's data is part of it.
    Discover(Discovery),
    /// `OPTIONS` on any endpoint.
    Options {
        /// The methods of the endpoint, as in the header Allow.
        allow: &'static str,
    },
}

/// The resource that a write is about.
#[derive(Debug, Clone)]
pub struct WriteTarget {
    /// Of which type.
    pub resource_type: Arc<ResourceType>,
    /// Which one.
    pub id: Id,
    /// In which version.
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

/// A body, as it came.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Payload<'a> {
    /// The header Content-Type.
    pub content_type: Option<&'a str>,
    /// The header Content-Encoding.
    pub content_encoding: Option<&'a str>,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Without the bytes, which hold people's data.
impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("content_type", &self.content_type)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
