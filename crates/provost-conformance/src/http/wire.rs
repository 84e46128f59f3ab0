//! HTTP/1.1 on a bare socket: for bytes that no client would send, and for answers that come before the request is out.

use super::{Answer, NoAnswer, Sent, TIMEOUT, Target};
use crate::data::{Piece, Then};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::thread;

/// Writes bytes and reads one answer.
pub(super) fn send(target: &Target, bytes: &[u8]) -> Result<Answer, NoAnswer> {
    let mut stream = connect(target)?;
    // A server may refuse and close before it has read everything: what it said counts, not the broken pipe.
    let written = stream.write_all(bytes).and_then(|()| stream.flush());
    match (read_answer(&mut BufReader::new(stream)), written) {
        (Ok(answer), _) => Ok(answer),
        (Err(_), Err(error)) | (Err(error), Ok(())) => Err(no_answer(&error)),
    }
}

/// Writes pieces with pauses between them, and reads all answers up to the end of the connection.
pub(super) fn send_pieces(
    target: &Target,
    pieces: &[Piece],
    then: Then,
    all: bool,
) -> Result<Vec<Answer>, NoAnswer> {
    let mut stream = connect(target)?;
    let written = pieces.iter().try_for_each(|piece| {
        stream.write_all(&piece.bytes)?;
        stream.flush()?;
        thread::sleep(piece.pause);
        Ok(())
    });
    let written = written.and_then(|()| match then {
        Then::Wait => Ok(()),
        Then::HalfClose => stream.shutdown(Shutdown::Write),
        Then::Close => stream.shutdown(Shutdown::Both),
    });
    if then == Then::Close {
        return Ok(Vec::new());
    }
    let mut reader = BufReader::new(stream);
    let first = match (read_answer(&mut reader), written) {
        (Ok(answer), _) => answer,
        (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(no_answer(&error)),
    };
    let mut answers = vec![first];
    if all {
        while let Ok(answer) = read_answer(&mut reader) {
            answers.push(answer);
        }
    }
    Ok(answers)
}

/// Writes bytes and goes away.
pub(super) fn abandon(target: &Target, bytes: &[u8]) -> Result<(), NoAnswer> {
    let mut stream = connect(target)?;
    let sent = stream.write_all(bytes).and_then(|()| stream.flush());
    sent.and_then(|()| stream.shutdown(Shutdown::Both)).map_err(|error| no_answer(&error))
}

/// A request as an ordinary client writes it.
pub(super) fn request_bytes(target: &Target, sent: &Sent) -> Vec<u8> {
    let mut bytes = format!("{} {}{} HTTP/1.1\r\n", sent.method, target.root(), sent.path).into_bytes();
    bytes.extend(format!("Host: {}\r\nConnection: close\r\n", target.authority()).into_bytes());
    for (name, value) in &sent.headers {
        bytes.extend(name.bytes().chain(*b": ").chain(value.iter().copied()).chain(*b"\r\n"));
    }
    if let Some(body) = &sent.body {
        bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes());
        bytes.extend(body);
    } else {
        bytes.extend(b"\r\n");
    }
    bytes
}

pub(super) fn no_answer(error: &io::Error) -> NoAnswer {
    match error.kind() {
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => NoAnswer::Closed,
        ErrorKind::WouldBlock | ErrorKind::TimedOut => NoAnswer::Timeout(TIMEOUT.as_secs()),
        _ => NoAnswer::Failed(error.to_string()),
    }
}

fn connect(target: &Target) -> Result<TcpStream, NoAnswer> {
    let failed = |error: io::Error| NoAnswer::Failed(error.to_string());
    let mut addresses = target.authority().to_socket_addrs().map_err(failed)?;
    let address = addresses.next().ok_or_else(|| NoAnswer::Failed("the host has no address".to_owned()))?;
    let stream = TcpStream::connect_timeout(&address, TIMEOUT).map_err(failed)?;
    stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
    stream.set_write_timeout(Some(TIMEOUT)).map_err(failed)?;
    Ok(stream)
}

fn read_answer(reader: &mut impl BufRead) -> io::Result<Answer> {
    loop {
        let line = read_line(reader)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status: u16 = status.ok_or_else(|| io::Error::other(format!("not an HTTP answer: `{line}`")))?;
        let headers = read_headers(reader)?;
        // 1xx: the real answer follows (RFC 9110 §15.2).
        if status >= 200 {
            let mut answer = Answer { status, headers, body: Vec::new() };
            answer.body = read_body(reader, &answer)?;
            return Ok(answer);
        }
    }
}

fn read_headers(reader: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None if line.is_empty() => return Ok(headers),
            None => return Err(io::Error::other(format!("not a header: `{line}`"))),
        }
    }
}

fn read_body(reader: &mut impl BufRead, answer: &Answer) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if matches!(answer.status, 204 | 304) {
        return Ok(body);
    }
    if answer.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return read_chunks(reader);
    }
    match answer.header("content-length").and_then(|length| length.parse().ok()) {
        Some(length) => reader.take(length).read_to_end(&mut body)?,
        None => reader.read_to_end(&mut body)?,
    };
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim().to_owned();
        let size = u64::from_str_radix(&size, 16).map_err(|error| io::Error::other(error.to_string()))?;
        reader.by_ref().take(size).read_to_end(&mut body)?;
        read_line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A line without its end; the end of the stream is an error, since a line was due.
fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Answer> {
        read_answer(&mut text.as_bytes())
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_stream() {
        let answer = read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"abc"[..]));
        let answer =
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
        assert_eq!(answer.unwrap().body, b"abcde");
        assert_eq!(read("HTTP/1.1 404 Not Found\r\n\r\nrest").unwrap().body, b"rest");
    }

    #[test]
    fn interim_answers_are_passed_over_and_silence_is_an_error() {
        let answer = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nX-A: b\r\n\r\n").unwrap();
        assert_eq!((answer.status, answer.header("x-a")), (413, Some("b")));
        assert_eq!(no_answer(&read("").unwrap_err()), NoAnswer::Closed);
        assert!(read("SSH-2.0-x\r\n").is_err());
    }
}
