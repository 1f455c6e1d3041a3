//! Attachments in an S3-compatible store; requests are signed as AWS Signature Version 4 says, in their query.

use std::env;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{Client, Method, Response, StatusCode, Url};
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle};

use super::{AttachmentsError, BlobError, Blobs};
use crate::clock::Clock;

/// How long a signed request may be sent.
const SIGNED_FOR: Duration = Duration::from_mins(5);
/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where a bucket is when nobody says.
const REGION: &str = "us-east-1";

/// A bucket, or a part of one.
#[derive(Debug)]
pub(super) struct S3 {
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    http: Client,
    clock: Clock,
}

impl S3 {
    /// The bucket that `url` names (`s3://BUCKET/PREFIX`), with login, region and endpoint as AWS's own tools read them.
    pub(super) fn from_env(url: &str, clock: Clock) -> Result<Self, AttachmentsError> {
        let credentials = Credentials::from_env().ok_or(AttachmentsError::Credentials)?;
        let region = env::var("AWS_REGION").or_else(|_| env::var("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|_| REGION.to_owned());
        let endpoint = env::var("AWS_ENDPOINT_URL_S3").or_else(|_| env::var("AWS_ENDPOINT_URL")).ok();
        Self::new(url, (credentials, region, endpoint.as_deref()), clock)
    }

    fn new(
        url: &str,
        (credentials, region, endpoint): (Credentials, String, Option<&str>),
        clock: Clock,
    ) -> Result<Self, AttachmentsError> {
        let unreadable = || AttachmentsError::Bucket(url.to_owned());
        let place = url.strip_prefix("s3://").ok_or_else(unreadable)?;
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        if name.is_empty() {
            return Err(unreadable());
        }
        // another store than Amazon's has no host name of its own for each bucket
        let style = if endpoint.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let endpoint = endpoint.map_or_else(|| format!("https://s3.{region}.amazonaws.com"), str::to_owned);
        let endpoint: Url = endpoint.parse().map_err(|_| AttachmentsError::Endpoint)?;
        let bucket = Bucket::new(endpoint, style, name.to_owned(), region).map_err(|_| unreadable())?;
        // a second server in one process finds it installed
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().timeout(PATIENCE).build().map_err(AttachmentsError::Client)?;
        Ok(Self { bucket, credentials, prefix: prefix.trim_end_matches('/').to_owned(), http, clock })
    }

    fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    async fn ask(&self, method: Method, name: &str, body: Bytes) -> Result<Response, BlobError> {
        let name = self.name(name);
        let now = Timestamp::from_millisecond(self.clock.now()).unwrap_or_default();
        let (bucket, credentials) = (&self.bucket, Some(&self.credentials));
        let url = match method {
            Method::PUT => bucket.put_object(credentials, &name).sign_with_time(SIGNED_FOR, &now),
            Method::DELETE => bucket.delete_object(credentials, &name).sign_with_time(SIGNED_FOR, &now),
            _ => bucket.get_object(credentials, &name).sign_with_time(SIGNED_FOR, &now),
        };
        // the error would quote the URL, and with it the signature
        let request = self.http.request(method, url).body(body);
        request.send().await.map_err(|error| BlobError::Unreachable(error.without_url()))
    }
}

fn accepted(response: &Response) -> Result<(), BlobError> {
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(BlobError::Refused(status.as_u16())) }
}

impl Blobs for S3 {
    fn put<'a>(&'a self, name: &'a str, bytes: Bytes) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move { accepted(&self.ask(Method::PUT, name, bytes).await?) })
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, BlobError>> {
        Box::pin(async move {
            let response = self.ask(Method::GET, name, Bytes::new()).await?;
            if response.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            accepted(&response)?;
            response.bytes().await.map(Some).map_err(|error| BlobError::Unreachable(error.without_url()))
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move {
            let response = self.ask(Method::DELETE, name, Bytes::new()).await?;
            if response.status() == StatusCode::NOT_FOUND { Ok(()) } else { accepted(&response) }
        })
    }
}

#[cfg(test)]
mod tests;
