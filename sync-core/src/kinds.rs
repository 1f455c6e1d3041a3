//! The record kinds of the first version.

mod server;

pub use server::{
    CONFIRMATION, DISPUTE, MEMBER, NOTICE, OP_OUTCOME, OUTLET_MONTH, PERSON_DAY, POST, PROJECT, PROTECTION, ROSTER,
    SPOT_CHECK, member_id,
};

use crate::kind::{
    Act::{self, Add, Create, Delete, Set},
    Argument, Command, Field, Grant, Kind, Origin,
    Who::{Colleague, Lead, Office, Owner, Project},
};
use crate::value::Type::{
    Choice, Companions, Day, Digest, Flag, Id, Instant, Integer, Location, MaskedPhone, Name, Phone, Text,
};

/// Every kind, phones' first.
pub const ALL: &[Kind] = &[
    CHECKIN,
    VISIT,
    CANVASS,
    LEAD,
    FOLLOWUP,
    BOOKING,
    DAILY_LOG,
    OUTLET,
    ASSIGNMENT,
    REQUEST,
    MEMBER,
    POST,
    PROJECT,
    ROSTER,
    NOTICE,
    SPOT_CHECK,
    PERSON_DAY,
    PROTECTION,
    CONFIRMATION,
    DISPUTE,
    OUTLET_MONTH,
    OP_OUTCOME,
];

/// The kind of this name and version, if this build knows it.
pub fn find(name: &str, v: u32) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name && kind.v == v)
}

const OPEN: &[&str] = &["open"];
const OWN: &[Grant] = &[Grant { who: &[Owner], acts: &[Create, Set, Delete], phases: &[] }];

const fn phone(name: &'static str, fields: &'static [Field]) -> Kind {
    Kind { name, v: 1, origin: Origin::Phone, fields, any_of: &[], commands: &[], phases: OPEN, grants: OWN }
}

const fn command(name: &'static str, args: &'static [Argument]) -> Command {
    Command { name, args }
}

const fn needs(name: &'static str, ty: crate::value::Type) -> Argument {
    Argument { name, ty, required: true }
}

const fn takes(name: &'static str, ty: crate::value::Type) -> Argument {
    Argument { name, ty, required: false }
}

const CHECK_TYPES: crate::value::Type = Choice(&["on", "off", "break_start", "break_end", "spot"]);
const WITHDRAW: Act = Act::Command("withdraw");

/// 考勤打卡: presence claimed by a phone, or by a lead for somebody (`subject`).
pub const CHECKIN: Kind = Kind {
    commands: &[command("witness", &[takes("seen_at", Instant)]), command("withdraw", &[needs("reason", Text)])],
    phases: &["open", "withdrawn"],
    grants: &[
        Grant { who: &[Owner], acts: &[Create, Set, WITHDRAW], phases: OPEN },
        Grant { who: &[Lead], acts: &[Act::Command("witness")], phases: OPEN },
    ],
    ..phone(
        "checkin",
        &[
            Field::once("type", CHECK_TYPES).required(),
            Field::once("location", Location),
            Field::once("post", Id),
            Field::once("subject", Id),
            Field::register("note", Text),
            Field::set("photos", Digest),
        ],
    )
};

/// 拜访: a cold visit, a visit to an outlet or to a customer.
pub const VISIT: Kind = phone(
    "visit",
    &[
        Field::once("visit_type", Choice(&["cold", "outlet", "customer"])).required(),
        Field::once("outlet", Id).required_when("visit_type", "outlet"),
        Field::once("lead", Id),
        Field::once("location", Location),
        Field::register("place", Text),
        Field::register("ended_location", Location),
        Field::register("minutes", Integer { min: 0, max: 1_440 }),
        Field::register("purpose", Text),
        Field::register("result", Text),
        Field::register("next_step", Text),
        Field::register("next_visit_on", Day),
        Field::register("materials_checked", Flag),
        Field::set("tags", Name),
        Field::set("photos", Digest),
    ],
);

