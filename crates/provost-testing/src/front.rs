//! An https address before a server, as operators put a proxy before it.

use crate::authority::Authority;
use std::sync::{Arc, Mutex, PoisonError};
use std::{net, thread};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio_rustls::TlsAcceptor;

/// The address, and what is behind it.
#[derive(Debug)]
pub struct Front {
    /// `https://HOST:PORT`
    pub url: String,
    server: Arc<Mutex<Option<String>>>,
}

impl Front {
    /// With a certificate for this host, and nothing behind it yet.
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
        // a connection before there is a server is hung up
        let Some(server) = behind.lock().unwrap_or_else(PoisonError::into_inner).clone() else { continue };
        tokio::spawn(carry(stream, tls.clone(), server));
    }
}

/// Carries both ways until both have hung up, which is no failure of the test.
async fn carry(client: TcpStream, tls: TlsAcceptor, server: String) {
    let (Ok(mut client), Ok(mut server)) = (tls.accept(client).await, TcpStream::connect(server).await)
    else {
        return;
    };
    drop(copy_bidirectional(&mut client, &mut server).await);
}
