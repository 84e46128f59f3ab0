//! One address before several servers, as operators put one before replicas: each connection goes to the next.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The address, and what is behind it.
#[derive(Debug)]
pub struct Balancer {
    /// `127.0.0.1:PORT`
    pub address: String,
    servers: Arc<Mutex<Vec<String>>>,
}

impl Balancer {
    /// With nothing behind it yet.
    #[expect(clippy::new_without_default, reason = "it takes a port")]
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let servers: Arc<Mutex<Vec<String>>> = Arc::default();
        let behind = Arc::clone(&servers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut all = behind.lock().unwrap_or_else(PoisonError::into_inner);
                // a connection before the first server is hung up
                let Some(next) = all.first().cloned() else { continue };
                all.rotate_left(1);
                drop(all);
                thread::spawn(move || carry(&stream, &next));
            }
        });
        Self { address, servers }
    }

    /// Puts a server behind it.
    pub fn add(&self, address: &str) {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner).push(address.to_owned());
    }
}

/// Carries both ways until either hangs up.
fn carry(client: &TcpStream, server: &str) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let one_way = |mut from: &TcpStream, mut to: &TcpStream| {
        // who hangs up is no failure of the test
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
        drop(from.shutdown(Shutdown::Both));
    };
    thread::scope(|scope| {
        scope.spawn(|| one_way(&server, client));
        one_way(client, &server);
    });
}
