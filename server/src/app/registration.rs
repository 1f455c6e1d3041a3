//! A device becomes known, and belongs to one user for ever.

use api_spec::auth::DeviceClaim;
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use crate::error::AppError;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::Region;
use crate::store::Tx;
use crate::store::devices::{self, Device, Registered};

const NAME_CHARS: usize = 64;
const HARDWARE_CHARS: usize = 128;

/// A device at its first login.
pub(super) fn new_device(org: i64, user: Uuid, claim: &DeviceClaim, now: i64) -> Device {
    Device {
        org,
        id: claim.id,
        user,
        name: mask_numbers_in(&claim.name, Region::CN).into_owned(),
        platform: mask_numbers_in(&claim.platform, Region::CN).into_owned(),
        hardware: claim.hardware.clone(),
        created_at: now,
        forked_from: None,
        forked_seq: None,
        revoked_at: None,
        revocation: None,
        head_seq: 0,
        head_digest: [0; 32],
        earliest: 0,
        stamp_ms: 0,
        bounds: "{}".to_owned(),
        last_seen: now,
        delivered: "{}".to_owned(),
    }
}

/// Registers a device or finds it again, with what it says about itself now.
///
/// # Errors
/// `device-of-another-user`.
pub(super) async fn register(tx: &mut Tx, device: Device) -> Result<Device, AppError> {
    let Registered::Before(known) = devices::register(tx, &device).await? else { return Ok(device) };
    if (known.org, known.user) != (device.org, device.user) {
        return Err(Code::DeviceOfAnotherUser.into());
    }
    let Device { name, platform, hardware, .. } = device;
    let said_before = (&known.name, &known.platform, &known.hardware) == (&name, &platform, &hardware);
    let known = Device { name, platform, hardware, ..*known };
    if !said_before {
        devices::describe(tx, &known).await?;
    }
    Ok(known)
}

/// Checks what a device says about itself; `at` is the pointer to it.
///
/// # Errors
/// `validation`.
pub(super) fn check(claim: &DeviceClaim, at: &str) -> Result<(), Problem> {
    let mut problem = Problem::new(Code::Validation);
    if claim.id.is_nil() {
        problem = problem.at(format!("{at}/id"), Text::new("must not be the nil UUID", "不能是全零的 UUID"));
    }
    let hardware = claim.hardware.as_deref().unwrap_or_default();
    for (field, text, max) in [
        ("name", claim.name.as_str(), NAME_CHARS),
        ("platform", &claim.platform, NAME_CHARS),
        ("hardware", hardware, HARDWARE_CHARS),
    ] {
        if text.chars().count() > max || text.contains('\0') {
            let message = Text {
                en: format!("must be at most {max} characters, without U+0000").into(),
                zh: format!("最多 {max} 个字符，且不含 U+0000").into(),
            };
            problem = problem.at(format!("{at}/{field}"), message);
        }
    }
    if problem.errors.is_empty() { Ok(()) } else { Err(problem) }
}
