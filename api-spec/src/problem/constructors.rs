//! Problems that carry particulars: one constructor each, so that the members always have the same names.

use sync_core::op::OpFault;

use super::{Code, Problem};
use crate::locale::Text;

impl Problem {
    /// The push leaves a hole in the log: the next op must be `expected`, chained to `head` (64 hex).
    pub fn seq_gap(expected: u64, head: impl Into<String>) -> Self {
        Self::new(Code::SeqGap).with("expected", expected).with("head", head.into())
    }

    /// The log parts from the stored one at `seq`; `digest` (64 hex) is what the server holds there.
    /// Everything below `seq` is acknowledged.
    pub fn device_forked(seq: u64, digest: impl Into<String>) -> Self {
        Self::new(Code::DeviceForked).with("seq", seq).with("digest", digest.into())
    }

    /// A limit of `GET /v1/info` was exceeded: `limit` is its name there, `max` its value.
    pub fn payload_too_large(limit: &'static str, max: u64) -> Self {
        Self::new(Code::PayloadTooLarge).with("limit", limit).with("max", max)
    }

    /// A piece of an attachment lies beyond the `received` bytes that are there.
    pub fn attachment_gap(received: u64) -> Self {
        Self::new(Code::AttachmentGap).with("received", received)
    }

    /// `If-Match` named another version than the current one.
    pub fn stale(version: u64) -> Self {
        Self::new(Code::Stale).with("version", version)
    }

    /// The protocol number is outside `min..=max`.
    pub fn unsupported_protocol(min: u32, max: u32) -> Self {
        Self::new(Code::UnsupportedProtocol).with("min", min).with("max", max)
    }

    /// Asked too often; try again after so many seconds (also sent as `Retry-After`).
    pub fn throttled(retry_after_s: u64) -> Self {
        Self::new(Code::Throttled).with("retry_after_s", retry_after_s)
    }

    /// No capacity now; try again after so many seconds (also sent as `Retry-After`).
    pub fn overloaded(retry_after_s: u64) -> Self {
        Self::new(Code::Overloaded).with("retry_after_s", retry_after_s)
    }

    /// The request lacks `If-Match`; `version` is the current one.
    pub fn precondition_required(version: u64) -> Self {
        Self::new(Code::PreconditionRequired).with("version", version)
    }

    /// A rule forbids the act. `rule` is its id in the rulebook, `message` what [`crate::messages::message`] says (sent in both languages).
    pub fn rule(rule: &'static str, message: &Text) -> Self {
        Self::new(Code::RuleRefused).with("rule", rule).with("message", message.both())
    }

    /// What is wrong with an op or a value, when it comes over plain HTTP.
    pub fn fault(pointer: impl Into<String>, fault: &OpFault) -> Self {
        let code = fault.code().parse().unwrap_or(Code::Validation);
        Self::new(code).at(pointer, crate::messages::fault(fault))
    }

    /// The thing is in the wrong state for the act; `state` is the present one.
    pub fn wrong_state(state: impl Into<String>) -> Self {
        Self::new(Code::WrongState).with("state", state.into())
    }

    /// The request is well-formed JSON with one mistake at `pointer`.
    pub fn invalid(pointer: impl Into<String>, message: Text) -> Self {
        Self::new(Code::Validation).at(pointer, message)
    }
}