/// 行销 / 扫街: the tally of one canvassing stint.
pub const CANVASS: Kind = Kind {
    grants: &[
        Grant { who: &[Owner], acts: &[Create, Set, Add, Delete], phases: &[] },
        Grant { who: &[Colleague], acts: &[Add], phases: &[] },
    ],
    ..phone(
        "canvass",
        &[
            Field::once("location", Location),
            Field::register("post", Id),
            Field::register("place", Text),
            Field::register("started", Instant),
            Field::register("ended", Instant),
            Field::register("note", Text),
            Field::counter("flyers"),
            Field::counter("contacts"),
            Field::counter("interested"),
            Field::counter("brought"),
            Field::set("photos", Digest),
        ],
    )
};

/// 客户线索: a customer somebody works on.
pub const LEAD: Kind = Kind {
    any_of: &[&["phone", "phone_masked", "wechat"]],
    ..phone(
        "lead",
        &[
            Field::register("name", Name).required(),
            Field::new("phone", crate::kind::MergeRule::Claim, Phone).sealed(),
            Field::register("phone_masked", MaskedPhone),
            Field::register("wechat", Name).sealed(),
            Field::once("source", Choice(&["canvass", "visit", "outlet", "referral", "walk_in", "booking"])).required(),
            Field::register("intent", Choice(&["A", "B", "C", "D"])),
            Field::register("status", Choice(&["open", "lost", "invalid"])),
            Field::register("budget", Text),
            Field::register("area", Text),
            Field::register("need", Text),
            Field::register("note", Text),
            Field::register("next_follow_on", Day),
            Field::set("tags", Name),
        ],
    )
};

/// 跟进: one contact with a lead.
pub const FOLLOWUP: Kind = phone(
    "followup",
    &[
        Field::once("lead", Id).required(),
        Field::once("channel", Choice(&["call", "visit", "wechat", "sms"])).required(),
        Field::register("summary", Text).required(),
        Field::register("next_on", Day),
        Field::set("photos", Digest),
    ],
);

/// 报备: "I will bring this customer".
pub const BOOKING: Kind = Kind {
    commands: &[command("cancel", &[])],
    phases: &["open", "cancelled"],
    grants: &[
        Grant { who: &[Owner], acts: &[Create, Set], phases: &[] },
        Grant { who: &[Owner, Lead, Office], acts: &[Act::Command("cancel")], phases: OPEN },
    ],
    ..phone(
        "booking",
        &[
            Field::once("customer_name", Name).required(),
            Field::once("phone_masked", MaskedPhone).required(),
            Field::once("lead", Id),
            Field::once("route", Choice(&["booked", "brought"])).required(),
            Field::once("subject", Id),
            Field::once("consultant", Id),
            Field::once("area", Name),
            Field::once("expected_at", Instant),
            Field::once("companions", Companions),
            Field::register("note", Text),
        ],
    )
};

/// 工作日志: one a person and day; its id is UUIDv5(owner, day), see [`daily_log_id`].
pub const DAILY_LOG: Kind = Kind {
    commands: &[
        command("submit", &[]),
        command("withdraw", &[]),
        command("approve", &[needs("version", Integer { min: 1, max: i64::MAX }), takes("comment", Text)]),
        command("return", &[needs("version", Integer { min: 1, max: i64::MAX }), needs("reason", Text)]),
    ],
    phases: &["draft", "submitted", "returned", "approved", "missed"],
    grants: &[
        Grant { who: &[Owner], acts: &[Create, Set], phases: &["draft", "submitted", "returned", "missed"] },
        Grant { who: &[Owner], acts: &[Act::Command("submit")], phases: &["draft", "returned", "missed"] },
        Grant { who: &[Owner], acts: &[WITHDRAW], phases: &["submitted"] },
        Grant {
            who: &[Lead, Office],
            acts: &[Act::Command("approve"), Act::Command("return")],
            phases: &["submitted"],
        },
    ],
    ..phone(
        "daily_log",
        &[
            Field::once("day", Day).required(),
            Field::register("items", Text).required(),
            Field::register("progress", Text),
            Field::register("problems", Text),
            Field::register("suggestions", Text),
            Field::register("results", Text),
            Field::register("plan_tomorrow", Text),
            Field::set("photos", Digest),
        ],
    )
};

