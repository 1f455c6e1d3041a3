//! Photos and papers.

use api_spec::attachments::Attachment;
use api_spec::info::Limits;
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sync_core::op::Digest;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Auth, Permission, Shared, SignedIn};
use super::extract::{Json, Path, raw_body};
use crate::app::put_attachment::{Sent, is_known, put_attachment};
use crate::app::read_attachment::read_attachment;
use crate::attachments::media::Media;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(put, get))
}

/// Who sends photos: also those who may only send what they recorded.
#[derive(Debug)]
struct Sender;

impl Permission for Sender {
    const PUSH_ONLY: bool = true;
}

/// Sends a photo or paper, named by the SHA-256 of its bytes: whole, or in pieces with `Content-Range: bytes FROM-TO/SIZE`, each of which is
/// answered 202 with how far it has come. `Content-Range: bytes */SIZE` without a body only asks that. A known digest is answered 200 at once.
#[utoipa::path(put, path = "/v1/attachments/{sha256}", operation_id = "put_attachment", tag = "sync",
    params(("sha256" = String, Path, description = "SHA-256 of all bytes, hexadecimal."),
        ("Content-Range" = Option<String>, Header, description = "Which bytes these are, such as `bytes 0-65535/200000`.")),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses((status = 200, body = Attachment, description = "It was there already."), (status = 201, body = Attachment),
        (status = 202, body = Attachment, description = "More is to come.")))]
async fn put(auth: Auth<Sender>, Path(sha256): Path<Digest>, request: Request) -> Result<Response, AppError> {
    let headers = request.headers().clone();
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(Media::of_type);
    let media = media.ok_or(Code::AttachmentType)?;
    let range = range(&headers)?;
    let bytes = raw_body(request, Limits::ATTACHMENT_BYTES, auth.app.limits.attachment_bytes).await?;
    let sent = match range {
        None => Sent::Whole(bytes),
        Some(Range { from: None, size }) => Sent::Question { size },
        Some(Range { from: Some((0, last)), size }) if last + 1 == size && bytes.len() as u64 == size => {
            Sent::Whole(bytes)
        }
        Some(Range { from: Some((at, last)), size }) if bytes.len() as u64 == last - at + 1 => {
            Sent::Piece { at, size, bytes }
        }
        Some(_) => return Err(wrong_range().into()),
    };
    let is_known = is_known(&auth.app, &auth.actor, sha256).await?;
    let attachment = put_attachment(&auth.app, &auth.actor, sha256, media, sent).await?;
    let status = match (attachment.complete, is_known) {
        (true, true) => StatusCode::OK,
        (true, false) => StatusCode::CREATED,
        (false, _) => StatusCode::ACCEPTED,
    };
    let there = attachment.received.checked_sub(1).filter(|_| !attachment.complete);
    let mut response = (status, Json(attachment)).into_response();
    if let Some(there) = there.and_then(|last| HeaderValue::try_from(format!("bytes=0-{last}")).ok()) {
        response.headers_mut().insert(header::RANGE, there);
    }
    Ok(response)
}

/// A photo or paper, for who sent it and for who may see a record that names it. Others than who sent it see a photo without what the phone
/// noted in it (EXIF, XMP), so that its digest is another one.
#[utoipa::path(get, path = "/v1/attachments/{sha256}", operation_id = "get_attachment", tag = "sync",
    params(("sha256" = String, Path, description = "SHA-256 of all bytes, hexadecimal.")),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
async fn get(auth: Auth<SignedIn>, Path(sha256): Path<Digest>) -> Result<Response, AppError> {
    let (media, bytes) = read_attachment(&auth.app, &auth.actor, sha256).await?;
    let headers = [
        (header::CONTENT_TYPE, media.as_str()),
        // a paper could carry scripts: it is for a viewer, not for a page of this address
        (header::CONTENT_DISPOSITION, if media == Media::Pdf { "attachment" } else { "inline" }),
    ];
    Ok((headers, bytes).into_response())
}

/// `Content-Range` (RFC 9110 14.4): the first and the last byte, if any are sent, and all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    from: Option<(u64, u64)>,
    size: u64,
}

fn range(headers: &HeaderMap) -> Result<Option<Range>, Problem> {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Ok(None) };
    value.to_str().ok().and_then(parse).map(Some).ok_or_else(wrong_range)
}

fn parse(value: &str) -> Option<Range> {
    let (places, size) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let size: u64 = size.parse().ok()?;
    if places == "*" {
        return Some(Range { from: None, size });
    }
    let (first, last) = places.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < size).then_some(Range { from: Some((first, last)), size })
}

fn wrong_range() -> Problem {
    let message = Text::new(
        "must be bytes FROM-TO/SIZE with as many bytes as the body has, or bytes */SIZE",
        "须为 bytes 起-止/总长，且与请求内容的长度一致；或为 bytes */总长",
    );
    Problem::new(Code::BadParameter).at("Content-Range", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_lies_within_its_size() {
        let piece = |from, size| Some(Range { from: Some(from), size });
        assert_eq!(parse("bytes 0-0/1"), piece((0, 0), 1));
        assert_eq!(parse("bytes 10-19/20"), piece((10, 19), 20));
        assert_eq!(parse("bytes */20"), Some(Range { from: None, size: 20 }));
        for wrong in ["bytes 10-20/20", "bytes 3-2/9", "bytes 0-1/*", "items 0-1/2", "bytes -1-1/2", ""] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
