//! An https address before a server, like an operator's proxy.

use crate::authority::Authority;
use std::sync::{Arc, Mutex, PoisonError};
use std::{net, thread};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio_rustls::TlsAcceptor;

/// The address, and the server behind it.
#[derive(Debug)]
pub struct Front {
    /// `https://HOST:PORT`
    pub url: String,
    server: Arc<Mutex<Option<String>>>,
}

impl Front {
    /// With a certificate for this host, and no server behind it yet.
    pub fn new(authority: &Authority, host: &str) -> Self {
        let listener = net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("set");
        let port = listener.local_addr().expect("an address").port();
        let tls = TlsAcceptor::from(authority.server(host));
        let server: Arc<Mutex<Option<String>>> = Arc::default();
        let behind = Arc::clone(&server);
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
            runtime.block_on(accept(listener, tls, behind));
        });
        Self { url: format!("https://{host}:{port}"), server }
    }

    /// Puts a server behind it.
    pub fn lead_to(&self, address: &str) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(address.to_owned());
    }
}

async fn accept(listener: net::TcpListener, tls: TlsAcceptor, behind: Arc<Mutex<Option<String>>>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // connections are closed until there is a server
        let Some(server) = behind.lock().unwrap_or_else(PoisonError::into_inner).clone() else { continue };
        tokio::spawn(carry(stream, tls.clone(), server));
    }
}

/// Copies in both directions until both sides have hung up, which does not fail the test.
async fn carry(client: TcpStream, tls: TlsAcceptor, server: String) {
    let (Ok(mut client), Ok(mut server)) = (tls.accept(client).await, TcpStream::connect(server).await)
    else {
        return;
    };
    drop(copy_bidirectional(&mut client, &mut server).await);
}
