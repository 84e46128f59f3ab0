//! A running server.

use super::{Installation, contents, wait};
use crate::http::{Answer, PATIENCE, connect, send};
use crate::json::{group, patch, user};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Instant;

/// A running server. It is killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it runs.
    pub folder: Installation,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// The token sent with every request; a first start prints it.
    pub token: String,
    /// A file rather than a pipe: what was printed before a line of the log is there when that line is.
    stdout: File,
    /// Behind a lock, so that threads can share a server.
    stderr: Mutex<mpsc::Receiver<String>>,
    log: String,
}

impl Server {
    /// Starts on a free port, with further options, and waits until it accepts connections.
    pub fn start_in(folder: &Installation, options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", folder, options)
    }

    /// The same at an address, such as its former one, for clients that remember its URLs.
    pub fn start_at(address: &str, folder: &Installation, options: &[&str]) -> Self {
        // only the test reads what is printed
        let mut command = folder.command(&["serve", "--listen", address, "--print-token"]);
        command.args(options);
        Self::spawn(command, folder)
    }

    /// The same with a command of one's own that becomes the server.
    pub fn spawn(mut command: Command, folder: &Installation) -> Self {
        let stdout = tempfile::tempfile().expect("a file");
        let printed_to = stdout.try_clone().expect("another handle");
        let mut child = command.stdout(printed_to).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = Mutex::new(lines(child.stderr.take().expect("piped")));
        let mut server = Self {
            child,
            folder: folder.clone(),
            address: String::new(),
            token: String::new(),
            stdout,
            stderr,
            log: String::new(),
        };
        let accepting = server.wait_for_log("accepting connections on http://");
        let (_, after) = accepting.split_once("http://").expect("an address");
        server.address = after.split(',').next().expect("an address").to_owned();
        if let Some(token) = server.greeted("Secret Token: ") {
            server.token = token;
        }
        server
    }

    /// Its standard output so far.
    pub fn greeting(&mut self) -> String {
        contents(&mut self.stdout)
    }

    /// The text after `label` in the greeting.
    pub fn greeted(&mut self, label: &str) -> Option<String> {
        self.greeting().lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
    }

    /// Waits for a line of the log with this text, and returns the first.
    pub fn wait_for_log(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .stderr
                .get_mut()
                .expect("no panic")
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.log.push_str(&line);
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(_) => panic!("no `{text}` in the log:\n{}", self.log),
            }
        }
    }

    /// Sends a request with the token; the path is below `/scim/v2`.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_as(&self.token, method, path, body)
    }

    /// The same with another token.
    pub fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Authorization: Bearer {token}");
        self.send(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    /// Sends a request exactly as given.
    pub fn send(&self, method: &str, target: &str, headers: &[&str], body: Option<&Value>) -> Answer {
        self.send_bytes(method, target, headers, &body.map(Value::to_string).unwrap_or_default())
    }

    /// Sends a request with the token and a body exactly as given.
    pub fn send_text(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        self.send_bytes(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    fn send_bytes(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        send(&self.address, method, target, headers, body)
    }

    /// Sends requests like the server's own handle, from other threads.
    pub fn asker(&self) -> Asker {
        Asker { address: self.address.clone(), token: self.token.clone() }
    }

    /// A connection, for sending what no client would.
    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Creates a user; returns its id.
    pub fn create_user(&self, name: &str) -> String {
        let made = self.ask("POST", "/Users", Some(&user(name)));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// Creates a group with members; returns its id.
    pub fn create_group(&self, name: &str, members: &[&str]) -> String {
        let made = self.ask("POST", "/Groups", Some(&group(name, members)));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// One PATCH operation in Entra's wording; it must succeed.
    pub fn patch(&self, path: &str, op: &str, attribute: &str, value: &Value) {
        let answer = self.ask("PATCH", path, Some(&patch(op, attribute, value)));
        assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.body);
    }

    /// The peak memory of the process so far.
    pub fn peak_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The core dump limit in bytes, as the system writes it: a number or `unlimited`.
    pub fn core_dump_limit(&self) -> String {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.child.id())).expect("a process");
        let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("a limit");
        line.split_whitespace().next().expect("a figure").to_owned()
    }

    /// Whether a text is anywhere in the process's writable memory.
    pub fn memory_holds(&self, text: &str) -> bool {
        const PAGE: usize = 4_096;
        let of_process = |name: &str| format!("/proc/{}/{name}", self.child.id());
        let mut memory = File::open(of_process("mem")).expect("one's own child");
        let maps = fs::read_to_string(of_process("maps")).expect("a process");
        let writable =
            maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw")));
        let regions: Vec<(&str, &str)> =
            writable.filter_map(|line| line.split(' ').next()?.split_once('-')).collect();
        regions.into_iter().any(|(from, to)| {
            let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).expect("an address"));
            let mut region = Vec::new();
            // unreadable regions belong to the kernel
            let begun = memory.seek(SeekFrom::Start(from));
            let read = begun.and_then(|_| (&mut memory).take(to - from).read_to_end(&mut region));
            // most pages were never used
            let used: Vec<&[u8]> = region.chunks(PAGE).filter(|page| **page != [0; PAGE]).collect();
            read.is_ok() && used.concat().windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    /// Sends a signal, given by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until it ends; returns the exit status and the whole log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child).expect("it ends");
        let mut log = std::mem::take(&mut self.log);
        log.extend(self.stderr.get_mut().expect("no panic").iter());
        (status, log)
    }

    /// Stops it gracefully; returns the whole log.
    pub fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{status}\n{log}");
        log
    }

    /// Kills it, which to the process is the same as a power cut.
    pub fn kill(mut self) -> Installation {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        self.folder.clone()
    }
}

/// A server's address, and the token to use.
#[derive(Debug, Clone)]
pub struct Asker {
    address: String,
    /// The token sent with every request.
    pub token: String,
}

impl Asker {
    /// Sends a request with the token; the path is below `/scim/v2`.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        let body = body.map(Value::to_string).unwrap_or_default();
        send(&self.address, method, &format!("/scim/v2{path}"), &[&authorization], &body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads lines on its own thread, so that a full pipe never stops the server.
fn lines(pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line + "\n").is_err() {
                return;
            }
        }
    });
    receiver
}
