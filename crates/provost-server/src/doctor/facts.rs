//! What the checks look at, collected in one place: settings, files, and the database.

use crate::checks::{self, FactStore};
use crate::cli::common::Prepared;
use crate::cli::environment;
use crate::cli::installation::Installation;
use crate::clock::{self, Timestamp};
use crate::config::Config;
use crate::failure::Failure;
use crate::jobs::{Figures, OutboxStore};
use crate::machine;
use crate::maintenance::findings;
use crate::organisations::{Organisation, OrganisationStore};
use crate::people::{Details, PeopleStore};
use crate::slug::Slug;
use crate::storage::{self, Storage, StorageError};
use provost::SchemaSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// How many users with refused names are listed; `provost check` lists more.
const NAMED: usize = 3;

/// The current state of an installation.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) now: Timestamp,
    /// The configuration `serve` would use, or why it would refuse.
    pub(super) config: Result<Config, String>,
    /// A sentence for each variable that looks like ours but that nothing reads.
    pub(super) unknown_variables: Vec<String>,
    /// Why the schemas cannot be read, if they cannot.
    pub(super) schemas: Result<(), String>,
    /// What the mail server said, or what is wrong with it; `None` if it was not asked.
    pub(super) mail_server: Option<Result<String, String>>,
    pub(super) open_files: u64,
    /// `None` if there is none.
    pub(super) file: Option<File>,
    /// What is in the database, or why it cannot be read.
    pub(super) database: Result<Contents, String>,
}

/// The database's files.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// In the file system; `None` if that does not say.
    pub(super) free_bytes: Option<u64>,
    /// Such as `ext4`; `None` if the machine does not say.
    pub(super) file_system: Option<String>,
    /// The file, its log and the index of the log, each with its permissions.
    pub(super) modes: Vec<(PathBuf, u32)>,
}

/// What is in the database.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    /// The facts about each organisation.
    pub(super) each: Vec<checks::Facts>,
    /// The first users whose names would be refused today, a line each.
    pub(super) names: Vec<String>,
    /// Whether deleted data is overwritten; `None` if that is not up to us.
    pub(super) is_overwritten: Option<bool>,
    /// How many members of which organisation have a role with another name than in an earlier release.
    pub(super) renamed_roles: Vec<(Slug, i64)>,
    /// Members no identity provider manages.
    pub(super) by_hand: Vec<(Slug, Details)>,
    /// When it was restored from a backup, unless provisioning was restarted since.
    pub(super) restored: Option<Timestamp>,
    /// Mail that is waiting.
    pub(super) outbox: Figures,
    /// A sentence for each organisation whose identity provider still has values of another public URL, if one is set.
    #[cfg(feature = "sso")]
    pub(super) moved: Vec<String>,
}

/// Collects everything. What is missing or broken is a fact too.
pub(super) async fn gather(installation: &Installation, given: &Prepared, connect: bool) -> Facts {
    let schemas = installation.schemas(given).map_err(|e| e.to_string());
    let config = installation.config().map_err(|e| e.to_string());
    let sends_mail = config.as_ref().is_ok_and(|config| config.mail.is_some());
    let database = contents(installation, schemas.as_ref().ok(), sends_mail).await;
    Facts {
        now: clock::now(),
        mail_server: match &config {
            Ok(config) if connect => mail_server(config).await,
            _ => None,
        },
        config,
        unknown_variables: environment::unknown(std::env::vars_os().map(|(name, _)| name)),
        schemas: schemas.map(drop),
        open_files: machine::open_files(),
        file: installation.database().sqlite_path().and_then(file),
        database: database.map_err(|e| e.to_string()),
    }
}

#[cfg(feature = "mail")]
async fn mail_server(config: &Config) -> Option<Result<String, String>> {
    let settings = config.mail.as_ref()?;
    Some(match crate::mail::Postbox::open(settings) {
        Ok(postbox) => postbox.reach().await,
        Err(why) => Err(why.to_string()),
    })
}