/// 门店 / 渠道点位: a shop or point that is visited regularly.
pub const OUTLET: Kind = Kind {
    grants: &[
        Grant { who: &[Owner, Project], acts: &[Create, Set], phases: &[] },
        Grant { who: &[Owner], acts: &[Delete], phases: &[] },
    ],
    ..phone(
        "outlet",
        &[
            Field::register("name", Name).required(),
            Field::register(
                "category",
                Choice(&[
                    "property",
                    "association",
                    "affiliate",
                    "broker",
                    "travel_agency",
                    "merchant",
                    "branch",
                    "other",
                ]),
            )
            .required(),
            Field::register("grade", Choice(&["A", "B", "C", "D"])),
            Field::register("address", Text),
            Field::register("contact", Text),
            Field::once("location", Location),
            Field::set("photos", Digest),
        ],
    )
};

/// 派点: who stands where on a day, given out by a lead.
pub const ASSIGNMENT: Kind = Kind {
    grants: &[
        Grant { who: &[Lead, Office], acts: &[Create], phases: &[] },
        Grant { who: &[Owner, Lead, Office], acts: &[Set, Delete], phases: &[] },
    ],
    ..phone(
        "assignment",
        &[
            Field::once("day", Day).required(),
            Field::once("subject", Id).required(),
            Field::once("post", Id).required(),
            Field::register("duty", Text),
            Field::register("note", Text),
        ],
    )
};

/// 申请: a missed or wrong check, leave, or a swap, answered by the lead.
pub const REQUEST: Kind = Kind {
    commands: &[command("approve", &[]), command("decline", &[needs("reason", Text)])],
    phases: &["open", "approved", "declined"],
    grants: &[
        Grant { who: &[Owner], acts: &[Create, Delete], phases: OPEN },
        Grant { who: &[Lead, Office], acts: &[Act::Command("approve"), Act::Command("decline")], phases: OPEN },
    ],
    ..phone(
        "request",
        &[
            Field::once("want", Choice(&["missed_check", "wrong_check", "leave", "swap"])).required(),
            Field::once("about", Id),
            Field::once("type", CHECK_TYPES),
            Field::once("at", Instant),
            Field::once("from", Instant),
            Field::once("until", Instant),
            Field::once("reason", Text).required(),
        ],
    )
};

/// The id of somebody's log of a day, the same on every phone: UUIDv5 with the owner's id as namespace and the day (`2026-11-22`) as name.
pub fn daily_log_id(owner: uuid::Uuid, day: chrono::NaiveDate) -> uuid::Uuid {
    uuid::Uuid::new_v5(&owner, day.format("%Y-%m-%d").to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{MergeRule, Required};

    #[test]
    fn declarations_hang_together() {
        for kind in ALL {
            let mut names: Vec<_> = kind.fields.iter().map(|field| field.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), kind.fields.len(), "{}: a field twice", kind.name);
            for field in kind.fields {
                assert_eq!(
                    field.rule == MergeRule::Server,
                    kind.origin == Origin::Server,
                    "{}.{}",
                    kind.name,
                    field.name
                );
                if let Required::When(other, _) = field.required {
                    assert!(kind.field(other).is_some(), "{}.{}", kind.name, field.name);
                }
            }
            for list in kind.any_of {
                assert!(list.iter().all(|name| kind.field(name).is_some()), "{}", kind.name);
            }
            for grant in kind.grants {
                assert!(grant.phases.iter().all(|phase| kind.phases.contains(phase)), "{}", kind.name);
                for act in grant.acts {
                    assert!(
                        !matches!(act, Act::Command(name) if kind.command(name).is_none()),
                        "{}: {act:?}",
                        kind.name
                    );
                }
            }
            for command in kind.commands {
                assert!(
                    kind.grants.iter().any(|grant| grant.acts.contains(&Act::Command(command.name))),
                    "{}: nobody may {}",
                    kind.name,
                    command.name
                );
            }
        }
    }

    #[test]
    fn wl_6_nobody_edits_an_approved_log() {
        for who in [Owner, Colleague, Lead, Office, Project] {
            assert!(!DAILY_LOG.permits(&[who], Set, "approved"));
        }
        assert!(DAILY_LOG.permits(&[Owner], Set, "returned"));
        assert!(!DAILY_LOG.permits(&[Owner], Act::Command("approve"), "submitted"));
    }

    #[test]
    fn two_phones_write_one_log_a_day() {
        let owner = uuid::Uuid::from_u128(7);
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_eq!(daily_log_id(owner, day), daily_log_id(owner, day));
        assert_ne!(daily_log_id(owner, day), daily_log_id(owner, day.succ_opt().unwrap()));
    }
}
