//! A proxy before a database server that counts how often a client waits for an answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What a client sent between two answers.
type Turn = Vec<u8>;

/// The turns of all connections through a proxy.
#[derive(Debug, Clone, Default)]
pub struct Turns(Arc<Mutex<Vec<Arc<Mutex<Connection>>>>>);

#[derive(Debug, Default)]
struct Connection {
    turns: Vec<Turn>,
    answered: bool,
    /// Whether a read-only transaction is open, whose end may come after counts were last taken.
    reads: bool,
}

impl Connection {
    fn sent(&mut self, bytes: &[u8]) {
        if self.answered || self.turns.is_empty() {
            self.turns.push(Vec::new());
            self.answered = false;
        }
        if let Some(turn) = self.turns.last_mut() {
            turn.extend_from_slice(bytes);
        }
    }

    fn take(&mut self) -> usize {
        const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
        let holds = |turn: &Turn, text: &[u8]| turn.windows(text.len()).any(|part| part == text);
        let (mut reads, mut count) = (self.reads, 0);
        for turn in std::mem::take(&mut self.turns) {
            // it is either alone, or followed by something without a wait
            let ends = turn.starts_with(COMMIT) && reads;
            if !ends || turn.len() > COMMIT.len() {
                count += 1;
            }
            reads = holds(&turn, b"READ ONLY") || (reads && !ends);
        }
        self.reads = reads;
        count
    }
}

impl Turns {
    /// How often somebody waited since the last call: once per turn, not counting the end of a read-only transaction, for which
    /// nobody waits.
    pub fn take(&self) -> usize {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|one| one.lock().unwrap_or_else(PoisonError::into_inner).take()).sum()
    }
}

/// The URL of a database through a proxy, and the turns of its connections.
pub fn before(url: &str) -> (String, Turns) {
    let (head, tail) = url.rsplit_once('@').expect("a URL with a user");
    let (server, path) = tail.split_once('/').expect("a URL with a database");
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let through = format!("{head}@{}/{path}", proxy.local_addr().expect("an address"));
    let (server, turns) = (server.to_owned(), Turns::default());
    let all = turns.clone();
    std::thread::spawn(move || {
        for client in proxy.incoming() {
            let client = client.expect("a client");
            let server = TcpStream::connect(&server).expect("the server");
            client.set_nodelay(true).expect("set");
            server.set_nodelay(true).expect("set");
            let (to, from) = (server.try_clone().expect("a handle"), client.try_clone().expect("a handle"));
            let connection = Arc::<Mutex<Connection>>::default();
            all.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection.clone());
            let sent = connection.clone();
            let lock = |one: &Mutex<Connection>, change: &dyn Fn(&mut Connection)| {
                change(&mut one.lock().unwrap_or_else(PoisonError::into_inner));
            };
            std::thread::spawn(move || pass(client, to, |bytes| lock(&sent, &|one| one.sent(bytes))));
            std::thread::spawn(move || pass(server, from, |_| lock(&connection, &|one| one.answered = true)));
        }
    });
    (through, turns)
}

fn pass(mut from: TcpStream, mut to: TcpStream, tell: impl Fn(&[u8])) {
    let mut some = [0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut some) {
        let sent = some.get(..n).unwrap_or_default();
        tell(sent);
        if to.write_all(sent).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
