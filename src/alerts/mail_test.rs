use std::path::Path;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

use super::*;
use crate::{
    config::{Environment, Settings},
    domain::{AlertKind, AlertPlace, Timestamp},
};

/// A mail server on a real socket: answers each `RCPT` with the next of these, and gives what it was told of each connection.
async fn sink(answers: &'static [&'static str]) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let mut all = Vec::new();
        for answer in answers {
            let (socket, _) = listener.accept().await.unwrap();
            all.push(conversation(socket, answer).await);
        }
        all
    });
    (port, served)
}

async fn conversation(socket: tokio::net::TcpStream, to_rcpt: &str) -> String {
    let mut stream = BufReader::new(socket);
    let (mut told, mut is_data, mut line) = (String::new(), false, String::new());
    stream.write_all(b"220 sink\r\n").await.unwrap();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
            return told;
        }
        told.push_str(&line);
        let answer = match line.split_whitespace().next().unwrap_or_default() {
            _ if is_data && line != ".\r\n" => continue,
            "." => "250 taken",
            "EHLO" => "250-sink\r\n250 8BITMIME",
            "RCPT" => to_rcpt,
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        is_data = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

fn settings(smtp_url: &str) -> AlertSettings {
    let text = format!(
        "[alerts]\nmail_to = [\"night@example.org\"]\nmail_from = \"Tandem <tandem@example.com>\"\nsmtp_url = \"{smtp_url}\""
    );
    Settings::from_toml(&text, Path::new("tandem.toml"), &Environment::default()).unwrap().alerts
}

fn alert(subject: &str) -> QueuedAlert {
    QueuedAlert {
        id: "0123456789abcdef".to_owned(),
        place: AlertPlace::Mail("night@example.org".to_owned()),
        kind: AlertKind::Paused,
        at: Timestamp::from_secs(1_800_000_000),
        subject: subject.to_owned(),
        body: "Tandem: hope is paused.\n\nhope (Zoë's friends)\n.\nBcc: all@example.org\n".to_owned(),
        attempts: 0,
        next: Timestamp::from_secs(1_800_000_000),
    }
}

#[tokio::test]
async fn a_mail_server_that_answers_451_first_gets_the_same_mail_again() {
    let (port, served) = sink(&["451 later", "250 ok"]).await;
    let settings = settings(&format!("smtp://127.0.0.1:{port}"));
    let send = async || send(&settings, "night@example.org", &alert("Tandem: hope is paused")).await;
    let failed = send().await.unwrap_err();
    assert_eq!(failed.why, "the mail server answered 451");
    assert!(failed.is_of_receiver, "other receivers are tried");
    assert_eq!(send().await.unwrap(), "the mail server took it");
    let told = served.await.unwrap();
    let mail = &told[1];
    for line in [
        "MAIL FROM:<tandem@example.com>",
        "RCPT TO:<night@example.org>",
        "From: Tandem <tandem@example.com>\r\n",
        "To: night@example.org\r\n",
        "Subject: Tandem: hope is paused\r\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n",
        "Message-ID: <0123456789abcdef@example.com>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Zo=C3=AB's friends",
    ] {
        assert!(mail.contains(line), "{line} is missing: {mail}");
    }
    assert_eq!(mail.matches("RCPT TO").count(), 1, "a text that looks like a header is text");
}

#[tokio::test]
async fn no_text_adds_a_header() {
    let settings = settings("smtp://127.0.0.1:1");
    let mail = mail(&settings, "night@example.org", &alert("Tandem: x\r\nBcc: all@example.org\r\n\r\nbody"));
    let mail = mail.unwrap();
    let text = String::from_utf8(mail.formatted()).unwrap();
    let (headers, _) = text.split_once("\r\n\r\n").unwrap();
    assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{text}");
    assert_eq!(mail.envelope().to().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mail_server_that_hangs_is_left_alone_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = settings(&format!("smtp://127.0.0.1:{port}"));
    let failed = send(&settings, "night@example.org", &alert("Tandem: hope is paused")).await.unwrap_err();
    assert!(
        ["the mail server gives no answer", "the mail server took longer than 45s"]
            .contains(&failed.why.as_str()),
        "{}",
        failed.why
    );
    assert!(!failed.is_of_receiver, "no other receiver waits for the same server");
}

#[tokio::test]
async fn what_went_wrong_is_told_apart_and_quotes_no_secret() {
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let (port, served) = sink(&["550 no night@example.org here for s3cret"]).await;
    let refused = format!("smtp://127.0.0.1:{gone}");
    let unknown = format!("smtp://127.0.0.1:{port}");
    let no_sign_in = sink(&["250 ok"]).await.0;
    for (url, expected) in [
        (refused.as_str(), "refuses the connection"),
        (&unknown, "answered 550: it refuses the sender, the receiver"),
        (&format!("smtp://tandem:s3cret@127.0.0.1:{no_sign_in}"), "does not offer what is needed"),
    ] {
        let failed = send(&settings(url), "night@example.org", &alert("x")).await.unwrap_err();
        assert!(failed.why.contains(expected) && !failed.why.contains("s3cret"), "{}", failed.why);
    }
    served.await.unwrap();
}
