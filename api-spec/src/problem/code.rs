//! The table of problems: code, HTTP status, title and advice in both languages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::TYPE_BASE;
use crate::locale::Text;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The stable name.
    pub code: &'static str,
    /// The HTTP status, also when the code names why an op was rejected inside a 200 answer and the same refusal
    /// reaches somebody over plain HTTP.
    pub status: u16,
    /// The problem in a few words.
    pub title: Text,
    /// The advice; `{name}` stands for a member of the problem.
    pub what_to_do: Text,
}

macro_rules! problems {
    ($($variant:ident = $status:literal $code:literal
        $title_en:literal / $title_zh:literal
        $advice_en:literal / $advice_zh:literal;)*) => {
        /// The stable name of a problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum Code {
            $(#[doc = $title_en] #[serde(rename = $code)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The row of the table.
            pub fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => const { &Entry {
                        code: $code,
                        status: $status,
                        title: Text::new($title_en, $title_zh),
                        what_to_do: Text::new($advice_en, $advice_zh),
                    } },)*
                }
            }
        }
    };
}

problems! {
    // the request
    BadJson = 400 "bad-json"
        "The body is not valid JSON" / "请求内容不是有效的 JSON"
        "Send one JSON document in UTF-8, without duplicate keys." / "请发送一个 UTF-8 编码、没有重复键的 JSON 文档。";
    BadBody = 400 "bad-body"
        "The body could not be read" / "无法读取请求内容"
        "Send the whole body, compressed as Content-Encoding says." / "请完整发送请求内容，压缩方式须与 Content-Encoding 一致。";
    BadParameter = 400 "bad-parameter"
        "A parameter of the address is not valid" / "地址参数无效"
        "Correct the parameters named in errors." / "请更正 errors 中列出的参数。";
    BadCursor = 400 "bad-cursor"
        "The cursor is not one of this list" / "翻页游标无效"
        "Start again without a cursor." / "请去掉游标，从第一页重新开始。";
    UnsupportedProtocol = 400 "unsupported-protocol"
        "The server does not speak this protocol version" / "服务器不支持该协议版本"
        "Use a protocol version from {min} to {max}; update the app if it knows none. What was recorded stays on the phone." / "请使用 {min} 至 {max} 版协议；应用都不支持时请升级应用。手机上已记录的内容不会丢失。";
    Validation = 422 "validation"
        "The request has mistakes" / "请求内容有误"
        "Correct the places named in errors and send it again." / "请更正 errors 中列出的各处后重新提交。";
    WeakPassword = 422 "weak-password"
        "The password is too weak" / "密码强度不足"
        "Choose a password of at least {min} characters that is neither the old one nor the user name." / "请设置至少 {min} 个字符的密码，且不得与原密码或用户名相同。";
    PayloadTooLarge = 413 "payload-too-large"
        "The request exceeds a limit" / "请求超出限制"
        "Send less at once: the limit {limit} is {max}." / "请减少单次发送的内容：限制项 {limit} 的上限为 {max}。";
    UnsupportedMediaType = 415 "unsupported-media-type"
        "The media type or encoding is not supported" / "不支持的内容类型或压缩方式"
        "Send application/json, plain or compressed with gzip or zstd." / "请发送 application/json，可不压缩，或使用 gzip、zstd 压缩。";
    AttachmentType = 415 "attachment-type"
        "The attachment is not a JPEG, WebP, PNG or PDF, or not what its Content-Type says" / "附件不是 JPEG、WebP、PNG 或 PDF，或与 Content-Type 不符"
        "Send the bytes of one whole file with Content-Type image/jpeg, image/webp, image/png or application/pdf." / "请发送完整文件，并将 Content-Type 设为 image/jpeg、image/webp、image/png 或 application/pdf。";
    AttachmentGap = 409 "attachment-gap"
        "Bytes before these are missing" / "附件前面的内容缺失"
        "Go on with byte {received}." / "请从第 {received} 字节继续上传。";
    DigestMismatch = 422 "digest-mismatch"
        "The bytes are not those the digest names" / "附件内容与摘要不符"
        "Compute the SHA-256 of the file and send it again from the first byte; what had come was dropped." / "请计算文件的 SHA-256，并从头重新上传；已收到的部分已丢弃。";
    TooManyUploads = 429 "too-many-uploads"
        "Too many attachments were begun, or sent today" / "未完成的附件过多，或今日上传过多"
        "Finish those that were begun, or go on tomorrow; the records do not wait for them." / "请先完成已开始的上传，或明天再传；记录无需等待附件。";
    MethodNotAllowed = 405 "method-not-allowed"
        "This address does not know the method" / "该地址不支持此请求方法"
        "Use one of the methods named in the Allow header." / "请使用 Allow 响应头中列出的方法。";
    NotFound = 404 "not-found"
        "There is no such thing here" / "未找到相关内容"
        "Check the address and the id; it may also lie outside of your scope." / "请核对地址和编号；也可能不在您的权限范围内。";
    RequestTimeout = 408 "request-timeout"
        "The request took too long" / "请求超时"
        "Send it again; repeating it is safe." / "请重新发送，重复发送是安全的。";

    // who asks
    TokenMissing = 401 "token-missing"
        "The request carries no access token" / "请求缺少访问令牌"
        "Log in and send the token as Authorization: Bearer." / "请先登录，并以 Authorization: Bearer 方式携带令牌。";
    TokenInvalid = 401 "token-invalid"
        "The access token is not valid" / "访问令牌无效"
        "Log in again. Recording goes on meanwhile." / "请重新登录，期间仍可继续记录。";
    TokenExpired = 401 "token-expired"
        "The access token has expired" / "访问令牌已过期"
        "Refresh the token and repeat the request. Recording goes on meanwhile." / "请刷新令牌后重试，期间仍可继续记录。";
    BadCredentials = 401 "bad-credentials"
        "Company, user name or password is wrong" / "公司、用户名或密码错误"
        "Check the three and try again; a lead can issue a one-time code." / "请核对后重试；忘记密码可请组长发放一次性登录码。";
    OneTimeCodeInvalid = 401 "one-time-code-invalid"
        "The one-time code is wrong, used or expired" / "一次性登录码错误、已使用或已过期"
        "Ask the lead or the office for a new code." / "请向组长或内业索取新的登录码。";
    RefreshInvalid = 401 "refresh-invalid"
        "The refresh token is not valid" / "刷新令牌无效"
        "Log in again. What was recorded stays on the phone." / "请重新登录，手机上已记录的内容不会丢失。";
    RefreshReused = 401 "refresh-reused"
        "The refresh token was used before" / "刷新令牌已被使用过"
        "Log in again: all sessions of this login were ended, because somebody else may hold the token." / "请重新登录：令牌可能已泄露，此次登录的所有会话均已终止。";
    SessionEnded = 401 "session-ended"
        "The login was ended" / "登录已失效"
        "Log in again. Recording goes on meanwhile." / "请重新登录，期间仍可继续记录。";
    AccountEnded = 403 "account-ended"
        "The account is no longer active" / "账号已停用"
        "Ask the office if this is a mistake. Open work may still be sent for 14 days." / "如有疑问请联系内业。未上传的工作记录在 14 天内仍可发送。";
    MustChangePassword = 403 "must-change-password"
        "The password must be changed first" / "请先修改密码"
        "Set an own password with POST /v1/me/password." / "请先通过 POST /v1/me/password 设置自己的密码。";
    Forbidden = 403 "forbidden"
        "Your role does not permit this" / "您的岗位无权执行此操作"
        "Ask somebody whose task it is." / "请联系有相应权限的同事办理。";
    WrongDevice = 403 "wrong-device"
        "The token belongs to another device" / "令牌不属于该设备"
        "Use the token this device got at its login." / "请使用本设备登录时获得的令牌。";
    DeviceRequired = 403 "device-required"
        "Only a logged-in device can do this" / "此操作须在已登录的设备上进行"
        "Log in with a device and use that token." / "请带设备信息登录，并使用所得令牌。";
    DeviceRevoked = 403 "device-revoked"
        "The device was revoked" / "设备已被停用"
        "Log in with another device, or ask the office to release this one." / "请更换设备登录，或联系内业恢复该设备。";
    PushOnly = 403 "push-only"
        "This access may only send what was recorded" / "当前仅可上传已有记录"
        "Send the open work with POST /v1/sync; everything else has ended." / "请通过 POST /v1/sync 上传剩余记录，其他功能已停用。";

    // the log of a device
    SeqGap = 409 "seq-gap"
        "There is a hole in the op log" / "操作日志中间有缺口"
        "Send the ops from {expected} on, without a hole." / "请从第 {expected} 条操作开始发送，并保证编号连续。";
    DeviceForked = 409 "device-forked"
        "The op log parts from the one the server holds" / "操作日志与服务器记录出现分叉"
        "Register a new device with POST /v1/devices and chain the ops from {seq} on to it; all below is acknowledged." / "请通过 POST /v1/devices 登记新设备，并从第 {seq} 条起改接到新设备；之前的操作均已确认。";
    DeviceOfAnotherUser = 409 "device-of-another-user"
        "The device id belongs to another user" / "该设备编号属于其他用户"
        "Make a new device id for this user; the other user's log stays with the old one." / "请为当前用户生成新的设备编号，原编号的日志仍归原用户。";
    TooManyForks = 429 "too-many-forks"
        "Too many new devices after forks today" / "今日因分叉登记的新设备过多"
        "Try again tomorrow or ask the office; the ops stay on the phone." / "请明天再试或联系内业，操作记录仍保存在手机上。";

    // the state of things
    IdTaken = 409 "id-taken"
        "The id is taken by something else" / "编号已被占用"
        "Repeat exactly what was sent first, or choose a new id." / "请原样重发首次内容，或更换编号。";
    WrongState = 409 "wrong-state"
        "Its present state does not permit this" / "当前状态不允许此操作"
        "Load it again and see what is open; it is {state} now." / "请刷新后查看可执行的操作，当前状态为 {state}。";
    RuleRefused = 409 "rule-refused"
        "A rule forbids this" / "规则不允许此操作"
        "See rule {rule} in the rulebook; message says how it applies here." / "请查看规则手册中的 {rule}，message 说明了其在此处的适用情况。";
    Stale = 412 "stale"
        "Somebody changed it meanwhile" / "内容已被他人修改"
        "Load version {version}, look at it and decide again." / "请加载第 {version} 版，核对后重新处理。";
    PreconditionRequired = 428 "precondition-required"
        "The act must name the version it saw" / "须注明所依据的版本"
        "Send If-Match with the version you looked at; the current one is {version}." / "请用 If-Match 注明您查看的版本，当前版本为 {version}。";

    // the server
    Throttled = 429 "throttled"
        "Too many requests" / "请求过于频繁"
        "Wait {retry_after_s} seconds and try again." / "请等待 {retry_after_s} 秒后重试。";
    Overloaded = 503 "overloaded"
        "The server is busy" / "服务器繁忙"
        "Wait {retry_after_s} seconds and try again; nothing was done." / "请等待 {retry_after_s} 秒后重试，本次未做任何处理。";
    Unavailable = 503 "unavailable"
        "The server is not ready" / "服务暂不可用"
        "Try again in a moment; what was recorded stays on the phone." / "请稍后重试，手机上已记录的内容不会丢失。";
    Internal = 500 "internal"
        "Something went wrong in the server" / "服务器内部错误"
        "Try again; tell the operator the request id if it stays." / "请重试；如仍失败，请将 request_id 告知运维人员。";

    // one op: the shape of its text (sync-core names the same codes)
    OpTooLarge = 413 "op-too-large"
        "The op is too large" / "单条操作过大"
        "Keep one op within 64 KiB." / "单条操作不得超过 64 KiB。";
    OpAmbiguous = 422 "op-ambiguous"
        "The op can be understood in two ways" / "操作内容存在歧义"
        "Write every key once, no U+0000, integers of 64 bits with sign, at most 32 levels." / "每个键只出现一次，不含 U+0000，整数不超出带符号 64 位，嵌套不超过 32 层。";
    OpMalformed = 422 "op-malformed"
        "The text is not an op" / "该内容不是有效的操作"
        "Write seq, prev, kind, v, id, project, do and time as the sync protocol says." / "请按同步协议填写 seq、prev、kind、v、id、project、do 和 time。";
    BadGroup = 422 "bad-group"
        "The group of ops is not complete" / "操作组不完整"
        "Send the ops of a group one after another in one request, at most 100." / "同组操作须在同一请求中连续发送，最多 100 条。";
    GroupRejected = 422 "group-rejected"
        "Another op of the same group was rejected" / "同组的另一条操作被拒绝"
        "Correct the op that names a reason and record the group again." / "请更正注明原因的那条操作，然后重新记录整组。";

    // one op: what it says
    FieldMissing = 422 "field-missing"
        "A required field is missing" / "缺少必填项"
        "Fill in what is missing and record it again." / "请补充缺少的内容后重新记录。";
    FieldImmutable = 422 "field-immutable"
        "The field was fixed when the record was made" / "该字段在创建后不可修改"
        "Leave the field as it is, or make a new record." / "请保持该字段不变，或新建一条记录。";
    ValueInvalid = 422 "value-invalid"
        "A field has a value it cannot have" / "字段取值无效"
        "Correct the value and record it again." / "请更正后重新记录。";
    FullNumber = 422 "full-number"
        "A full phone number stands where only a masked one may" / "此处不得填写完整电话号码"
        "Mask the number as 138****5678." / "请将号码脱敏，如 138****5678。";
    WrongVerb = 422 "wrong-verb"
        "The field is not changed in this way" / "该字段不支持此种修改方式"
        "Use set for values, add for counters, tag and untag for sets." / "普通字段用 set，计数用 add，集合用 tag 和 untag。";
    ServerOwned = 422 "server-owned"
        "Only the server writes this" / "该内容只能由服务器写入"
        "Leave it out." / "请不要填写该内容。";
    WrongId = 422 "wrong-id"
        "The id is not the one this record must have" / "记录编号不符合规定"
        "Derive the id as the sync protocol says for this kind." / "请按同步协议对该类记录的规定生成编号。";
    NotPermitted = 403 "not-permitted"
        "Only somebody else may do this to the record" / "您无权对该记录执行此操作"
        "Ask the owner or the lead of the team." / "请联系记录所有人或组长。";
    NotDeletable = 422 "not-deletable"
        "The record cannot be deleted" / "该记录不能删除"
        "Only own records of the same day that no ruling used can be deleted; withdraw or correct it instead." / "仅可删除本人当天且未被裁定使用的记录；请改为撤回或更正。";
    Frozen = 409 "frozen"
        "The record is frozen" / "记录已锁定"
        "Ask the lead to reopen it; the text stays on the phone." / "请联系组长重新打开，内容仍保存在手机上。";

    // one op: why it is parked
    NotUnderstood = 422 "not-understood"
        "The server does not know this kind, version or command yet" / "服务器暂不识别该类型、版本或命令"
        "Nothing to do: it is kept and judged once the server knows it." / "无需操作：内容已保存，服务器升级后将自动处理。";
    RecordUnknown = 422 "record-unknown"
        "The record it is about has not arrived yet" / "所涉记录尚未到达"
        "Nothing to do: it is kept and judged together with the record's creation." / "无需操作：内容已保存，待记录创建到达后一并处理。";
}

impl Code {
    /// The stable name, in kebab case.
    pub fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// The `type` member of the problem.
    pub fn type_uri(self) -> String {
        format!("{TYPE_BASE}{}", self.as_str())
    }

    /// The advice in both languages, with `facts` filled in.
    pub fn message(self, facts: &Map<String, Value>) -> Text {
        self.entry().what_to_do.fill(facts, &chrono::Utc)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is no code of the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown problem code {0:?}")]
pub struct UnknownCode(pub String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| UnknownCode(text.to_owned()))
    }
}
