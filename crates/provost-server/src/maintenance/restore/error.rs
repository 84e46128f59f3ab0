//! Why a backup is not restored.

use std::path::PathBuf;

/// Why a backup is not restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    #[error("there is no backup `{}`", .0.display())]
    NoBackup(PathBuf),
    #[error("`{}` is the database itself: name a backup of it", .0.display())]
    Same(PathBuf),
    #[error("the backup `{}` is damaged, and was not restored: {what}", file.display())]
    Damaged { file: PathBuf, what: String },
    #[error(
        "this would replace the database `{}`, which holds {holds}, for good; nothing was changed: repeat the command with \
         `--yes`", path.display()
    )]
    Unconfirmed { path: PathBuf, holds: String },
}
