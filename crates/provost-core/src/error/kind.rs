//! The kinds of refusal as a table: status, `scimType`, and what the reader can do.

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:literal, $scim_type:expr => $what_to_do:literal;)+) => {
        /// What went wrong, in the categories of RFC 7644 section 3.12 and RFC 9865 section 2.1.
        ///
        /// The enum is deliberately exhaustive: a new kind is a new promise to clients, and every `match` has to
        /// consider it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind { $($(#[$doc])* $kind),+ }

        impl ErrorKind {
            /// Every kind, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Status, `scimType`, and what to do.
            const fn row(self) -> (u16, Option<&'static str>, &'static str) {
                match self { $(Self::$kind => ($status, $scim_type, $what_to_do)),+ }
            }
        }
    };
}

kinds! {
    /// The filter cannot be parsed, or asks for something that is not supported.
    InvalidFilter = 400, Some("invalidFilter") =>
        "Correct the matching attribute of the mapping; the byte counts from the start of the filter. A plus in a URL is `%2B`.";
    /// The answer would exceed the server's limit.
    TooMany = 400, Some("tooMany") =>
        "Narrow the filter, or query the endpoint of one resource type, which has pages for any number.";
    /// Another resource already has the value.
    Uniqueness = 409, Some("uniqueness") =>
        "Two directory objects are mapped to the same value; change the mapping or one of the objects. `externalId` is unique where `provost org show SLUG` says so.";
    /// The attribute cannot be changed in this way.
    Mutability = 400, Some("mutability") =>
        "Remove the attribute from the mapping.";
    /// The body is not JSON, or not the expected message.
    InvalidSyntax = 400, Some("invalidSyntax") =>
        "Correct the body; the detail says so where it was empty. In the `entra` profile unknown attributes are left out instead.";
    /// The path of a PATCH operation cannot be parsed, or names no attribute.
    InvalidPath = 400, Some("invalidPath") =>
        "Paths are attribute names like `name.givenName`, not JSON pointers; a filter goes in brackets, `emails[type eq \"work\"]`.";
    /// The path of a PATCH operation matches no value.
    NoTarget = 400, Some("noTarget") =>
        "Add the value first. In the `entra` profile it is created instead.";
    /// A value is missing, has the wrong type, or is not acceptable.
    InvalidValue = 400, Some("invalidValue") =>
        "Correct the value or the mapping's expression.";
    /// The protocol version is not supported.
    InvalidVersion = 400, Some("invalidVers") =>
        "Use a Tenant URL that ends in `/scim/v2`.";
    /// The cursor is not from this server, or belongs to another query.
    InvalidCursor = 400, Some("invalidCursor") =>
        "Start again with an empty `cursor`.";
    /// The cursor has expired.
    ExpiredCursor = 400, Some("expiredCursor") =>
        "Start again with an empty `cursor`.";
    /// The `count` of a page by cursor is not a number, or differs from the first page's.
    InvalidCount = 400, Some("invalidCount") =>
        "Keep the same `count` while following a cursor.";
    /// The request is not valid HTTP: a path that is not UTF-8, or a duplicate header.
    BadRequest = 400, None =>
        "Correct the HTTP request.";
    /// The credentials are missing or invalid.
    Unauthorized = 401, None =>
        "Paste a new Secret Token: `provost token create --org SLUG`. The detail names a visible mistake: the word `Bearer` or a quotation mark before the token, or a space in it.";
    /// The credentials do not allow this.
    Forbidden = 403, None =>
        "Use a token that can write; or do what the detail says: a person has to allow it first. Discovery endpoints do not accept `filter`.";
    /// There is no such endpoint or resource.
    NotFound = 404, None =>
        "The resource was deleted: restart provisioning if Entra still remembers it. For an unknown endpoint, check the Tenant URL.";
    /// The endpoint does not allow the method.
    MethodNotAllowed = 405, None =>
        "Use one of the methods of the Allow header.";
    /// The request did not arrive in time.
    Timeout = 408, None =>
        "Send the request again; if it keeps timing out, check the network in between, or raise `--limit-body-time`.";
    /// The request conflicts with the state of the resource, or a guard refuses it.
    Conflict = 409, None =>
        "Do what the detail says, then retry.";
    /// The resource's version is not the required one.
    PreconditionFailed = 412, None =>
        "Read the resource again and retry with its ETag.";
    /// The body is too large, or contains too many operations.
    PayloadTooLarge = 413, None =>
        "Send less at once; the detail names the limit.";
    /// The media type of the body is not supported.
    UnsupportedMediaType = 415, None =>
        "Set the Content-Type.";
    /// The client has sent more requests than its limit.
    TooManyRequests = 429, None =>
        "Wait as long as Retry-After says.";
    /// The request's target and headers are too large.
    HeadTooLarge = 431, None =>
        "Send a long filter by POST to `/.search`, or send fewer headers.";
    /// A fault of the server.
    Internal = 500, None =>
        "Give the incident to the operator, who can find it in the log.";
    /// A part of the protocol that is turned off.
    NotImplemented = 501, None =>
        "See `/ServiceProviderConfig` for what is supported.";
    /// The storage is currently unavailable, or could not confirm a write.
    Unavailable = 503, None =>
        "Wait as long as Retry-After says; the write may or may not have taken effect, and repeating it is safe.";
}

impl ErrorKind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The `scimType` from RFC 7644 table 9 or RFC 9865 section 2.1, if there is one.
    #[must_use]
    pub const fn scim_type(self) -> Option<&'static str> {
        self.row().1
    }

    /// What the reader of such an error can do, in Markdown: the last column of `docs/errors.md`.
    #[must_use]
    pub const fn what_to_do(self) -> &'static str {
        self.row().2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// A client only sees status and `scimType`, so no two kinds may share both.
    #[test]
    fn an_answer_tells_its_kind() {
        let seen: HashSet<_> = ErrorKind::ALL.iter().map(|k| (k.status(), k.scim_type())).collect();
        assert_eq!(seen.len(), ErrorKind::ALL.len());
    }
}
