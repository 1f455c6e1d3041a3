//! `baobei phone photo`: photos that wait for a signal, and records that do not wait for photos.

use std::fs;
use std::path::PathBuf;

use api_spec::attachments::Attachment;
use reqwest::Method;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sync_core::op::Digest;
use tests::api::read;
use tests::process::ServerProcess;

use super::phone::{Phone, set_up};
use super::user;

/// A JPEG of so many bytes.
fn photo(size: usize) -> Vec<u8> {
    let head = b"\xff\xd8\xff\xdb\0\x08tables\xff\xda\0\x08\x01\x01\0\0\x3f\0";
    let pixels = (0..size - head.len() - 2).map(|at| u8::try_from(at % 251).unwrap());
    head.iter().copied().chain(pixels).chain([0xff, 0xd9]).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Digest(Sha256::digest(bytes).into()).to_string()
}

/// Writes a file where the camera would.
fn taken(server: &ServerProcess, name: &str, bytes: &[u8]) -> PathBuf {
    let path = server.home().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A visit on the phone.
fn visit(phone: &Phone, purpose: &str) -> String {
    phone.run(&["visit", "--purpose", purpose]).ok()["record"].as_str().unwrap().to_owned()
}

/// The photos that wait on the phone.
fn kept(phone: &Phone) -> Vec<PathBuf> {
    let folder = phone.state.with_extension("json.photos");
    fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

tests::scenarios! {
    async fn a_photo_waits_for_a_signal_and_is_sent_after_its_record(engine: Engine) {
        let (mut server, phone) = set_up(engine, &[]).await;
        server.kill();
        let (id, bytes) = (visit(&phone, "物料检查"), photo(3_000));
        let file = taken(&server, "display.jpg", &bytes);
        let added = phone.run(&["photo", &id, file.to_str().unwrap()]).ok();
        assert_eq!((&added["sha256"], &added["photos_waiting"], &added["pending"]), (&sha256(&bytes).into(), &1.into(), &2.into()));
        fs::remove_file(file).unwrap();
        assert_eq!(phone.run(&["sync"]).code, Some(4));
        assert_eq!((phone.status()["photos_waiting"].clone(), kept(&phone).len()), (1.into(), 1), "the phone has its own copy");
        server.restart().await;
        let report = phone.sync();
        assert_eq!((&report["acknowledged"], &report["photos"]), (&2.into(), &json!({"sent": 1, "bytes": 3_000, "waiting": 0, "kept_back": []})));
        assert_eq!((phone.status()["photos_waiting"].clone(), kept(&phone).len()), (0.into(), 0));
        let view = phone.run(&["show", &id]).ok();
        assert_eq!(view["body"]["photos"], json!([sha256(&bytes)]));
        let lead = user(&server, "lihua").await;
        let seen = lead.request(Method::GET, &format!("/v1/attachments/{}", sha256(&bytes))).send().await.unwrap();
        assert_eq!(seen.status(), 200, "who sees the visit sees its photo");
        assert_eq!(phone.sync()["photos"]["sent"], 0, "once");
    }

    async fn an_upload_that_was_cut_goes_on_where_it_stopped(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        let (id, bytes) = (visit(&phone, "门店"), photo(500_000));
        let file = taken(&server, "shop.jpg", &bytes);
        phone.run(&["photo", &id, file.to_str().unwrap()]).ok();
        // what came through before the line was cut
        let sender = user(&server, "wangjianguo").await;
        let request = sender.request(Method::PUT, &format!("/v1/attachments/{}", sha256(&bytes)));
        let request = request.header(CONTENT_TYPE, "image/jpeg").header(CONTENT_RANGE, "bytes 0-299999/500000");
        read::<Attachment>(request.body(bytes[..300_000].to_vec())).await.unwrap();
        let report = phone.sync();
        assert_eq!(report["photos"], json!({"sent": 1, "bytes": 200_000, "waiting": 0, "kept_back": []}));
        let own = sender.request(Method::GET, &format!("/v1/attachments/{}", sha256(&bytes))).send().await.unwrap();
        assert_eq!(own.bytes().await.unwrap().to_vec(), bytes);
        // the same photo of somebody else is there already: it is sent once more, and is theirs, too
        let lead = Phone::new(&server, "lihua");
        lead.login("lihua-demo-2026");
        lead.sync();
        let id = visit(&lead, "同一张照片");
        lead.run(&["photo", &id, file.to_str().unwrap()]).ok();
        assert_eq!(lead.sync()["photos"], json!({"sent": 1, "bytes": 500_000, "waiting": 0, "kept_back": []}));
    }

    async fn what_the_server_would_not_take_is_refused_before_it_is_kept(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        let id = visit(&phone, "照片");
        let info: Value = server.api().get("/v1/info").await.unwrap();
        let limit = usize::try_from(info["limits"]["attachment_bytes"].as_u64().unwrap()).unwrap();
        let large = taken(&server, "large.jpg", &photo(limit + 1));
        let text = taken(&server, "text.jpg", b"a text is no photo");
        let damaged = taken(&server, "damaged.jpg", b"\xff\xd8\xff\xe1\x7f\xff and so on");
        let good = taken(&server, "good.jpg", &photo(limit));
        for (record, file) in [(&id, &large), (&id, &text), (&id, &damaged), (&id, &server.home().join("none.jpg")), (&"nothing".to_owned(), &good)] {
            let answer = phone.run(&["photo", record, file.to_str().unwrap()]);
            assert_eq!(answer.code, Some(3), "{}: {}", file.display(), answer.json);
        }
        assert_eq!((phone.status()["recorded"].clone(), kept(&phone).len()), (1.into(), 0));
        phone.run(&["photo", &id, good.to_str().unwrap()]).ok();
        assert_eq!((phone.status()["recorded"].clone(), kept(&phone).len()), (2.into(), 1), "exactly the limit");
    }

    async fn a_photo_that_cannot_be_sent_holds_up_neither_records_nor_other_photos(engine: Engine) {
        let (server, phone) = set_up(engine, &[]).await;
        let id = visit(&phone, "两张照片");
        let (one, other) = (taken(&server, "one.jpg", &photo(1_000)), taken(&server, "other.jpg", &photo(2_000)));
        phone.run(&["photo", &id, one.to_str().unwrap()]).ok();
        fs::write(&kept(&phone)[0], photo(1_001)).unwrap();
        phone.run(&["photo", &id, other.to_str().unwrap()]).ok();
        let report = phone.sync();
        assert_eq!((&report["acknowledged"], &report["pending"]), (&3.into(), &0.into()));
        let photos = &report["photos"];
        assert_eq!((&photos["sent"], &photos["waiting"], &photos["kept_back"][0]["sha256"]), (&1.into(), &1.into(), &sha256(&photo(1_000)).into()));
        assert!(photos["kept_back"][0]["reason"].as_str().unwrap().contains("damaged"), "{photos}");
        drop(server);
    }
}
