//! Backs the store up.

use std::{fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    care::{Backup as Made, Pace, back_up},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Backs the store up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The file, by its absolute path; without one, the next of those in store.backup_dir.
    #[serde(default)]
    #[schemars(extend("format" = "path"))]
    pub file: Option<String>,
}

/// A backup that was made, read back and compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackupView {
    /// The file.
    pub file: String,
    /// When it was made.
    pub made_at: String,
    /// Entries in it; those that changed meanwhile count each time.
    pub records: u64,
    /// Its length.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Question for Backup {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/backup";
    const COMMAND: &'static str = "backup {file}";
    const SUMMARY: &'static str = "Backs the store up into one file, also while the service runs";
    const TAKES_LONG: bool = true;
    const SCOPE: Scope = Scope::Admin;
    type View = BackupView;

    async fn answer(&self, context: &OperatorContext) -> Result<BackupView, OperatorError> {
        let file = self.file.as_ref().map(PathBuf::from);
        if let Some(file) = file.as_ref().filter(|file| !file.is_absolute()) {
            return Err(OperatorError::Malformed(format!("{} is no absolute path", file.display())));
        }
        let pace = if context.service.is_some() { Pace::Quiet } else { Pace::Full };
        let deps = &context.deps;
        let made = back_up(&deps.store, &deps.settings.store, file, (pace, context.now())).await;
        made.map(BackupView::of).map_err(|error| OperatorError::Failed(error.to_string()))
    }
}

impl BackupView {
    fn of(backup: Made) -> Self {
        Self {
            file: backup.file.display().to_string(),
            made_at: backup.made.at,
            records: backup.records,
            bytes: backup.bytes,
            seconds: (backup.took.as_secs_f64() * 10.0).round() / 10.0,
        }
    }
}

impl fmt::Display for BackupView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, records, bytes, seconds, .. } = self;
        writeln!(f, "{file}: {records} records, {bytes} bytes, in {seconds} s; read back and compared")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_backup_goes_into_its_folder_or_under_its_name_and_over_no_other_file() {
        let place = Place::new().await;
        place.subscriber("1", |_| {}).await;
        let made = Backup { file: None }.answer(&place.context).await.unwrap();
        let folder = &place.context.deps.settings.store.backup_dir;
        assert_eq!(PathBuf::from(&made.file).parent(), Some(folder.as_path()));
        assert!(made.records > 3 && made.bytes == std::fs::metadata(&made.file).unwrap().len(), "{made}");
        let named = folder.join("named");
        let asked = || Backup { file: Some(named.display().to_string()) };
        asked().answer(&place.context).await.unwrap();
        asked().answer(&place.context).await.unwrap();
        std::fs::write(&named, "notes").unwrap();
        let refused = asked().answer(&place.context).await.unwrap_err();
        assert!(matches!(&refused, OperatorError::Failed(text) if text.contains("no backup")), "{refused}");
        assert_eq!(std::fs::read(&named).unwrap(), b"notes");
        let refused = Backup { file: Some("named".to_owned()) }.answer(&place.context).await.unwrap_err();
        assert!(matches!(refused, OperatorError::Malformed(_)), "{refused}");
    }
}
