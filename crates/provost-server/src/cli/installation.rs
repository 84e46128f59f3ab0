//! The installation that a command works on: its database, and what is known of the server there.

use super::common::Prepared;
use crate::audit::By;
use crate::config::{Config, ConfigError, DatabaseUrl, Options, Pooling, PublicUrl};
use crate::failure::Failure;
use crate::output;
use crate::schemas;
use crate::storage::{self, Storage, StorageError, Upkeep};
use provost::SchemaSet;
use std::path::{Path, PathBuf};

/// What the options of a command say of it.
pub(crate) struct Installation {
    pub(super) options: Options,
}

impl Installation {
    pub(crate) fn database(&self) -> DatabaseUrl {
        self.options.database.clone().unwrap_or_default()
    }

    /// The database file. A server has an upkeep of its own, and then this says how that is done there.
    pub(crate) fn file(&self, upkeep: Upkeep) -> Result<PathBuf, StorageError> {
        self.database().sqlite_path().map(Path::to_owned).ok_or(StorageError::OnAServer(upkeep))
    }

    /// The database, which must be there: a mistyped path is an error, and makes no file.
    pub(crate) async fn open(&self) -> Result<Storage, Failure> {
        Ok(storage::open(&self.database(), &self.pooling()?, None).await?)
    }

    /// The database, made when it is not there.
    pub(crate) async fn prepare(&self) -> Result<Storage, Failure> {
        Ok(storage::prepare(&self.database(), &self.pooling()?, None, By::operator()).await?.0)
    }

    /// How a command uses a server of databases.
    pub(crate) fn pooling(&self) -> Result<Pooling, ConfigError> {
        Ok(Pooling::of_command(&self.options.limits.resolve()?))
    }

    /// What `serve` would run with here.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        Config::resolve(self.options.clone())
    }

    /// The schemas and indices of the server there.
    pub(crate) fn schemas(&self, given: &Prepared) -> Result<SchemaSet, Failure> {
        let dir = given.schemas.as_ref().or(self.options.schemas.as_ref());
        let indexed = given.indexed.as_ref().or(self.options.indexed.as_ref());
        Ok(schemas::configured(dir.map(PathBuf::as_path), indexed.map_or(&[], Vec::as_slice))?)
    }

    /// Where pages are: as configured, else at the address that is listened on unless another one is given. A link with
    /// such an address works on this machine at best, so the operator is told.
    pub(crate) fn public_url(&self) -> Result<PublicUrl, Failure> {
        let http = self.config()?.http;
        if let Some(public_url) = http.public_url {
            return Ok(public_url);
        }
        let guess = PublicUrl::of_address(http.listen);
        output::say(format_args!(
            "note: this command does not know the public URL of the server, and {guess} is a guess: set `public-url` in provost.toml, or \
             PROVOST_PUBLIC_URL, as for the server"
        ));
        Ok(guess)
    }

    /// Known only where it was configured: the address of a running server is not.
    pub(crate) fn tenant_url(&self) -> Option<String> {
        self.options.public_url.as_ref().map(PublicUrl::tenant_url)
    }
}
