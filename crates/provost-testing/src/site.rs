//! A site at an https address that gives every request the answer that a test chooses.

use crate::authority::Authority;
use crate::http::PATIENCE;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The answer.
#[derive(Debug, Clone)]
pub enum Answering {
    /// 200 with this body.
    With(Vec<u8>),
    /// Exactly this, including the head.
    Raw(String),
    /// 200 with an endless body.
    Endless,
    /// Nothing; the connection stays open.
    Silent,
}

/// The site. It listens until the test ends.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    answering: Arc<Mutex<Answering>>,
}

impl Site {
    /// On a free port of 127.0.0.1, with a certificate for this host.
    pub fn start(authority: &Authority, host: &str, answering: Answering) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tls, asked) = (authority.server(host), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        let answering = Arc::new(Mutex::new(answering));
        let now = Arc::clone(&answering);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answering = now.lock().expect("whole").clone();
                let (tls, count) = (Arc::clone(&tls), Arc::clone(&count));
                // a client that hangs up does not fail the test
                thread::spawn(move || drop(answer(stream, tls, &count, &answering)));
            }
        });
        Self { address, asked, answering }
    }

    /// The answer from now on.
    pub fn answer(&self, answering: Answering) {
        *self.answering.lock().expect("whole") = answering;
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address on it, under a host name of its certificate.
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    /// The number of requests so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn answer(
    stream: TcpStream,
    tls: Arc<ServerConfig>,
    asked: &AtomicUsize,
    answering: &Answering,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    asked.fetch_add(1, Ordering::Relaxed);
    match answering {
        Answering::With(body) => {
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
        }
        Answering::Raw(all) => stream.write_all(all.as_bytes())?,
        Answering::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 16 * 1024])?;
            }
        }
        Answering::Silent => drop(stream.read(&mut byte)?),
    }
    stream.conn.send_close_notify();
    stream.flush()
}
