//! Starts the binary, talks to it, and ends it.

use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An empty folder in which servers and commands run; it goes with its last handle.
#[derive(Clone)]
pub(crate) struct Folder(Rc<TempDir>);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(Rc::new(TempDir::new().expect("a folder")))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    /// The binary in this folder, with nothing of our environment that it reads.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provost"));
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PROVOST_"))
        {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let (mut stdout, mut stderr) =
            (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
        let handle = |file: &File| file.try_clone().expect("another handle");
        let mut command = self.command(arguments);
        let mut child = command.stdout(handle(&stdout)).stderr(handle(&stderr)).spawn().expect("it runs");
        let Some(status) = wait(&mut child) else {
            drop(child.kill());
            panic!("{arguments:?} does not end: {}", contents(&mut stderr));
        };
        let code = status.code().expect("it was not killed");
        Ran { code, stdout: contents(&mut stdout), stderr: contents(&mut stderr) }
    }

    /// The JSON that a command prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.stderr());
        serde_json::from_str(&ran.stdout()).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", ran.stdout()))
    }

    /// `user[team team] user[]`, from `members list`.
    pub(crate) fn members(&self, org: &str) -> String {
        let members = self.json(&["members", "list", "--org", org, "--json"]);
        let shown = elements(&members).iter().map(|m| {
            let teams: Vec<&str> = elements(&m["teams"]).iter().map(text).collect();
            format!("{}[{}]", text(&m["userName"]), teams.join(" "))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// `slug(name): user user, ...`, from `teams list`.
    pub(crate) fn teams(&self, org: &str) -> String {
        let teams = self.json(&["teams", "list", "--org", org, "--json"]);
        let shown = elements(&teams).iter().map(|t| {
            let members: Vec<&str> = elements(&t["members"]).iter().map(|m| text(&m["userName"])).collect();
            format!("{}({}): {}", text(&t["slug"]), text(&t["name"]), members.join(" "))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// A new token of an organisation.
    pub(crate) fn token(&self, org: &str) -> String {
        let ran = self.run(&["token", "create", "--org", org]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        ran.stdout().trim_end().to_owned()
    }

    /// Every byte of every file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.0.path()).expect("listed");
        files.flat_map(|f| fs::read(f.expect("entry").path()).expect("read")).collect()
    }
}

/// A command that has ended.
pub(crate) struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    pub(crate) fn code(&self) -> i32 {
        self.code
    }
    pub(crate) fn stdout(&self) -> String {
        self.stdout.clone()
    }
    pub(crate) fn stderr(&self) -> String {
        self.stderr.clone()
    }
}

/// Waits for the end; `None` when patience ends first.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// All of a file that others wrote.
fn contents(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("UTF-8");
    text
}

/// A running server. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: Folder,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    /// What `token` holds is sent with every request; a first start prints it.
    pub(crate) token: String,
    /// A file and not a pipe: what was printed before a line of the log is there when that line is.
    stdout: File,
    stderr: mpsc::Receiver<String>,
    log: String,
}

impl Server {
    /// A first start in a new folder.
    pub(crate) fn start() -> Self {
        Self::start_in(&Folder::new(), &[])
    }

    /// Starts on a free port, with further options, and waits until it accepts connections.
    pub(crate) fn start_in(folder: &Folder, options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", folder, options)
    }

    /// The same at an address: the one it had before, for those who remember its URLs.
    pub(crate) fn start_at(address: &str, folder: &Folder, options: &[&str]) -> Self {
        let mut command = folder.command(&["serve", "--listen", address]);
        command.args(options);
        Self::spawn(command, folder)
    }

    /// The same by a command of one's own that becomes the server.
    pub(crate) fn spawn(mut command: Command, folder: &Folder) -> Self {
        let stdout = tempfile::tempfile().expect("a file");
        let printed_to = stdout.try_clone().expect("another handle");
        let mut child = command.stdout(printed_to).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = lines(child.stderr.take().expect("piped"));
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
    pub(crate) fn greeting(&mut self) -> String {
        contents(&mut self.stdout)
    }

    /// What stands behind `label` in the greeting.
    pub(crate) fn greeted(&mut self, label: &str) -> Option<String> {
        self.greeting().lines().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
    }

    /// The first line of the log with this text, which must come.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.stderr.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
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
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.ask_as(&self.token, method, path, body)
    }

    /// Asks with another token.
    pub(crate) fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Authorization: Bearer {token}");
        self.send(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    /// Sends a request as it is written here.
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[&str], body: Option<&Value>) -> Answer {
        self.send_bytes(method, target, headers, &body.map(Value::to_string).unwrap_or_default())
    }

    /// Asks with the token and a body that is sent as it is written here.
    pub(crate) fn send_text(&self, method: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        self.send_bytes(method, &format!("/scim/v2{path}"), &[&authorization], body)
    }

    fn send_bytes(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        send(&self.address, method, target, headers, body)
    }

    /// Asks as the server's own handle does, for threads of their own.
    pub(crate) fn asker(&self) -> Asker {
        Asker { address: self.address.clone(), token: self.token.clone() }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// Makes a user; gives its id.
    pub(crate) fn create_user(&self, name: &str) -> String {
        let made = self.ask("POST", "/Users", Some(&user(name)));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// Makes a group with members; gives its id.
    pub(crate) fn create_group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "members": members,
        });
        let made = self.ask("POST", "/Groups", Some(&group));
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// One PATCH operation in Entra's words; it must succeed.
    pub(crate) fn patch(&self, path: &str, op: &str, attribute: &str, value: &Value) {
        let answer = self.ask("PATCH", path, Some(&patch(op, attribute, value)));
        assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.body);
    }

    /// The most memory that the process has had so far.
    pub(crate) fn peak_memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for the end; gives the exit status and the whole log.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child).expect("it ends");
        let mut log = std::mem::take(&mut self.log);
        log.extend(self.stderr.iter());
        (status, log)
    }

    /// Ends it politely; gives the whole log.
    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{status}\n{log}");
        log
    }

    /// Ends it as a power cut would, as far as the process is concerned.
    pub(crate) fn kill(mut self) -> Folder {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
        self.folder.clone()
    }
}

/// Whom to ask, and as whom.
#[derive(Clone)]
pub(crate) struct Asker {
    address: String,
    token: String,
}

impl Asker {
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        let body = body.map(Value::to_string).unwrap_or_default();
        send(&self.address, method, &format!("/scim/v2{path}"), &[&authorization], &body)
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

fn send(address: &str, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
    let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    let mut stream = connect(address);
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("sent");
    Answer::read(stream)
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

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
        let headers = lines.filter_map(|l| l.split_once(':'));
        Self {
            status: status.expect("a status"),
            headers: headers.map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn id(&self) -> String {
        text(&self.json()["id"]).to_owned()
    }

    /// Holds that this is a SCIM error (RFC 7644 section 3.12) of this status and nothing else.
    pub(crate) fn assert_scim_error(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/scim+json"), "{}", self.body);
        let body = self.json();
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], json!(status.to_string()));
        let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert!(
            names.iter().all(|n| ["schemas", "status", "scimType", "detail"].contains(&n.as_str())),
            "{names:?}"
        );
    }
}

pub(crate) fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "emails": [{ "type": "work", "value": format!("{name}@example.com"), "primary": true }],
        "active": true,
    })
}

pub(crate) fn patch(op: &str, attribute: &str, value: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": op, "path": attribute, "value": value }],
    })
}

pub(crate) fn elements(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not an array: {value}"))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// Whether a text stands in a file, as in a database or log.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}
