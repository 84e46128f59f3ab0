//! `--check`: asks the server what Entra's Test Connection asks, and stops it.

use actix_web::dev::Server;
use actix_web::rt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub(crate) async fn run(server: Server, bound: Vec<SocketAddr>) -> io::Result<()> {
    let handle = server.handle();
    let running = rt::spawn(server);
    let asked = rt::task::spawn_blocking(move || ask(&bound)).await?;
    handle.stop(true).await;
    running.await??;
    asked
}

fn ask(bound: &[SocketAddr]) -> io::Result<()> {
    let mut stream = TcpStream::connect(bound)?;
    stream.write_all(
        b"GET /scim/v2/Users?filter=userName+eq+%22nobody%22 HTTP/1.1\r\nHost: localhost\r\n\
          Authorization: Bearer secret\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""totalResults":0"#) {
        true => Ok(()),
        false => Err(io::Error::other(format!("the answer is not an empty list: {answer}"))),
    }
}
