//! A client that speaks HTTP over a bare socket, and sends exactly what it is given.

use crate::json::text;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than anything takes, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to `127.0.0.1:PORT`.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// A connection of a client with a small receive buffer, whatever the system's default.
pub fn connect_narrow(address: &str) -> TcpStream {
    let address: SocketAddr = address.parse().expect("an address");
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    socket.connect(&address.into()).expect("a server");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// Sends a request on its own connection, and reads until the server closes it.
pub fn send(address: &str, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let mut stream = connect(address);
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("sent");
    Answer::read(stream)
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Reads until the server closes the connection.
    pub fn read(mut stream: TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        Self::parse(&text)
    }

    /// Parses everything that a server sent.
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
        Self { status: status.expect("a status"), head: head.to_owned(), body: body.to_owned() }
    }

    /// A header, if present.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// The `id` of a resource.
    pub fn id(&self) -> String {
        self.text("id")
    }

    /// The `detail` of a refusal.
    pub fn detail(&self) -> String {
        self.text("detail")
    }

    /// A text attribute of the body.
    pub fn text(&self, name: &str) -> String {
        let json = self.json();
        text(json.get(name).unwrap_or_else(|| panic!("no {name}: {json}"))).to_owned()
    }

    /// Asserts that this is a SCIM error (RFC 7644 section 3.12) with this status.
    pub fn assert_scim_error(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/scim+json"), "{}", self.body);
        let body = self.json();
        let urn = json!(["urn:ietf:params:scim:api:messages:2.0:Error"]);
        assert_eq!((body.get("schemas"), body.get("status")), (Some(&urn), Some(&json!(status.to_string()))));
        let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
        let known = ["schemas", "status", "scimType", "detail"];
        assert!(names.iter().all(|n| known.contains(&n.as_str())), "{names:?}");
    }
}
