//! A proxy before the server, which counts how often a client waits for an answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client sent between two answers.
type Turn = Vec<u8>;

#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    all: Vec<Turn>,
    answered: bool,
    /// Whether a snapshot is to be ended, which may come after the last look.
    reads: bool,
}

impl Turns {
    fn sent(&self, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap();
        if state.answered || state.all.is_empty() {
            state.all.push(Vec::new());
            state.answered = false;
        }
        state.all.last_mut().unwrap().extend_from_slice(bytes);
    }

    fn answered(&self) {
        self.0.lock().unwrap().answered = true;
    }

    /// How often somebody waited since the last look: each turn, but for the end of a snapshot, for which nobody waits.
    pub(super) fn take(&self) -> usize {
        const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
        let holds = |turn: &Turn, text: &[u8]| turn.windows(text.len()).any(|part| part == text);
        let mut state = self.0.lock().unwrap();
        let (mut reads, mut count) = (state.reads, 0);
        for turn in std::mem::take(&mut state.all) {
            // it is alone, or what comes after it follows without a wait
            let ends = turn.starts_with(COMMIT) && reads;
            if !ends || turn.len() > COMMIT.len() {
                count += 1;
            }
            reads = holds(&turn, b"READ ONLY") || (reads && !ends);
        }
        state.reads = reads;
        count
    }
}

/// The URL of a database through a proxy, and the turns of its one connection.
pub(super) fn before(url: &str) -> (String, Turns) {
    let (head, tail) = url.rsplit_once('@').unwrap();
    let (server, path) = tail.split_once('/').unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let through = format!("{head}@{}/{path}", proxy.local_addr().unwrap());
    let (server, turns) = (server.to_owned(), Turns::default());
    let all = turns.clone();
    std::thread::spawn(move || {
        for client in proxy.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(&server).unwrap();
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let (to, from) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let (sent, answered) = (all.clone(), all.clone());
            std::thread::spawn(move || pass(client, to, |bytes| sent.sent(bytes)));
            std::thread::spawn(move || pass(server, from, |_| answered.answered()));
        }
    });
    (through, turns)
}

fn pass(mut from: TcpStream, mut to: TcpStream, tell: impl Fn(&[u8])) {
    let mut some = [0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut some) {
        tell(&some[..n]);
        if to.write_all(&some[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
