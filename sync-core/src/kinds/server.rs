//! The kinds that only rulings make.

use uuid::Uuid;

use super::OPEN;
use crate::kind::{Act, Command, Field, Grant, Kind, Origin, Who};
use crate::value::Type::{Day, Flag, Id, Instant, Integer, Json, MaskedPhone, Name, Text};

const fn server(name: &'static str, fields: &'static [Field]) -> Kind {
    Kind { name, v: 1, origin: Origin::Server, fields, any_of: &[], commands: &[], phases: OPEN, grants: &[] }
}

/// Somebody who works on the project; the record's id is UUIDv5(project, user), see [`member_id`].
pub const MEMBER: Kind = server(
    "member",
    &[
        Field::server("user", Id),
        Field::server("name", Name),
        Field::server("role", Name),
        Field::server("team", Id),
        Field::server("employment", Name),
        Field::server("partner", Id),
    ],
);

/// 点位: a place a promoter can be assigned to.
pub const POST: Kind =
    server("post", &[Field::server("code", Name), Field::server("name", Name), Field::server("fence", Json)]);

/// 楼盘项目: zone, site fence and a summary of the policy.
pub const PROJECT: Kind = server(
    "project",
    &[
        Field::server("code", Name),
        Field::server("name", Name),
        Field::server("timezone", Name),
        Field::server("site", Json),
        Field::server("policy", Json),
    ],
);

/// 排班: what is planned for the people of a team on a day; of those it does not name the calendar decides.
pub const ROSTER: Kind =
    server("roster", &[Field::server("day", Day), Field::server("team", Id), Field::server("people", Json)]);

/// 通知: readers say that they have read it; that is kept beside the record.
pub const NOTICE: Kind = Kind {
    commands: &[Command { name: "read", args: &[] }],
    grants: &[Grant { who: &[Who::Owner, Who::Project], acts: &[Act::Command("read")], phases: &[] }],
    ..server(
        "notice",
        &[
            Field::server("title", Name),
            Field::server("text", Text),
            Field::server("about", Id),
            Field::server("audience", Json),
            Field::server("due", Instant),
            Field::server("receipts", Flag),
        ],
    )
};

/// 抽查: to be answered by a `spot` check-in.
pub const SPOT_CHECK: Kind = server(
    "spot_check",
    &[
        Field::server("issued_at", Instant),
        Field::server("reached_at", Instant),
        Field::server("until", Instant),
        Field::server("state", Name),
    ],
);

/// 出勤: what a person's day came to.
pub const PERSON_DAY: Kind = server(
    "person_day",
    &[
        Field::server("day", Day),
        Field::server("subject", Id),
        Field::server("outcome", Name),
        Field::server("minutes", Json),
        Field::server("flags", Json),
        Field::server("arrived", Json),
        Field::server("left", Json),
    ],
);

/// 客户保护期: a customer belongs to one holder for a period.
pub const PROTECTION: Kind = server(
    "protection",
    &[
        Field::server("class", Name),
        Field::server("customer_name", Name),
        Field::server("phone_masked", MaskedPhone),
        Field::server("state", Name),
        Field::server("from", Instant),
        Field::server("until", Instant),
    ],
);

/// 渠道客户确认单: the sheet opened when a customer arrives.
pub const CONFIRMATION: Kind = Kind {
    phases: &["open", "signed", "confirmed", "voided", "corrected"],
    ..server(
        "confirmation",
        &[
            Field::server("status", Name),
            Field::server("customer_name", Name),
            Field::server("phone_masked", MaskedPhone),
            Field::server("route", Name),
            Field::server("arrived_at", Instant),
            Field::server("booking", Id),
            Field::server("holder", Json),
            Field::server("consultant", Json),
            Field::server("companions", Json),
            Field::server("late_entry", Flag),
            Field::server("deal", Json),
            Field::server("corrects", Id),
            Field::server("corrected_by", Id),
        ],
    )
};

/// 判客: a case about whose customer it is.
pub const DISPUTE: Kind = Kind {
    phases: &["open", "settled", "appealed", "final", "withdrawn"],
    ..server(
        "dispute",
        &[
            Field::server("about", Id),
            Field::server("about_kind", Name),
            Field::server("state", Name),
            Field::server("level", Name),
            Field::server("customer_name", Name),
            Field::server("phone_masked", MaskedPhone),
            Field::server("opened_at", Instant),
            Field::server("due", Instant),
            Field::server("appeal_until", Instant),
            // what a party sees of its own side
            Field::server("role", Name),
            Field::server("withdrawn", Json),
            Field::server("outcome", Name),
            Field::server("percent", Integer { min: 1, max: 100 }),
            // what the office sees
            Field::server("parties", Json),
            Field::server("overdue", Json),
            Field::server("holder", Json),
        ],
    )
};

/// A month of visits to one outlet, against its quota.
pub const OUTLET_MONTH: Kind = server(
    "outlet_month",
    &[
        Field::server("outlet", Id),
        Field::server("month", Name),
        Field::server("counted", Integer { min: 0, max: 1_000 }),
        Field::server("quota", Integer { min: 0, max: 1_000 }),
        Field::server("grade", Name),
        Field::server("state", Name),
    ],
);

/// The outcome of an op that was adjudicated again.
pub const OP_OUTCOME: Kind = server(
    "op_outcome",
    &[
        Field::server("device", Id),
        Field::server("seq", Integer { min: 1, max: i64::MAX }),
        Field::server("status", Name),
        Field::server("rule", Name),
        Field::server("message", Json),
        Field::server("record", Id),
    ],
);

/// The id of somebody's record as a member of a project: UUIDv5 with the project's id as namespace and the 16 bytes of the user's id as name.
pub fn member_id(project: Uuid, user: Uuid) -> Uuid {
    Uuid::new_v5(&project, user.as_bytes())
}
