//! The certificate of the HTTP side and its key (`http.tls_cert`, `http.tls_key`), as they stand in their files.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use thiserror::Error;

use super::{private_file, sha256::sha256};
use crate::config::{Settings, TlsFiles};

/// The longest file that is read: a chain of certificates has some kilobytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What tells certificates apart: the SHA-256 of the first one of a file.
pub type Fingerprint = [u8; 32];

/// A certificate that is served.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// How connections are secured.
    pub config: Arc<ServerConfig>,
    /// Which it is.
    pub fingerprint: Fingerprint,
}

/// Why a certificate cannot be served.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{} ({key}) cannot be read ({error}): put the file there, readable for the user that runs Tandem", file.display())]
    Unreadable {
        /// The setting.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file holds something else.
    #[error("{} ({key}) holds no {wanted} in PEM form: {remedy}", file.display())]
    Not {
        /// The setting.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// What it should hold.
        wanted: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The key is not the certificate's.
    #[error("the key in {} (http.tls_key) is not that of the first certificate in {} (http.tls_cert), or of a kind that is not known: put both files of one certificate there, its own before those of its issuers", key.display(), cert.display())]
    DoNotFit {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
}

/// Reads both files.
///
/// # Errors
/// [`CertificateError`], naming the file and what to do.
pub fn read(files: &TlsFiles) -> Result<Certificate, CertificateError> {
    let chain = chain(&files.cert)?;
    let fingerprint = chain.first().map(|own| sha256(own)).unwrap_or_default();
    let text = bytes(&files.key, "http.tls_key")?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|_| CertificateError::Not {
        key: "http.tls_key",
        file: files.key.clone(),
        wanted: "private key",
        remedy: "put the certificate's key there, without a password",
    })?;
    let do_not_fit = |_| CertificateError::DoNotFit { cert: files.cert.clone(), key: files.key.clone() };
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(do_not_fit)?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).map_err(do_not_fit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Certificate { config: Arc::new(config), fingerprint })
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let text = bytes(file, "http.tls_cert")?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| CertificateError::Not {
        key: "http.tls_cert",
        file: file.to_owned(),
        wanted: "certificate",
        remedy: "put the certificate there, followed by those of its issuers",
    })
}

fn bytes(file: &Path, key: &'static str) -> Result<Vec<u8>, CertificateError> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(CertificateError::Unreadable { key, file: file.to_owned(), error }),
    }
}

fn served_path(settings: &Settings) -> PathBuf {
    settings.data_dir.join("served-certificate")
}

/// Notes which certificate the service serves, for the commands of this machine: it may be another than that of the file.
///
/// # Errors
/// When the file cannot be written.
pub fn note_served(settings: &Settings, served: &Fingerprint) -> io::Result<()> {
    private_file::write(&served_path(settings), &HEXLOWER.encode(served))
}

/// The certificates that a command trusts at the service's own address: that of the file, and that which is served.
#[must_use]
pub fn trusted(settings: &Settings, files: &TlsFiles) -> Vec<Fingerprint> {
    let of_file = chain(&files.cert).ok().and_then(|chain| chain.first().map(|own| sha256(own)));
    let served = private_file::read(&served_path(settings)).ok().flatten();
    let served = served.and_then(|text| HEXLOWER.decode(text.expose().as_bytes()).ok()?.try_into().ok());
    of_file.into_iter().chain(served).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_files_is_said_with_the_file_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let [one, other] =
            [(); 2].map(|()| rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap());
        let said = |cert: Option<&str>, key: Option<&str>| {
            for (path, text) in [(&files.cert, cert), (&files.key, key)] {
                text.map_or_else(
                    || drop(std::fs::remove_file(path)),
                    |text| std::fs::write(path, text).unwrap(),
                );
            }
            read(&files).map(|read| read.fingerprint).map_err(|error| error.to_string())
        };
        let (cert, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        let right = said(Some(&cert), Some(&key)).unwrap();
        let missing = said(None, Some(&key)).unwrap_err();
        assert!(missing.contains("cert.pem (http.tls_cert) cannot be read"), "{missing}");
        for (cert, key, words) in [
            ("", key.as_str(), "cert.pem (http.tls_cert) holds no certificate"),
            (&key, &key, "cert.pem (http.tls_cert) holds no certificate"),
            (&cert, "", "key.pem (http.tls_key) holds no private key"),
            (&cert, &other.signing_key.serialize_pem(), "is not that of the first certificate"),
        ] {
            let said = said(Some(cert), Some(key)).unwrap_err();
            assert!(said.contains(words) && !said.contains("BEGIN"), "{said}");
        }
        let settings = Settings::defaults_in(folder.path());
        said(Some(&other.cert.pem()), None).unwrap_err();
        assert_eq!(trusted(&settings, &files).len(), 1);
        note_served(&settings, &right).unwrap();
        assert_eq!(trusted(&settings, &files)[1], right, "the service may still serve the former one");
    }
}
