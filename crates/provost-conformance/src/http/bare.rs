//! HTTP/1.1 by hand, for bytes that no client would send, and for answers that come before the request is complete.

use super::connection::connect;
use super::{NoResponse, Request, Response, TIMEOUT, Target};
use crate::data::{AfterSending, Piece};
use hyper::HeaderMap;
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use std::io::{self, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::{sleep, timeout};

/// Writes pieces with pauses between them, and reads one response, or all until the connection ends.
pub(crate) async fn send(
    target: &Target,
    pieces: &[Piece],
    then: AfterSending,
    all: bool,
) -> Result<Vec<Response>, NoResponse> {
    let mut stream = timeout(TIMEOUT, connect(target)).await.unwrap_or(Err(NoResponse::Timeout))?;
    // A server may refuse and close before it has read everything: its answer counts, not the broken pipe.
    let written = async {
        for piece in pieces {
            in_time(stream.write_all(&piece.bytes)).await?;
            in_time(stream.flush()).await?;
            sleep(piece.pause).await;
        }
        if then == AfterSending::Wait { Ok(()) } else { in_time(stream.shutdown()).await }
    };
    let written = written.await;
    if then == AfterSending::Close {
        return Ok(Vec::new());
    }
    let mut reader = BufReader::new(stream);
    let mut responses = Vec::new();
    loop {
        match in_time(read_response(&mut reader)).await {
            Ok(response) => responses.push(response),
            Err(error) if responses.is_empty() => return Err(written.err().unwrap_or(error)),
            Err(_) => return Ok(responses),
        }
        if !all {
            return Ok(responses);
        }
    }
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> Result<T, NoResponse> {
    let done = timeout(TIMEOUT, work).await.map_err(|_elapsed| NoResponse::Timeout)?;
    done.map_err(|error| NoResponse::from_error(&error))
}

/// A request as an ordinary client sends it.
pub(crate) fn piece(target: &Target, request: &Request) -> Piece {
    let mut bytes = head(target, request);
    bytes.extend(request.body.as_deref().unwrap_or_default());
    Piece { bytes, pause: Duration::ZERO }
}

/// The request without its body.
pub(crate) fn head(target: &Target, request: &Request) -> Vec<u8> {
    let mut bytes = format!("{} {}{} HTTP/1.1\r\n", request.method, target.root(), request.path).into_bytes();
    bytes.extend(b"connection: close\r\n");
    for (name, value) in &target.headers(request) {
        bytes.extend(name.as_str().bytes().chain(*b": ").chain(value.as_bytes().iter().copied()));
        bytes.extend(b"\r\n");
    }
    if let Some(body) = request.body.as_ref().filter(|body| !body.is_empty()) {
        bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes
}

pub(crate) async fn read_response(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Response> {
    loop {
        let line = read_line(reader).await?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status: u16 = status.ok_or_else(|| io::Error::other(format!("not an HTTP answer: `{line}`")))?;
        let headers = read_headers(reader).await?;
        // 1xx: the real answer follows (RFC 9110 §15.2).
        if status >= 200 {
            let body =
                if matches!(status, 204 | 304) { Vec::new() } else { read_body(reader, &headers).await? };
            return Ok(Response { status, headers, body: body.into() });
        }
    }
}

async fn read_headers(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    loop {
        let line = read_line(reader).await?;
        if line.is_empty() {
            return Ok(headers);
        }
        let header = line.split_once(':').and_then(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, value.trim().parse::<HeaderValue>().ok()?))
        });
        let (name, value) = header.ok_or_else(|| io::Error::other(format!("not a header: `{line}`")))?;
        headers.append(name, value);
    }
}

async fn read_body(reader: &mut (impl AsyncBufRead + Unpin), headers: &HeaderMap) -> io::Result<Vec<u8>> {
    if headers.get(TRANSFER_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return read_chunks(reader).await;
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    // without a length, the body ends with the connection
    reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body).await?;
    Ok(body)
}

async fn read_chunks(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader).await?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|error| io::Error::other(error.to_string()))?;
        (&mut *reader).take(size).read_to_end(&mut body).await?;
        read_line(reader).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// A line without its end. The end of the stream is an error, since a line is expected.
async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    fn read(text: &str) -> io::Result<Response> {
        Builder::new_current_thread().build()?.block_on(read_response(&mut text.as_bytes()))
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_stream() {
        let response = read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef").unwrap();
        assert_eq!((response.status, &*response.body), (200, &b"abc"[..]));
        let response =
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
        assert_eq!(response.unwrap().body, "abcde");
        assert_eq!(read("HTTP/1.1 404 Not Found\r\n\r\nrest").unwrap().body, "rest");
    }

    #[test]
    fn interim_responses_are_passed_over_and_silence_is_an_error() {
        let response = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nX-A: b\r\n\r\n").unwrap();
        assert_eq!((response.status, response.header("x-a").as_deref()), (413, Some("b")));
        assert_eq!(NoResponse::from_error(&read("").unwrap_err()), NoResponse::Closed);
        assert!(read("SSH-2.0-x\r\n").is_err());
    }
}
