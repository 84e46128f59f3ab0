//! `--check`: asks the server what Entra's Test Connection asks, and what every adapter must get right.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub(crate) fn ask(server: SocketAddr) -> io::Result<()> {
    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}"#;
    let large = " ".repeat(1024 * 1024 + 1);
    for (target, token, body, expected) in [
        ("GET /scim/v2/Users?filter=userName+eq+%22nobody%22", "secret", "", "200 OK|\"totalResults\":0"),
        ("POST /scim/v2/Users", "secret", user, "201 Created|\"userName\":\"babs\""),
        ("HEAD /scim/v2/Users", "secret", "", "200 OK|application/scim+json"),
        ("GET /scim/v2/Users", "wrong", "", "401 Unauthorized|www-authenticate: Bearer"),
        ("GET /scim/v2/ServiceProviderConfig", "wrong", "", "200 OK|oauthbearertoken"),
        ("PUT /scim/v2/Users", "secret", "", "405 Method Not Allowed|allow: GET, HEAD, POST, OPTIONS"),
        ("POST /scim/v2/Users", "secret", &large, "413 Payload Too Large|1048576 bytes"),
        ("GET /elsewhere", "secret", "", "404 Not Found|messages:2.0:Error"),
    ] {
        let mut stream = TcpStream::connect(server)?;
        let length = body.len();
        let head = format!(
            "{target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        // what is refused early is not read to its end
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        if !expected.split('|').all(|part| answer.contains(part)) {
            return Err(io::Error::other(format!("{target} was answered: {answer}")));
        }
    }
    Ok(())
}
