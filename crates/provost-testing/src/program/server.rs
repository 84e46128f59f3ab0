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

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it runs.
    pub folder: Installation,
    /// `127.0.0.1:PORT`
    pub address: String,
    /// What `token` holds is sent with every request; a first start prints it.
    pub token: String,
    /// A file and not a pipe: what was printed before a line of the log is there when that line is.
    stdout: File,
    /// Threads may ask one server.
    stderr: Mutex<mpsc::Receiver<String>>,
    log: String,
}

impl Server {
    /// Starts on a free port, with further options, and waits until it accepts connections.
    pub fn start_in(folder: &Installation, options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", folder, options)
    }

    /// The same at an address: the one it had before, for those who remember its URLs.
    pub fn start_at(address: &str, folder: &Installation, options: &[&str]) -> Self {
        // the test is who reads what is printed
        let mut command = folder.command(&["serve", "--listen", address, "--print-token"]);
        command.args(options);
        Self::spawn(command, folder)
    }

    /// The same by a command of one's own that becomes the server.
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

    /// What was printed on standard output until now.
    pub fn greeting(&mut self) -> String {
        contents(&mut self.stdout)
    }

    /// What follows `label` in the greeting.
    pub fn greeted(&mut self, label: &str) -> Option<String> {
        self.greeting().lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
    }

    /// The first line of the log with this text, which must come.
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

    /// Asks with the token; the path is below `/scim/v2`.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_as(&self.token, method, path, body)
    }

    /// Asks with another token.
    pub fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Authorization: Bearer {token}");
        self.send(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    /// Sends a request as it is written here.
    pub fn send(&self, method: &str, target: &str, headers: &[&str], body: Option<&Value>) -> Answer {
        self.send_bytes(method, target, headers, &body.map(Value::to_string).unwrap_or_default())
    }

    /// Asks with the token and a body that is sent as it is written here.
    pub fn send_text(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        self.send_bytes(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    fn send_bytes(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        send(&self.address, method, target, headers, body)
    }

    /// Asks as the server's own handle does, for threads of their own.
    pub fn asker(&self) -> Asker {
        Asker { address: self.address.clone(), token: self.token.clone() }
    }

    /// A connection, to send what no client would.
    pub fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Makes a user; gives its id.
    pub fn create_user(&self, name: &str) -> String {
        let made = self.ask("POST", "/Users", Some(&user(name)));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// Makes a group with members; gives its id.
    pub fn create_group(&self, name: &str, members: &[&str]) -> String {
        let made = self.ask("POST", "/Groups", Some(&group(name, members)));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// One PATCH operation in Entra's words; it must succeed.
    pub fn patch(&self, path: &str, op: &str, attribute: &str, value: &Value) {
        let answer = self.ask("PATCH", path, Some(&patch(op, attribute, value)));
        assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.body);
    }

    /// The most memory that the process has had so far.
    pub fn peak_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The bytes that a core dump may have, as the system writes it: a number or `unlimited`.
    pub fn core_dump_limit(&self) -> String {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.child.id())).expect("a process");
        let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("a limit");
        line.split_whitespace().next().expect("a figure").to_owned()
    }

    /// Whether a text is anywhere in the memory that the process can write.
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
            // what cannot be read belongs to the kernel
            let begun = memory.seek(SeekFrom::Start(from));
            let read = begun.and_then(|_| (&mut memory).take(to - from).read_to_end(&mut region));
            // most of it was never used
            let used: Vec<&[u8]> = region.chunks(PAGE).filter(|page| **page != [0; PAGE]).collect();
            read.is_ok() && used.concat().windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for the end; gives the exit status and the whole log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child).expect("it ends");
        let mut log = std::mem::take(&mut self.log);
        log.extend(self.stderr.get_mut().expect("no panic").iter());
        (status, log)
    }

    /// Ends it politely; gives the whole log.
    pub fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{status}\n{log}");
        log
    }

    /// Ends it as a power cut would, as far as the process is concerned.
    pub fn kill(mut self) -> Installation {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        self.folder.clone()
    }
}

/// Whom to ask, and as whom.
#[derive(Debug, Clone)]
pub struct Asker {
    address: String,
    /// What it holds is sent with every request.
    pub token: String,
}

impl Asker {
    /// Asks with the token; the path is below `/scim/v2`.
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

/// Reads lines on a thread of its own, so that a full pipe never stops the server.
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
