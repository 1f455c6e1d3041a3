//! Against a small store that checks every signature by itself, from the specification of AWS Signature Version 4.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
/// 2013-05-24T00:00:00Z, the time of the example in the documentation of Amazon S3.
const EXAMPLE_MS: i64 = 1_369_353_600_000;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature of a request whose query is signed.
fn signature(method: &str, host: &str, path: &str, query: &str) -> String {
    let unsigned: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature=")).collect();
    let value = |name: &str| {
        let pair = unsigned.iter().find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap_or_default().replace("%2F", "/")
    };
    let canonical = format!("{method}\n{path}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", unsigned.join("&"));
    let credential = value("X-Amz-Credential");
    let (_, scope) = credential.split_once('/').unwrap();
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
        value("X-Amz-Date"),
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
    hex::encode(hmac(&key, &to_sign))
}

/// Answers one request of a connection.
async fn answer(mut stream: TcpStream, objects: &Objects) {
    let mut request = Vec::new();
    let head = loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        request.extend(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(read > 0, "the request ended early");
    };
    let text = String::from_utf8(request[..head].to_vec()).unwrap();
    let header = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while request.len() < head + length {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        request.extend(&buffer[..read]);
    }
    let mut line = text.lines().next().unwrap().split(' ');
    let (method, address) = (line.next().unwrap(), line.next().unwrap());
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let expected = format!("X-Amz-Signature={}", signature(method, &header("host").unwrap(), path, query));
    let (status, body) = if !query.split('&').any(|pair| pair == expected) {
        ("403 Forbidden", Vec::new())
    } else if path.ends_with("/broken") {
        ("500 Internal Server Error", Vec::new())
    } else {
        let mut objects = objects.lock().unwrap();
        match (method, objects.get(path).cloned()) {
            ("PUT", _) => {
                objects.insert(path.to_owned(), request[head..].to_vec());
                ("200 OK", Vec::new())
            }
            ("GET", Some(body)) => ("200 OK", body),
            ("DELETE", _) => {
                objects.remove(path);
                ("204 No Content", Vec::new())
            }
            _ => ("404 Not Found", Vec::new()),
        }
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
}

/// Runs `work` with a store at this endpoint.
async fn with_store(work: impl AsyncFnOnce(String, Objects)) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let objects = Objects::default();
    let serve = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            answer(stream, &objects).await;
        }
    };
    tokio::select! {
        () = work(endpoint, Arc::clone(&objects)) => {}
        () = serve => {}
    }
}

fn store(url: &str, endpoint: Option<&str>, secret: &str) -> S3 {
    let login = (Credentials::new(KEY, secret), REGION.to_owned(), endpoint);
    S3::new(url, login, Clock::frozen(EXAMPLE_MS)).unwrap()
}

#[test]
fn the_check_agrees_with_the_example_of_the_documentation() {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                 &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host";
    assert_eq!(
        signature("GET", "examplebucket.s3.amazonaws.com", "/test.txt", query),
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

#[tokio::test]
async fn bytes_go_to_the_bucket_under_the_prefix_and_come_back() {
    with_store(async |endpoint, objects| {
        let blobs = store("s3://photos/baobei/", Some(&endpoint), SECRET);
        assert_eq!(blobs.get("1/ab/abc").await.unwrap(), None);
        blobs.put("1/ab/abc", Bytes::from_static(b"pixels")).await.unwrap();
        assert_eq!(objects.lock().unwrap().keys().collect::<Vec<_>>(), ["/photos/baobei/1/ab/abc"]);
        assert_eq!(blobs.get("1/ab/abc").await.unwrap().as_deref(), Some(&b"pixels"[..]));
        blobs.remove("1/ab/abc").await.unwrap();
        blobs.remove("1/ab/abc").await.unwrap();
        assert_eq!(blobs.get("1/ab/abc").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_secret_and_a_broken_store_are_told_without_the_address() {
    with_store(async |endpoint, objects| {
        let stranger = store("s3://photos", Some(&endpoint), "another secret");
        let refused = stranger.put("1/ab/abc", Bytes::from_static(b"pixels")).await.unwrap_err();
        assert!(matches!(refused, BlobError::Refused(403)), "{refused}");
        assert!(objects.lock().unwrap().is_empty());
        let broken = store("s3://photos", Some(&endpoint), SECRET).get("broken").await.unwrap_err();
        assert!(matches!(broken, BlobError::Refused(500)), "{broken}");
    })
    .await;
    let nobody = store("s3://photos", Some("http://127.0.0.1:1"), SECRET).get("1/ab/abc").await.unwrap_err();
    let told = format!("{nobody:?} {nobody}");
    assert!(!told.contains("X-Amz-Signature") && !told.contains("1/ab/abc"), "{told}");
}

#[test]
fn amazons_buckets_have_hosts_of_their_own() {
    let blobs = store("s3://photos", None, SECRET);
    assert_eq!(blobs.bucket.object_url("a").as_str(), "https://photos.s3.us-east-1.amazonaws.com/a");
    for wrong in ["photos", "s3://", "https://photos"] {
        let login = (Credentials::new(KEY, SECRET), REGION.to_owned(), None);
        assert!(S3::new(wrong, login, Clock::frozen(0)).is_err(), "{wrong}");
    }
}