#[cfg(not(feature = "mail"))]
async fn mail_server(_config: &Config) -> Option<Result<String, String>> {
    None
}

async fn contents(
    installation: &Installation,
    schemas: Option<&SchemaSet>,
    sends_mail: bool,
) -> Result<Contents, Failure> {
    let pooling = installation.pooling()?;
    let storage = storage::open(&installation.database(), &pooling, schemas).await?;
    // whether it answers, and was prepared for these schemas
    storage.ping().await?;
    let (organisations, names) = (storage.organisations().await?, storage.notices(NAMED).await?);
    let (mut renamed_roles, mut by_hand) = (Vec::new(), Vec::new());
    for organisation in &organisations {
        let slug = || organisation.slug.clone();
        renamed_roles.push((slug(), storage.renamed_roles(organisation.tenant).await?));
        let members = storage.by_hand(organisation.tenant).await?;
        by_hand.extend(members.into_iter().map(|member| (slug(), member)));
    }
    renamed_roles.retain(|(_, members)| *members > 0);
    Ok(Contents {
        renamed_roles,
        by_hand,
        names: names.iter().map(|f| findings::line(f, &organisations)).collect(),
        is_overwritten: storage.is_overwritten().await?,
        restored: storage.restored().await?,
        outbox: storage.outbox_figures(clock::now()).await?,
        #[cfg(feature = "sso")]
        moved: match installation.config()?.http.public_url {
            Some(public_url) => crate::sso::moved(&storage, &public_url).await?,
            None => Vec::new(),
        },
        each: each(&storage, organisations, sends_mail).await?,
    })
}

async fn each(
    storage: &Storage,
    organisations: Vec<Organisation>,
    sends_mail: bool,
) -> Result<Vec<checks::Facts>, StorageError> {
    let mut all = Vec::new();
    for organisation in organisations {
        all.push(storage.facts(organisation, sends_mail, clock::now()).await?);
    }
    Ok(all)
}

fn file(path: &Path) -> Option<File> {
    let bytes = fs::metadata(path).ok()?.len();
    let modes = ["", "-wal", "-shm"].into_iter().filter_map(|suffix| {
        let mut name: OsString = fs::canonicalize(path).ok()?.into_os_string();
        name.push(suffix);
        let path = PathBuf::from(name);
        Some((path.clone(), mode(&path)?))
    });
    Some(File {
        path: path.to_owned(),
        bytes,
        free_bytes: machine::free_bytes(path).ok(),
        file_system: machine::file_system(path),
        modes: modes.collect(),
    })
}

fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(test)]
impl Facts {
    /// An installation without any findings.
    pub(super) fn sound() -> Self {
        use crate::config::Options;
        let now = Timestamp::from_millis(1_800_000_000_000);
        let options = Options {
            public_url: "https://scim.example.com".parse().ok(),
            smtp: "smtps://smtp.example.com".parse().ok(),
            mail_from: "no-reply@example.com".parse().ok(),
            secret_key_file: Some("secret-key".into()),
            ..Options::default()
        };
        Self {
            now,
            config: Config::resolve(options).map_err(|e| e.to_string()),
            unknown_variables: Vec::new(),
            schemas: Ok(()),
            mail_server: Some(Ok("smtps://smtp.example.com:465 answered".to_owned())),
            open_files: 1_024,
            file: Some(File {
                path: "provost.db".into(),
                bytes: 1 << 20,
                free_bytes: Some(1 << 40),
                file_system: Some("ext4".to_owned()),
                modes: vec![("provost.db".into(), 0o600)],
            }),
            database: Ok(Contents {
                each: vec![checks::Facts::sound()],
                names: Vec::new(),
                renamed_roles: Vec::new(),
                by_hand: Vec::new(),
                is_overwritten: Some(true),
                restored: None,
                outbox: Figures::default(),
                #[cfg(feature = "sso")]
                moved: Vec::new(),
            }),
        }
    }
}
