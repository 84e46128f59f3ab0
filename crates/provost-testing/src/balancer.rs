//! One address for several servers, like a load balancer before replicas: each connection goes to the next server.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The address, and the servers behind it.
#[derive(Debug)]
pub struct Balancer {
    /// `127.0.0.1:PORT`
    pub address: String,
    servers: Arc<Mutex<Vec<String>>>,
}

impl Balancer {
    /// Without any servers yet.
    #[expect(clippy::new_without_default, reason = "it takes a port")]
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let servers: Arc<Mutex<Vec<String>>> = Arc::default();
        let behind = Arc::clone(&servers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut all = behind.lock().unwrap_or_else(PoisonError::into_inner);
                // connections are closed until there is a server
                let Some(next) = all.first().cloned() else { continue };
                all.rotate_left(1);
                drop(all);
                thread::spawn(move || carry(&stream, &next));
            }
        });
        Self { address, servers }
    }

    /// Adds a server.
    pub fn add(&self, address: &str) {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(address.to_owned());
    }
}

/// Copies in both directions until one side hangs up.
fn carry(client: &TcpStream, server: &str) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let one_way = |mut from: &TcpStream, mut to: &TcpStream| {
        // a side that hangs up does not fail the test
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
        drop(from.shutdown(Shutdown::Both));
    };
    thread::scope(|scope| {
        scope.spawn(|| one_way(&server, client));
        one_way(client, &server);
    });
}
