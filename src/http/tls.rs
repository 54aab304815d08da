//! TLS by the process: the certificate, which is read again when its files change.

use std::{
    fs::Metadata,
    io,
    os::unix::fs::MetadataExt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::rt::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsAcceptor;

use super::stream::Stream;
use crate::{
    auth::certificate::{self, Certificate, CertificateError},
    config::{Settings, TlsFiles},
};

/// How often the files are looked at, while connections come.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a handshake may take; while places are scarce the connection is cut sooner.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// What tells that a file is another: its inode, its time and its length.
type Stamp = [Option<(u64, i64, i64, u64)>; 2];

/// The certificate that is served.
#[derive(Debug)]
pub struct Tls {
    settings: Arc<Settings>,
    files: TlsFiles,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    certificate: Certificate,
    stamp: Stamp,
    looked: Instant,
}

impl Tls {
    /// The certificate of the settings; `None` if there is none.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn of(settings: &Arc<Settings>) -> Result<Option<Self>, CertificateError> {
        let Some(files) = settings.http.tls.clone() else { return Ok(None) };
        let (stamp, certificate) = (stamp(&files), certificate::read(&files)?);
        note_served(settings, &certificate);
        let kept = Mutex::new(Kept { certificate, stamp, looked: Instant::now() });
        Ok(Some(Self { settings: Arc::clone(settings), files, kept }))
    }

    /// The certificate as it is now. Where the files changed and are wrong, the former one stays.
    pub fn current(&self) -> Certificate {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.looked.elapsed() < LOOK_EVERY {
            return kept.certificate.clone();
        }
        kept.looked = Instant::now();
        let stamp = stamp(&self.files);
        if stamp != kept.stamp {
            // Told once for each change.
            kept.stamp = stamp;
            match certificate::read(&self.files) {
                Ok(certificate) => {
                    // The same certificate may come with other issuers behind it.
                    if certificate.fingerprint != kept.certificate.fingerprint {
                        note_served(&self.settings, &certificate);
                    }
                    kept.certificate = certificate;
                    tracing::info!(
                        "the files of http.tls_cert changed: new connections get what they hold now"
                    );
                }
                Err(error) => tracing::warn!(
                    %error,
                    "the files of the certificate changed and cannot be used: the former certificate stays until they are mended"
                ),
            }
        }
        kept.certificate.clone()
    }

    /// Secures a connection.
    ///
    /// # Errors
    /// When the other side does not speak TLS, refuses the certificate, or takes too long.
    pub async fn secure(&self, stream: TcpStream) -> io::Result<Stream> {
        let acceptor = TlsAcceptor::from(self.current().config);
        let stream = timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await;
        Ok(Stream::Tls(Box::new(stream.map_err(|_| io::ErrorKind::TimedOut)??)))
    }
}

/// Whether a handshake failed because what came was none.
pub fn is_no_tls(error: &io::Error) -> bool {
    let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(of_tls, Some(rustls::Error::InvalidMessage(_)))
}

fn note_served(settings: &Settings, certificate: &Certificate) {
    if let Err(error) = certificate::note_served(settings, &certificate.fingerprint) {
        tracing::warn!(%error, "which certificate is served cannot be noted in data_dir: commands trust that of http.tls_cert alone; look at the disk and the rights of data_dir");
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |metadata: Metadata| (metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.size());
    [&files.cert, &files.key].map(|file| file.metadata().ok().map(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_changed_certificate_is_taken_and_a_wrong_one_leaves_the_former() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let new = || rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let put = |made: &rcgen::CertifiedKey<rcgen::KeyPair>| {
            std::fs::write(&files.cert, made.cert.pem()).unwrap();
            std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        };
        let mut settings = Settings::defaults_in(folder.path());
        assert!(Tls::of(&Arc::new(settings.clone())).unwrap().is_none());
        settings.http.tls = Some(files.clone());
        let settings = Arc::new(settings);
        assert!(Tls::of(&settings).is_err(), "there are no files");
        put(&new());
        let tls = Tls::of(&settings).unwrap().unwrap();
        let first = tls.current().fingerprint;
        let second = new();
        put(&second);
        assert_eq!(tls.current().fingerprint, first, "the files are looked at once a second");
        tokio::time::advance(LOOK_EVERY).await;
        let taken = tls.current().fingerprint;
        assert_ne!(taken, first);
        assert_eq!(certificate::trusted(&settings, &files), [taken; 2]);
        for wrong in ["no certificate".to_owned(), new().cert.pem()] {
            std::fs::write(&files.cert, wrong).unwrap();
            tokio::time::advance(LOOK_EVERY).await;
            assert_eq!(tls.current().fingerprint, taken);
        }
        std::fs::remove_file(&files.cert).unwrap();
        tokio::time::advance(LOOK_EVERY).await;
        assert_eq!(tls.current().fingerprint, taken);
        put(&new());
        tokio::time::advance(LOOK_EVERY).await;
        assert_ne!(tls.current().fingerprint, taken, "mended");
    }

    /// A chain without its issuer was mended in the file, and the former one was served until a restart.
    #[tokio::test(start_paused = true)]
    async fn a_mended_chain_behind_the_same_certificate_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        let [own, issuer] =
            [(); 2].map(|()| rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap());
        std::fs::write(&files.key, own.signing_key.serialize_pem()).unwrap();
        std::fs::write(&files.cert, own.cert.pem()).unwrap();
        let mut settings = Settings::defaults_in(folder.path());
        settings.http.tls = Some(files.clone());
        let tls = Tls::of(&Arc::new(settings)).unwrap().unwrap();
        let (served, first) = (issuers(&tls.current()), tls.current().fingerprint);
        assert_eq!(served, 0);
        std::fs::write(&files.cert, own.cert.pem() + &issuer.cert.pem()).unwrap();
        tokio::time::advance(LOOK_EVERY).await;
        assert_eq!((issuers(&tls.current()), tls.current().fingerprint), (1, first));
    }

    /// How many certificates of issuers a new connection gets.
    fn issuers(certificate: &Certificate) -> usize {
        let config = crate::transport::pinned::config(vec![certificate.fingerprint]).unwrap();
        let name = "localhost".try_into().unwrap();
        let mut client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let mut server = rustls::ServerConnection::new(Arc::clone(&certificate.config)).unwrap();
        let mut wire = Vec::new();
        while client.is_handshaking() {
            wire.clear();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets().unwrap();
        }
        client.peer_certificates().unwrap().len() - 1
    }
}
