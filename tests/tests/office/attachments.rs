//! Photos and papers: whole or in pieces, for who sent them and for who may see a record that names them.

use api_spec::attachments::Attachment;
use api_spec::info::{Info, Limits};
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync_core::kinds::VISIT;
use sync_core::op::Digest;
use tests::api::{Answer, Api, read};

use crate::house::{House, eventually, refused};

/// A JPEG that says where it was taken; `pixels` tell one from another.
fn photo(pixels: &str) -> Vec<u8> {
    let segment = |marker: u8, contents: &[u8]| {
        let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], contents].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, b"Exif\0\0GPS 30.5,104.06"),
        segment(0xdb, b"\0tables"),
        segment(0xda, b"\x01\x01\0\0\x3f\0"),
        pixels.as_bytes().to_vec(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

fn sha256(bytes: &[u8]) -> String {
    Digest(Sha256::digest(bytes).into()).to_string()
}

fn request(api: &Api, digest: &str, media: &str) -> RequestBuilder {
    api.request(Method::PUT, &format!("/v1/attachments/{digest}")).header(CONTENT_TYPE, media)
}

/// Sends all of it at once.
async fn send(api: &Api, bytes: &[u8], media: &str) -> Answer<Attachment> {
    read(request(api, &sha256(bytes), media).body(bytes.to_vec())).await
}

/// Sends some of it.
async fn piece(api: &Api, all: &[u8], (from, until): (usize, usize)) -> Answer<Attachment> {
    let range = format!("bytes {from}-{}/{}", until - 1, all.len());
    let request = request(api, &sha256(all), "image/jpeg").header(CONTENT_RANGE, range);
    read(request.body(all[from..until].to_vec())).await
}

/// The bytes as somebody sees them, or the status.
async fn look(api: &Api, digest: &str) -> Result<Vec<u8>, u16> {
    let answer = api.request(Method::GET, &format!("/v1/attachments/{digest}")).send().await.unwrap();
    if answer.status() == StatusCode::OK {
        assert_eq!(answer.headers()[CONTENT_TYPE], "image/jpeg");
        return Ok(answer.bytes().await.unwrap().to_vec());
    }
    Err(answer.status().as_u16())
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

tests::scenarios! {
    async fn a_photo_is_for_its_sender_and_for_who_sees_a_record_that_names_it(engine: Engine) {
        let house = House::open(engine).await;
        let (bytes, mut phone) = (photo("one"), house.phone("zhangwei").await);
        let digest = sha256(&bytes);
        let visit = phone.create(&VISIT, json!({"visit_type": "cold"}));
        phone.tag(&VISIT, visit, "photos", &[&digest]);
        house.sync(&mut phone).await;
        assert_eq!(phone.body(visit)["photos"], json!([digest]), "the record did not wait");
        let (sender, lead) = (house.user("zhangwei").await, house.user("lihua").await);
        assert_eq!(look(&lead, &digest).await, Err(404), "nothing is there yet");
        let answer = request(&sender, &digest, "image/jpeg").body(bytes.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(look(&sender, &digest).await.as_deref(), Ok(&bytes[..]), "as it was sent");
        for reader in ["lihua", "huangyan"] {
            let shown = look(&house.user(reader).await, &digest).await.unwrap();
            assert!(holds(&shown, b"one") && !holds(&shown, b"GPS"), "{reader} learns nothing of where it was taken");
        }
        for stranger in ["liuyang", "chenjing", "zhoumei", "machao", "gaofei"] {
            assert_eq!(look(&house.user(stranger).await, &digest).await, Err(404), "{stranger}");
        }
        // once the record names it no more, only the sender is left
        phone.untag(&VISIT, visit, "photos", &[&digest]);
        house.sync(&mut phone).await;
        assert_eq!((look(&lead, &digest).await, look(&sender, &digest).await.is_ok()), (Err(404), true));
    }

    async fn who_knows_a_digest_has_not_the_bytes(engine: Engine) {
        let house = House::open(engine).await;
        let bytes = photo("two");
        let (sender, other) = (house.user("zhangwei").await, house.user("liuyang").await);
        send(&sender, &bytes, "image/jpeg").await.unwrap();
        let asked = request(&other, &sha256(&bytes), "image/jpeg").header(CONTENT_RANGE, format!("bytes */{}", bytes.len()));
        assert!(read::<Attachment>(asked).await.unwrap().complete, "it need not be sent again");
        assert_eq!(look(&other, &sha256(&bytes)).await, Err(404));
        let known = request(&other, &sha256(&bytes), "image/jpeg").body(bytes.clone()).send().await.unwrap();
        assert_eq!(known.status(), StatusCode::OK);
        assert_eq!(look(&other, &sha256(&bytes)).await.as_deref(), Ok(&bytes[..]), "who has them sent them, too");
    }

    async fn a_photo_comes_in_pieces_and_goes_on_where_it_stopped(engine: Engine) {
        let house = House::open(engine).await;
        let sender = house.user("zhangwei").await;
        let bytes = photo(&"pixels".repeat(1_000));
        let end = bytes.len();
        assert_eq!(piece(&sender, &bytes, (0, 2_000)).await.unwrap().received, 2_000);
        assert_eq!(piece(&sender, &bytes, (0, 2_000)).await.unwrap().received, 2_000, "the answer was lost");
        let gap = piece(&sender, &bytes, (3_000, end)).await.unwrap_err();
        assert_eq!((gap.code.as_str(), &gap.members["received"]), ("attachment-gap", &json!(2_000)));
        let asked = request(&sender, &sha256(&bytes), "image/jpeg").header(CONTENT_RANGE, format!("bytes */{end}"));
        let asked = asked.send().await.unwrap();
        assert_eq!((asked.status(), asked.headers()[RANGE].to_str().unwrap()), (StatusCode::ACCEPTED, "bytes=0-1999"));
        assert_eq!(look(&sender, &sha256(&bytes)).await, Err(404), "not whole yet");
        // the same bytes of somebody else are pieces of their own
        let other = house.user("liuyang").await;
        assert_eq!(piece(&other, &bytes, (0, 100)).await.unwrap().received, 100);
        assert_eq!(piece(&sender, &bytes, (1_500, 4_000)).await.unwrap().received, 4_000, "an overlap is cut off");
        assert!(piece(&sender, &bytes, (4_000, end)).await.unwrap().complete);
        assert_eq!(look(&sender, &sha256(&bytes)).await.as_deref(), Ok(&bytes[..]));
        assert_eq!(look(&other, &sha256(&bytes)).await, Err(404));
    }

    async fn what_is_no_photo_or_not_what_its_digest_says_is_refused_and_dropped(engine: Engine) {
        let house = House::open(engine).await;
        let sender = house.user("zhangwei").await;
        let bytes = photo("three");
        let info: Info = sender.get("/v1/info").await.unwrap();
        let most = usize::try_from(info.limits.attachment_bytes).unwrap();
        assert_eq!(most, 2 * 1024 * 1024);
        let large = send(&sender, &[bytes.clone(), vec![0; most]].concat(), "image/jpeg").await.unwrap_err();
        assert_eq!((large.code.as_str(), &large.members["limit"]), ("payload-too-large", &json!(Limits::ATTACHMENT_BYTES)));
        for (bytes, media) in [
            (bytes.clone(), "image/png"),
            (bytes.clone(), "image/svg+xml"),
            (b"<script>".to_vec(), "image/jpeg"),
            (b"\xff\xd8\xff\xe1\x7f\xff".to_vec(), "image/jpeg"),
        ] {
            assert_eq!(refused(send(&sender, &bytes, media).await), (415, "attachment-type".to_owned()), "{media}");
        }
        let wrong = request(&sender, &sha256(b"another"), "image/jpeg").body(bytes.clone());
        assert_eq!(refused(read::<Attachment>(wrong).await), (422, "digest-mismatch".to_owned()));
        // in pieces that is known with the last one; then it begins anew
        let mut broken = bytes.clone();
        broken[30] ^= 1;
        let range = |from: usize, until: usize| format!("bytes {from}-{}/{}", until - 1, bytes.len());
        let part = |body: &[u8], range: String| {
            request(&sender, &sha256(&bytes), "image/jpeg").header(CONTENT_RANGE, range).body(body.to_vec())
        };
        read::<Attachment>(part(&broken[..40], range(0, 40))).await.unwrap();
        let last = read::<Attachment>(part(&broken[40..], range(40, bytes.len()))).await;
        assert_eq!(refused(last), (422, "digest-mismatch".to_owned()));
        assert_eq!(piece(&sender, &bytes, (0, 40)).await.unwrap().received, 40, "from the first byte");
        assert!(piece(&sender, &bytes, (40, bytes.len())).await.unwrap().complete);
        let short = request(&sender, &sha256(&bytes), "image/jpeg").header(CONTENT_RANGE, "bytes 0-9/20").body("abc");
        assert_eq!(refused(read::<Attachment>(short).await), (400, "bad-parameter".to_owned()));
    }

    async fn who_begins_too_many_finishes_some_first_and_what_is_left_a_week_is_forgotten(engine: Engine) {
        let house = House::open(engine).await;
        let sender = house.user("zhangwei").await;
        let photos: Vec<Vec<u8>> = (0..21).map(|n| photo(&format!("photo {n}"))).collect();
        for bytes in &photos[..20] {
            piece(&sender, bytes, (0, 30)).await.unwrap();
        }
        let one_more = piece(&sender, &photos[20], (0, 30)).await;
        assert_eq!(refused(one_more), (429, "too-many-uploads".to_owned()));
        assert!(piece(&sender, &photos[0], (30, photos[0].len())).await.unwrap().complete);
        assert_eq!(piece(&sender, &photos[20], (0, 30)).await.unwrap().received, 30);
        house.at("2026-12-01", "09:00").await;
        let asked = async || {
            let all = format!("bytes */{}", photos[1].len());
            let asked = request(&sender, &sha256(&photos[1]), "image/jpeg").header(CONTENT_RANGE, all);
            read::<Attachment>(asked).await.unwrap().received
        };
        eventually(async || asked().await == 0).await;
        let gone = piece(&sender, &photos[1], (30, 40)).await.unwrap_err();
        assert_eq!((gone.code.as_str(), &gone.members["received"]), ("attachment-gap", &json!(0)));
        assert!(look(&sender, &sha256(&photos[0])).await.is_ok(), "whole ones stay");
    }
}
