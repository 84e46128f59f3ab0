//! One mail server: a connection at a time that is kept, and what each step of handing over a letter came to.

use super::fault::{Fault, Kind, Step, answer};
use super::lines::Lines;
use super::{PostboxError, Sending};
use crate::config::{self, Encryption, SmtpServer};
use crate::mail::message::Message;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// How long a connection is kept without a letter; servers keep one for minutes.
const IDLE: Duration = Duration::from_secs(30);
/// The longest password, in bytes: more is another file.
const LONGEST_PASSWORD: usize = 4_096;

pub(super) struct Server {
    at: SmtpServer,
    /// The sender, whose domain is ours at EHLO.
    from: Address,
    password_file: Option<PathBuf>,
    tls: Option<TlsParameters>,
    patience: Duration,
    /// A connection that nobody uses, and since when.
    idle: Mutex<Option<(AsyncSmtpConnection, Instant)>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.at).finish()
    }
}

impl Server {
    pub(super) fn new(at: &SmtpServer, settings: &config::Mail, from: Address) -> Result<Self, PostboxError> {
        let tls = match at.encryption {
            Encryption::None => None,
            Encryption::Tls | Encryption::StartTls => Some(tls(at, settings.authorities.as_deref())?),
        };
        if let Some(file) = &settings.password_file {
            password(file).map_err(PostboxError::Password)?;
        }
        Ok(Self {
            at: at.clone(),
            from,
            password_file: settings.password_file.clone(),
            tls,
            patience: settings.patience,
            idle: Mutex::new(None),
        })
    }

    pub(super) async fn send(&self, message: &Message) -> Sending {
        match self.hand_over(message, Instant::now() + self.patience).await {
            Ok(words) => Sending::Taken(words),
            Err(fault) => {
                let sentence = fault.sentence(&self.at, self.from.as_ref());
                match () {
                    () if fault.is_final() => Sending::Refused(sentence),
                    () if fault.meets_all() => Sending::Away(sentence),
                    () => Sending::Later(sentence),
                }
            }
        }
    }

    /// Connects, encrypts, signs in and says good-bye: what the server called itself, or what is wrong.
    pub(super) async fn reach(&self) -> Result<String, String> {
        let until = Instant::now() + self.patience;
        match self.connect(until).await {
            Ok(mut connection) => {
                let name = connection.server_info().name().to_owned();
                drop(timeout_at(until, connection.quit()).await);
                Ok(format!("{} answered as {}", self.at, answer("", &name)))
            }
            Err(fault) => Err(fault.sentence(&self.at, self.from.as_ref())),
        }
    }

    /// Ends the connection that is kept.
    pub(super) async fn rest(&self) {
        let idle = self.idle();
        if let Some((mut connection, _)) = idle {
            drop(timeout_at(Instant::now() + self.patience, connection.quit()).await);
        }
    }

