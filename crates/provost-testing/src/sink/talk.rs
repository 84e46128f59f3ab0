//! The server's side of one connection.

use super::{Mail, Manner, State, Step, Turn, lock};
use data_encoding::BASE64;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The longest line of a mail, without its line break (RFC 5321 section 4.5.3.1.6).
const LONGEST: usize = 998;

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

struct Talk<'a> {
    stream: Box<dyn Stream>,
    /// Kept for STARTTLS, which takes over the connection.
    raw: TcpStream,
    read: Vec<u8>,
    manner: &'a Mutex<Manner>,
    state: &'a Mutex<State>,
    mail: Mail,
    accepts_unicode: bool,
}

/// Talks until one side ends it.
pub(super) fn talk(stream: &TcpStream, number: usize, manner: &Mutex<Manner>, state: &Mutex<State>) {
    let (Ok(raw), Ok(plain)) = (stream.try_clone(), stream.try_clone()) else { return };
    let mail = Mail { connection: number, ..Mail::default() };
    let read = Vec::new();
    let mut talk = Talk { stream: Box::new(plain), raw, read, manner, state, mail, accepts_unicode: false };
    // a client that hangs up does not fail the test
    let _ = talk.all();
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

impl Talk<'_> {
    fn all(&mut self) -> io::Result<()> {
        let at_once = {
            let manner = lock(self.manner);
            manner.tls.clone().filter(|_| manner.is_encrypted_at_once)
        };
        if let Some(tls) = at_once {
            self.encrypt(tls)?;
        }
        self.answer(Step::Connect, "220 sink.example ESMTP\r\n")?;
        loop {
            let line = String::from_utf8_lossy(&self.line()?).into_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            lock(self.state).heard.push(if verb == "AUTH" { "AUTH".to_owned() } else { line.clone() });
            match verb.as_str() {
                "EHLO" => {
                    let greeting = self.greeting();
                    self.answer(Step::Hello, &greeting)?;
                }
                "STARTTLS" => self.starttls()?,
                "AUTH" => self.sign_in(&line)?,
                "MAIL" => self.sender(&line)?,
                "RCPT" => self.recipient(&line)?,
                "DATA" => self.data()?,
                "RSET" => {
                    self.reset();
                    self.say("250 2.0.0 forgotten\r\n")?;
                }
                "NOOP" => self.say("250 2.0.0 yes\r\n")?,
                "QUIT" => return self.say("221 2.0.0 good-bye\r\n"),
                _ => self.say("500 5.5.1 what\r\n")?,
            }
        }
    }

    fn greeting(&self) -> String {
        let manner = lock(self.manner);
        let mut lines = vec!["sink.example".to_owned()];
        lines.extend(manner.offers.iter().cloned());
        if manner.tls.is_some() && !self.mail.is_encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if manner.user.is_some() {
            lines.push("AUTH PLAIN LOGIN".to_owned());
        }
        let last = lines.len() - 1;
        lines
            .iter()
            .enumerate()
            .map(|(n, line)| format!("250{}{line}\r\n", if n == last { ' ' } else { '-' }))
            .collect()
    }

    fn starttls(&mut self) -> io::Result<()> {
        let tls = lock(self.manner).tls.clone();
        let Some(tls) = tls.filter(|_| !self.mail.is_encrypted) else { return self.say("502 5.5.1 no\r\n") };
        if self.answer(Step::StartTls, "220 2.0.0 go ahead\r\n")? {
            self.encrypt(tls)?;
        }
        Ok(())
    }

    fn encrypt(&mut self, tls: Arc<ServerConfig>) -> io::Result<()> {
        let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
        self.stream = Box::new(StreamOwned::new(connection, self.raw.try_clone()?));
        self.mail.is_encrypted = true;
        Ok(())
    }

    fn sign_in(&mut self, line: &str) -> io::Result<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let (name, password) = match words[..] {
            [_, "PLAIN", initial] => {
                let text = decoded(initial);
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            [_, "LOGIN"] => {
                self.say("334 VXNlcm5hbWU6\r\n")?;
                let name = String::from_utf8_lossy(&self.line()?).into_owned();
                self.say("334 UGFzc3dvcmQ6\r\n")?;
                (decoded(&name), decoded(&String::from_utf8_lossy(&self.line()?)))
            }
            _ => return self.say("504 5.5.4 no such mechanism\r\n"),
        };
        let is_known = lock(self.manner).user == Some((name.clone(), password));
        let usual = if is_known { "235 2.7.0 welcome\r\n" } else { "535 5.7.8 wrong user or password\r\n" };
        if self.answer(Step::SignIn, usual)? {
            self.mail.user = Some(name);
        }
        Ok(())
    }

    fn sender(&mut self, line: &str) -> io::Result<()> {
        if lock(self.manner).user.is_some() && self.mail.user.is_none() {
            return self.say("530 5.7.0 sign in first\r\n");
        }
        self.reset();
        let (address, parameters) = path(line);
        let offers = |name: &str| lock(self.manner).offers.iter().any(|offer| offer == name);
        for (parameter, offer) in [("SMTPUTF8", "SMTPUTF8"), ("BODY=8BITMIME", "8BITMIME")] {
            if parameters.contains(parameter) && !offers(offer) {
                return self.say("555 5.5.4 not offered\r\n");
            }
        }
        self.accepts_unicode = parameters.contains("SMTPUTF8");
        if self.answer(Step::Sender, "250 2.1.0 go on\r\n")? {
            (self.mail.from, self.mail.parameters) = (address, parameters);
        }
        Ok(())
    }

    fn recipient(&mut self, line: &str) -> io::Result<()> {
        let (address, _) = path(line);
        if !address.is_ascii() && !self.accepts_unicode {
            return self.say("553 5.6.7 no SMTPUTF8 was asked for\r\n");
        }
        if self.answer(Step::Recipient, "250 2.1.5 known\r\n")? {
            self.mail.to.push(address);
        }
        Ok(())
    }

    fn data(&mut self) -> io::Result<()> {
        if !self.answer(Step::Data, "354 go on\r\n")? {
            return Ok(());
        }
        let mut data = Vec::new();
        let mut fault = None;
        loop {
            let line = self.line()?;
            if line == b"." {
                break;
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            fault = fault.or(match () {
                () if line.len() > LONGEST => Some("554 5.6.0 a line is too long\r\n"),
                () if line.contains(&b'\r') || line.contains(&b'\n') => {
                    Some("554 5.6.0 a bare end of line\r\n")
                }
                () if !line.is_ascii() && !self.mail.parameters.contains("8BITMIME") => {
                    Some("554 5.6.1 not 7 bit\r\n")
                }
                () => None,
            });
            data.extend_from_slice(line);
            data.extend_from_slice(b"\r\n");
        }
        if let Some(fault) = fault {
            return self.say(fault);
        }
        self.mail.data = String::from_utf8_lossy(&data).into_owned();
        let mail = self.mail.clone();
        let turn = self.turn(Step::Mail);
        // before the answer, since a client that has the answer may look
        if !matches!(&turn, Turn::Say(text) if !text.starts_with('2')) {
            lock(self.state).mails.push(mail);
        }
        self.reset();
        self.act(turn, "250 2.0.0 taken\r\n").map(drop)
    }

    fn reset(&mut self) {
        let Mail { is_encrypted, connection, user, .. } = std::mem::take(&mut self.mail);
        self.mail = Mail { is_encrypted, connection, user, ..Mail::default() };
        self.accepts_unicode = false;
    }

    fn turn(&self, step: Step) -> Turn {
        let mut manner = lock(self.manner);
        let next = manner.turns.get_mut(&step).and_then(std::collections::VecDeque::pop_front);
        next.or_else(|| manner.always.get(&step).cloned()).unwrap_or(Turn::Usual)
    }

    /// Whether the client may go on.
    fn answer(&mut self, step: Step, usual: &str) -> io::Result<bool> {
        let turn = self.turn(step);
        self.act(turn, usual)
    }

    fn act(&mut self, turn: Turn, usual: &str) -> io::Result<bool> {
        let text = match turn {
            Turn::Usual => usual.to_owned(),
            Turn::Say(text) => text,
            Turn::Late(time) => {
                thread::sleep(time);
                usual.to_owned()
            }
            Turn::Drop => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        self.say(&text)?;
        Ok(text.starts_with(['2', '3']))
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    /// The next line, without CR LF.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|two| two == b"\r\n") {
                let rest = self.read.split_off(end + 2);
                let mut line = std::mem::replace(&mut self.read, rest);
                line.truncate(end);
                return Ok(line);
            }
            let mut some = [0; 65_536];
            match self.stream.read(&mut some)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.read.extend_from_slice(some.get(..n).unwrap_or_default()),
            }
        }
    }
}

/// The address between angle brackets, and what follows.
fn path(line: &str) -> (String, String) {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    let (address, parameters) = rest.split_once('>').unwrap_or_default();
    (address.to_owned(), parameters.trim().to_owned())
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&BASE64.decode(text.as_bytes()).unwrap_or_default()).into_owned()
}
