//! Plays an attack on a separate thread, so that the client's own work for it does not delay the good clients.

use super::super::process::Process;
use super::plan::{Manner, Part, Shot};
use super::report::{Alone, Answers};
use crate::Target;
use crate::data::AfterSending;
use crate::http::bare::{self, piece, read_response};
use crate::http::connection::{Manners, connect, connect_as};
use crate::http::{Connection, NoResponse, Request, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, split};
use tokio::runtime::Builder;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{sleep, sleep_until, timeout};

/// Bodies of this size and more use a new connection: the server may refuse them early and close it during the upload.
const LARGE_BODY_BYTES: usize = 256 * 1024;
/// How many bytes of a slow body are sent slowly.
const LAST_BYTES: usize = 1024;
/// Pause after a failed connection, so that an unreachable server does not make the attack burn this machine's
/// processors.
const AFTER_FAILURE: Duration = Duration::from_millis(20);
/// Time for the server to finish what a single request costs after its answer.
const SETTLING: Duration = Duration::from_millis(200);

/// Counts the answers during an attack.
pub(super) type Tally = Arc<Mutex<Answers>>;

fn count(tally: &Tally, label: &'static str, answer: &Result<u16, NoResponse>) {
    tally.lock().unwrap_or_else(PoisonError::into_inner).add(label, answer.as_ref().ok().copied());
}

/// Starts the attack; it ends after this time, whatever is under way.
pub(super) fn begin(target: Target, parts: Vec<Part>, length: Duration) -> thread::JoinHandle<Answers> {
    thread::spawn(move || {
        let tally = Tally::default();
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return Answers::default();
        };
        let local = LocalSet::new();
        for part in parts {
            let part = Rc::new(part);
            for number in 0..part.connections {
                local.spawn_local(play(target.clone(), Rc::clone(&part), number, Arc::clone(&tally)));
            }
        }
        // the connections are closed with the tasks
        runtime.block_on(local.run_until(async { sleep(length).await }));
        drop(local);
        tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    })
}

async fn play(target: Target, part: Rc<Part>, number: usize, tally: Tally) {
    let mut connection = Connection::new(&target);
    let begun = tokio::time::Instant::now();
    let first = number.saturating_mul(part.shots.len()).checked_div(part.connections).unwrap_or_default();
    for (n, shot) in (0_u32..).zip(part.shots.iter().cycle().skip(first)) {
        let answer = match part.manner {
            Manner::Answered => ask(&target, &mut connection, &shot.request).await.map(|r| r.status),
            Manner::Every(pause) => {
                sleep_until(begun + pause.saturating_mul(n)).await;
                ask(&target, &mut connection, &shot.request).await.map(|r| r.status)
            }
            Manner::Dropped(after) => drop_after(&target, &shot.request, after).await,
            Manner::Unread => leave_unread(&target, shot, &tally).await,
            Manner::Slow => dribble(&target, &shot.request).await,
            Manner::Idle => stay_idle(&target, shot, number, &tally).await,
        };
        // an idle connection is counted when it is answered, and ends when the server closes it
        if part.manner != Manner::Idle || answer.is_err() {
            count(&tally, shot.label, &answer);
        }
        if answer.is_err() {
            sleep(AFTER_FAILURE).await;
        }
    }
}

async fn ask(
    target: &Target,
    connection: &mut Connection,
    request: &Request,
) -> Result<Response, NoResponse> {
    if request.body.as_ref().is_none_or(|body| body.len() < LARGE_BODY_BYTES) {
        return connection.send(request).await;
    }
    let responses = bare::send(target, &[piece(target, request)], AfterSending::Wait, false).await?;
    responses.into_iter().next().ok_or(NoResponse::Closed)
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), NoResponse> {
    stream.write_all(bytes).await.map_err(|error| NoResponse::from_error(&error))
}