    fn idle(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn hand_over(&self, message: &Message, until: Instant) -> Result<String, Fault> {
        if let Some((connection, since)) = self.idle()
            && since.elapsed() < IDLE
        {
            match self.over(connection, message, until).await {
                // it may have been closed while it was kept
                Err(fault) if fault.is_stale() => {}
                other => return other,
            }
        }
        let connection = self.connect(until).await?;
        self.over(connection, message, until).await
    }

    /// Hands the letter over on this connection, and keeps it if it can be used again.
    async fn over(
        &self,
        mut connection: AsyncSmtpConnection,
        message: &Message,
        until: Instant,
    ) -> Result<String, Fault> {
        let result = steps(&mut connection, &self.from, message, until).await;
        let is_fit = match &result {
            Ok(_) => true,
            // refused, and ready for the next
            Err(Fault { kind: Kind::Never(_) | Kind::Busy(_) | Kind::NoUnicode, .. }) => {
                !matches!(&result, Err(fault) if fault.is_closing())
                    && matches!(timeout_at(until, connection.command(Rset)).await, Ok(Ok(_)))
            }
            Err(_) => false,
        };
        if is_fit {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some((connection, Instant::now()));
        }
        result
    }

    async fn connect(&self, until: Instant) -> Result<AsyncSmtpConnection, Fault> {
        let hello = ClientId::Domain(self.from.domain().to_owned());
        let place = (self.at.host.as_str(), self.at.port);
        let left = until.saturating_duration_since(Instant::now());
        let mut connection = match (&self.tls, self.at.encryption) {
            (Some(tls), Encryption::Tls) => {
                let all =
                    AsyncSmtpConnection::connect_tokio1(place, Some(left), &hello, Some(tls.clone()), None);
                within(until, Step::Connect, all).await?
            }
            _ => {
                let stream = within_io(until, TcpStream::connect(place)).await?;
                // the end of a mail goes out by itself, and is not to wait for the receipt of what came before
                drop(stream.set_nodelay(true));
                let greeted =
                    AsyncSmtpConnection::connect_with_transport(Box::new(Lines::new(stream)), &hello);
                within(until, Step::Greet, greeted).await?
            }
        };
        if let (Some(tls), Encryption::StartTls) = (&self.tls, self.at.encryption) {
            if !connection.can_starttls() {
                return Err(Fault { step: Step::Encrypt, kind: Kind::NoStartTls });
            }
            within(until, Step::Encrypt, connection.starttls(tls.clone(), &hello)).await?;
        }
        if let (Some(user), Some(file)) = (&self.at.user, &self.password_file) {
            let sign_in = |kind| Fault { step: Step::SignIn, kind };
            let password = password(file).map_err(|what| sign_in(Kind::NoPassword(what)))?;
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err(sign_in(Kind::NoSignIn));
            }
            let credentials = Credentials::new(user.clone(), password);
            within(until, Step::SignIn, connection.auth(DEFAULT_MECHANISMS, &credentials)).await?;
        }
        Ok(connection)
    }
}

/// MAIL FROM, RCPT TO, DATA, and what the server says at the end.
async fn steps(
    connection: &mut AsyncSmtpConnection,
    from: &Address,
    message: &Message,
    until: Instant,
) -> Result<String, Fault> {
    let mut parameters = Vec::new();
    if message.needs_unicode() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Fault { step: Step::Recipient, kind: Kind::NoUnicode });
        }
        // who takes one of these takes the other (RFC 6531 section 3.1)
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let mail = Mail::new(Some(from.clone()), parameters);
    within(until, Step::Sender, connection.command(mail)).await?;
    let recipient = Rcpt::new(message.to.clone(), Vec::new());
    within(until, Step::Recipient, connection.command(recipient)).await?;
    within(until, Step::Data, connection.command(Data)).await?;
    let said = within(until, Step::Data, connection.message(&message.bytes)).await?;
    Ok(answer(&said.code().to_string(), &said.message().collect::<Vec<_>>().join(" ")))
}

async fn within<T>(
    until: Instant,
    step: Step,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    match timeout_at(until, work).await {
        Ok(done) => done.map_err(|error| Fault::of(step, &error)),
        Err(_) => Err(Fault::slow(step)),
    }
}

async fn within_io(
    until: Instant,
    work: impl Future<Output = std::io::Result<TcpStream>>,
) -> Result<TcpStream, Fault> {
    match timeout_at(until, work).await {
        Ok(done) => done.map_err(|error| Fault::of_io(Step::Connect, &error)),
        Err(_) => Err(Fault::slow(Step::Connect)),
    }
}

fn tls(at: &SmtpServer, authorities: Option<&Path>) -> Result<TlsParameters, PostboxError> {
    let mut builder = TlsParametersBuilder::new(at.host.clone());
    if let Some(file) = authorities {
        let unreadable = |what: String| PostboxError::Authorities { file: file.to_owned(), what };
        let pem = std::fs::read(file).map_err(|e| unreadable(e.to_string()))?;
        let certificate =
            Certificate::from_pem(&pem).map_err(|_not_pem| unreadable("it is not PEM".to_owned()))?;
        if !pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            return Err(unreadable("it has no certificate in PEM".to_owned()));
        }
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build().map_err(|e| PostboxError::Tls(e.to_string()))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The text of the file, without the end of its line.
fn password(file: &Path) -> Result<String, String> {
    let unreadable = |what: &str| format!("the password cannot be read from `{}`: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| unreadable(&e.to_string()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    match password {
        "" => Err(unreadable("the file is empty")),
        long if long.len() > LONGEST_PASSWORD => Err(unreadable("the file is too long for a password")),
        lines if lines.contains(char::is_control) => Err(unreadable("the file has more than one line")),
        password => Ok(password.to_owned()),
    }
}