async fn hear(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<u16, NoResponse> {
    let response = read_response(stream).await;
    response.map(|response| response.status).map_err(|error| NoResponse::from_error(&error))
}

async fn drop_after(target: &Target, request: &Request, after: Duration) -> Result<u16, NoResponse> {
    let mut stream = connect_as(target, Manners { resets: true, ..Manners::default() }).await?;
    let answered = async {
        say(&mut stream, &piece(target, request).bytes).await?;
        hear(&mut BufReader::new(&mut stream)).await
    };
    timeout(after, answered).await.unwrap_or(Err(NoResponse::Timeout))
}

/// Sends the request, reads nothing, and never returns.
async fn leave_unread(target: &Target, shot: &Shot, tally: &Tally) -> Result<u16, NoResponse> {
    let mut stream = connect(target).await?;
    say(&mut stream, &piece(target, &shot.request).bytes).await?;
    count(tally, shot.label, &Err(NoResponse::Timeout));
    std::future::pending().await
}

/// Sends all but the end of the body, then that byte by byte until there is an answer.
async fn dribble(target: &Target, request: &Request) -> Result<u16, NoResponse> {
    let (read, mut write) = split(connect(target).await?);
    let head = bare::head(target, request);
    let body = request.body.clone().unwrap_or_default();
    // dropped, and so stopped, with this function
    let mut writer = JoinSet::new();
    writer.spawn_local(async move {
        let (most, last) = body.split_at_checked(body.len().saturating_sub(LAST_BYTES)).unwrap_or_default();
        say(&mut write, &head).await?;
        say(&mut write, most).await?;
        for byte in last.chunks(1) {
            sleep(Duration::from_secs(1)).await;
            say(&mut write, byte).await?;
        }
        Ok::<_, NoResponse>(())
    });
    hear(&mut BufReader::new(read)).await
}

/// Sends one request, then waits until the server closes the connection.
async fn stay_idle(target: &Target, shot: &Shot, number: usize, tally: &Tally) -> Result<u16, NoResponse> {
    // alternates between two local addresses if the server is on this machine
    let from = IpAddr::from(Ipv4Addr::new(127, 0, 0, if number.is_multiple_of(2) { 1 } else { 2 }));
    let is_here = target.authority().starts_with("127.");
    let mut stream = connect_as(target, Manners { from: is_here.then_some(from), resets: false }).await?;
    let request =
        String::from_utf8_lossy(&bare::head(target, &shot.request)).replace("connection: close\r\n", "");
    say(&mut stream, request.as_bytes()).await?;
    let mut reader = BufReader::new(stream);
    let status = hear(&mut reader).await?;
    count(tally, shot.label, &Ok(status));
    drop(reader.read(&mut [0]).await);
    Ok(status)
}

/// What each kind of request of an attack costs the server by itself.
pub(super) async fn alone(target: &Target, parts: &[Part], server: Option<&Process>) -> Vec<Alone> {
    let mut all: Vec<Alone> = Vec::new();
    for part in parts.iter().filter(|part| matches!(part.manner, Manner::Answered | Manner::Every(_))) {
        for shot in &part.shots {
            if all.iter().all(|alone| alone.request != shot.label) {
                all.push(one(target, shot, server).await);
            }
        }
    }
    all
}

async fn one(target: &Target, shot: &Shot, server: Option<&Process>) -> Alone {
    let mut connection = Connection::new(target);
    let before = server.and_then(Process::cpu);
    let response = ask(target, &mut connection, &shot.request).await;
    sleep(SETTLING).await;
    let after = server.and_then(Process::cpu);
    let sent = shot.request.body.as_ref().map_or(0, hyper::body::Bytes::len);
    let answered = response.as_ref().map_or(0, |response| response.body.len());
    Alone {
        request: shot.label.to_owned(),
        status: response.as_ref().map_or(0, |response| response.status),
        says: response.ok().and_then(|r| Some(r.json()?.get("detail")?.as_str()?.to_owned())),
        bytes: sent.saturating_add(answered),
        rows: shot.rows,
        server_cpu_ms: after.zip(before).map(|(after, before)| after.saturating_sub(before).as_millis()),
    }
}
