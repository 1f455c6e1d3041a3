//! Decisions as they are stored: the facts, tagged with what was decided about them, so that they can be decided again (P9).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::time::Moment;
use uuid::Uuid;

use super::arrival::{self, ArrivalFacts, CompanionFacts};
use super::attendance::{self, CheckInFacts};
use super::booking::{self, BookingFacts, BookingVerdict};
use super::calendar::Zone;
use super::daily_log::{self, AuthorFacts, Checked, Log, LogDayFacts, Reading, Reviewer};
use super::dispute::{self, AfterFacts, AppealFacts, CloseFacts, OpenFacts, SettleFacts, WithdrawFacts};
use super::extension::{self, ExtensionFacts};
use super::lead::{self, NumberFacts};
use super::mass::{self, MassFacts};
use super::outlet::{self, CardFacts};
use super::person_day::{self, PersonDayFacts};
use super::policy::{Policy, VisitField};
use super::proxy::{self, ProxyFacts};
use super::quota::{self, QuotaFacts};
use super::request::{self, RequestFacts};
use super::review::{self, DecideFacts};
use super::sheet::{self, ConfirmFacts, CorrectionFacts, DealFacts, HandOverFacts, ReleaseFacts, VoidFacts};
use super::spot_check::{self, SpotFacts};
use super::transfer::{self, TransferFacts};
use super::visit::{self, VisitFacts};
use super::week::{self, HandInFacts};

/// What was decided, with all its facts. Stored as `{"decision": …, "facts": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "decision", content = "facts", rename_all = "snake_case")]
pub enum Decision {
    /// The verdict at arrival.
    Arrival(ArrivalFacts),
    /// The verdict about a companion.
    Companion(CompanionFacts),
    /// A booking was received.
    Booking(BookingFacts),
    /// A booking was cancelled.
    BookingCancelled {
        /// Its verdict before.
        verdict: BookingVerdict,
    },
    /// A booking's day is over.
    BookingExpired {
        /// When it was recorded.
        moment: Moment,
        /// The project's time zone.
        zone: Zone,
    },
    /// What an arrival made of a booking that spoke for the customer.
    BookingAtArrival {
        /// The booking.
        booking: Uuid,
        /// The arrival.
        arrival: ArrivalFacts,
    },
    /// What the review of a sheet made of such a booking.
    BookingAfterReview {
        /// The review.
        review: DecideFacts,
        /// Whether it is the one the sheet rests on.
        won: bool,
    },
    /// The site lead signed.
    SheetConfirmed(ConfirmFacts),
    /// Somebody made a sheet void.
    SheetVoided(VoidFacts),
    /// A sheet was corrected, and its arrival judged again.
    SheetCorrected(CorrectionFacts),
    /// One who came along is not on the corrected sheet.
    CompanionDropped {
        /// Why it was corrected, in words.
        reason: String,
    },
    /// A sheet changed hands.
    HandedOver(HandOverFacts),
    /// A step of a deal.
    Deal(DealFacts),
    /// A corrected sheet let a booking go.
    BookingReleased(ReleaseFacts),
    /// A lead or a protection was transferred.
    Transferred(TransferFacts),
    /// A number was set on a lead.
    Number(NumberFacts),
    /// A confirmed sheet made a lead for the holder.
    NumberOfSheet(NumberFacts),
    /// A check-in was received.
    CheckIn(CheckInFacts),
    /// A spot check was answered, or its time was over.
    SpotCheck(SpotFacts),
    /// The check-ins of a person's day were looked through.
    Proxy(ProxyFacts),
    /// A lead answered a request.
    RequestAnswered(RequestFacts),
    /// An approved request put another check-in in the place of one.
    CheckReplaced {
        /// The request.
        request: Uuid,
    },
    /// A daily log was handed in, or taken back by its author.
    LogByAuthor(AuthorFacts),
    /// A daily log was read.
    LogRead {
        /// Where it stood.
        log: Log,
        /// Who read it.
        reviewer: Reviewer,
        /// What was said.
        reading: Reading,
        /// The version there was.
        current: u64,
        /// The facts of the day beside the words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Checked>,
    },
    /// The day of a daily log was over before it was handed in.
    LogMissed {
        /// The day.
        day: NaiveDate,
    },
    /// A person's day is over: whether there is a log.
    LogDay(LogDayFacts),
    /// A week's logs were handed in.
    WeekHandedIn(HandInFacts),
    /// A review was decided.
    Review(DecideFacts),
    /// A person's day was ruled on.
    PersonDay(PersonDayFacts),
    /// A partner's day was counted.
    MassDay(MassFacts),
    /// An outlet was visited.
    Visit(VisitFacts),
    /// A customer was visited, or somebody unannounced.
    VisitElsewhere {
        /// What the visit says of what the project may ask for.
        filled: Vec<VisitField>,
    },
    /// A month of an outlet was counted.
    OutletMonth(QuotaFacts),
    /// A card of an outlet was merged, told apart, dropped or kept.
    Card(CardFacts),
    /// A protection was extended.
    ProtectionExtended(ExtensionFacts),
    /// A case was opened.
    CaseOpened(OpenFacts),
    /// A claimant withdrew.
    CaseWithdrawn(WithdrawFacts),
    /// The office settled a case.
    CaseSettled(SettleFacts),
    /// A party that lost appealed.
    CaseAppealed(AppealFacts),
    /// Nobody appealed in time.
    CaseClosed(CloseFacts),
    /// What a settlement made of a sheet, a booking or a lead.
    AfterCase(AfterFacts),
}

impl Decision {
    /// Decides again, as JSON in the shape of the ruling; `None` when the facts no longer allow a ruling.
    pub fn replay(&self, policy: &Policy) -> Option<Value> {
        match self {
            Self::Arrival(facts) => json(arrival::decide(facts, policy)),
            Self::Companion(facts) => json(arrival::decide_companion(facts, policy)),
            Self::Booking(facts) => json(booking::decide(facts, policy)),
            Self::BookingCancelled { verdict } => json(booking::cancel(*verdict).ok()?),
            Self::BookingExpired { moment, zone } => json(booking::expire(moment, *zone)),
            Self::BookingAtArrival { booking, arrival } => json(arrival::decide(arrival, policy).on_booking(*booking)?),
            Self::BookingAfterReview { review, won } => json(arrival::on_booking_after_review(review, *won).ok()?),
            Self::SheetConfirmed(facts) => json(sheet::confirm(facts, policy).ok()?.1),
            Self::SheetVoided(facts) => json(sheet::make_void(facts, policy).ok()?.1),
            Self::SheetCorrected(facts) => json(sheet::decide_again(facts, policy)),
            Self::CompanionDropped { reason } => json(sheet::drop_companion(reason)),
            Self::HandedOver(facts) => json(sheet::hand_over(facts).ok()?.1),
            Self::Deal(facts) => json(sheet::deal(facts, policy).ok()?.1),
            Self::BookingReleased(facts) => json(sheet::release_booking(facts)),
            Self::Transferred(facts) => json(transfer::decide(facts).ok()?),
            Self::Number(facts) => json(lead::decide(facts, policy)),
            Self::NumberOfSheet(facts) => json(lead::of_sheet(facts, policy)),
            Self::CheckIn(facts) => json(attendance::decide(facts, policy)),
            Self::SpotCheck(facts) => json(spot_check::decide(facts, policy)),
            Self::Proxy(facts) => json(proxy::decide(facts, policy)),
            Self::RequestAnswered(facts) => json(request::answer(facts, policy).ok()?),
            Self::CheckReplaced { request } => json(request::replaced(*request)),
            Self::LogByAuthor(facts) => json(daily_log::weigh(facts, policy).ok()?.ruling),
            Self::LogRead { log, reviewer, reading, current, seen } => {
                json(log.clone().read(reviewer, reading, *current, seen.as_ref()).ok()?.1)
            }
            Self::LogMissed { day } => json(daily_log::miss(*day).1),
            Self::LogDay(facts) => json(daily_log::close_day(facts)),
            Self::WeekHandedIn(facts) => json(week::hand_in(facts, policy).ok()?),
            Self::Review(facts) => json(review::decide(facts).ok()?),
            Self::PersonDay(facts) => json(person_day::decide(facts, policy)),
            Self::MassDay(facts) => json(mass::decide(facts, policy)),
            Self::Visit(facts) => json(visit::decide(facts, policy)),
            Self::VisitElsewhere { filled } => json(visit::decide_elsewhere(filled, policy)),
            Self::OutletMonth(facts) => json(quota::decide(facts, policy)),
            Self::Card(facts) => json(outlet::decide(facts)),
            Self::ProtectionExtended(facts) => json(extension::extend(facts, policy).ok()?),
            Self::CaseOpened(facts) => json(dispute::open(facts, policy).ok()?.1),
            Self::CaseWithdrawn(facts) => json(dispute::withdraw(facts).ok()?.1),
            Self::CaseSettled(facts) => json(dispute::settle(facts, policy).ok()?.1),
            Self::CaseAppealed(facts) => json(dispute::appeal(facts, policy).ok()?.1),
            Self::CaseClosed(facts) => json(dispute::close(facts).ok()?.1),
            Self::AfterCase(facts) => json(dispute::after(facts)),
        }
    }
}

fn json<R: Serialize>(ruling: R) -> Option<Value> {
    serde_json::to_value(ruling).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::fixtures::{at, exact, id, today, zone};

    fn replayed(decision: &Decision) -> Value {
        let stored = serde_json::to_string(decision).unwrap();
        let read: Decision = serde_json::from_str(&stored).unwrap();
        assert_eq!(&read, decision, "{stored}");
        read.replay(&Policy::default()).unwrap()
    }

    #[test]
    fn p9_stored_decisions_are_decided_again_from_their_facts() {
        let party = json!({"employment": "liaison", "user": id(1), "trained_on": "2026-11-01"});
        let moment = exact("09:00");
        let number = json!({"zone": zone(), "moment": moment, "holder": {"user": id(1)}, "numbers_that_day": 0, "contested_that_day": 0});
        let booking = json!({
            "zone": zone(), "received_at": at("09:00"), "moment": moment, "party": party, "named": ["area"],
            "earlier": [{"moment": exact("08:00"), "verdict": "live"}], "person_that_day": 0, "holder_that_day": 0,
            "sheet": {"state": "live", "holder": {"partner": id(9)}, "until": 7}
        });
        let arrival = json!({
            "zone": zone(), "arrived_at": at("10:00"), "route": "brought",
            "customer": {"name": "王丽", "phone_masked": "138****5678"}, "bookings": [], "bringer": party
        });
        let check_in = json!({
            "zone": zone(), "type": "on", "moment": moment, "party": party,
            "location": {"lat": 30.5, "lng": 104.06, "accuracy_m": 10.0, "mocked": false, "datum": "wgs84"},
            "site": {"shape": "circle", "centre": {"lat": 30.5, "lng": 104.06}, "radius_m": 200.0}, "posts": []
        });
        let log = |act: &str| {
            json!({
                "zone": zone(), "day": today(), "act": act, "moment": moment, "by": id(1), "author": id(1), "has_items": true,
                "log": {"phase": "draft"},
                "round": {"base": {"phase": "draft"}, "acts": [{"act": act, "stamp": [at("09:00"), 1, id(3)], "moment": moment}]}
            })
        };
        let log_approved = json!({
            "log": {"phase": "submitted", "in_time": "yes"}, "current": 3,
            "reviewer": {"by": id(2), "capacity": "deputy", "author": id(1), "author_leads": false},
            "reading": {"says": "approve", "version": 3, "comment": null},
            "seen": {
                "facts": {"visits": 2, "flyers": 0, "contacts": 0, "interested": 0, "brought": 0, "leads": 0, "bookings": 0, "arrivals": 0},
                "contradictions": [{"what": "visits", "said": 5, "counted": 2, "words": "拜访 5 家"}]
            }
        });
        let log_read = json!({
            "log": {"phase": "submitted", "in_time": "unclear"}, "current": 3,
            "reviewer": {"by": id(2), "capacity": "team_lead", "author": id(1), "author_leads": false},
            "reading": {"says": "return", "version": 3, "reason": "which outlets?"}
        });
        let review = json!({
            "family": "sheet", "in_doubt": ["BK-1"], "claimants": [], "has_candidate": true, "by": id(2),
            "capacity": "site_lead", "outcome": "void", "reason": "seen"
        });
        let person_day = json!({
            "zone": zone(), "day": today(), "subject": id(1), "planned": "work", "shift": {},
            "checks": [
                {"id": id(2), "type": "on", "moment": moment, "source": "phone", "counts": "yes"},
                {"id": id(3), "type": "off", "moment": exact("17:00"), "source": "phone", "counts": "yes"}
            ]
        });
        let extension = json!({
            "request": id(1), "zone": zone(), "at": at("10:00"), "by": id(2), "reason": "seen", "class": "sheet",
            "state": "live", "until": at("10:01"), "extended": 0
        });
        let visit = json!({
            "zone": zone(), "moment": moment, "party": party, "outlet": {"lat": 30.5, "lng": 104.06},
            "location": {"lat": 30.5, "lng": 104.06, "accuracy_m": 10.0}, "ended": null, "minutes": 5,
            "filled": ["purpose", "result"], "materials_checked": true
        });
        let month = json!({
            "month": "2026-11-01", "today": "2026-12-01", "opened_on": "2026-01-05", "ended_on": null, "grade": "A",
            "counted": 4
        });
        let rows = [
            ("arrival", arrival.clone(), "valid"),
            ("companion", json!({"main": "void", "place": 1, "arrival": arrival}), "walk_in"),
            ("booking", booking, "void"),
            ("booking_cancelled", json!({"verdict": "live"}), "cancelled"),
            ("booking_expired", json!({"moment": moment, "zone": zone()}), "expired"),
            ("number", number, "protected"),
            ("check_in", check_in, "on_time"),
            (
                "request_answered",
                json!({
                    "zone": zone(), "asked_at": moment, "answered_at": exact("10:00"), "approve": true,
                    "asked": {"want": "missed_check", "check": {"type": "on", "at": at("08:50")}}
                }),
                "approved",
            ),
            (
                "spot_check",
                json!({"issued_at": at("08:50"), "reached_at": at("08:55"), "due_at": at("09:10"), "answered": moment}),
                "answered",
            ),
            ("proxy", json!({"user": id(1), "sightings": []}), "clear"),
            ("check_replaced", json!({"request": id(1)}), "void"),
            ("log_by_author", log("submit"), "submitted"),
            ("log_by_author", log("withdraw"), "draft"),
            ("log_read", log_read, "returned"),
            ("log_read", log_approved, "approved"),
            (
                "week_handed_in",
                json!({"zone": zone(), "week": "2026-W47", "at": at("12:00") + 86_400_000, "capacity": "deputy", "checksum": "ab"}),
                "late",
            ),
            ("log_day", json!({"day": today(), "present": true, "handed_in": false}), "missing"),
            ("log_missed", json!({"day": today()}), "missed"),
            ("review", review, "void"),
            ("companion_dropped", json!({"reason": "left earlier"}), "void"),
            ("person_day", person_day, "early_leave"),
            ("mass_day", json!({"day": today(), "groups": 10, "arrived": 4}), "failed"),
            ("protection_extended", extension, "extended"),
            ("visit", visit, "counted"),
            ("visit_elsewhere", json!({"filled": ["purpose"]}), "incomplete"),
            ("outlet_month", month, "short"),
            ("card", json!({"verdict": "merged", "by": id(2), "reason": "one shop", "other": id(3)}), "merged"),
        ];
        for (decision, facts, outcome) in rows {
            let decision: Decision = serde_json::from_value(json!({"decision": decision, "facts": facts})).unwrap();
            let ruling = replayed(&decision);
            assert_eq!(ruling["outcome"], outcome, "{ruling}");
            assert_eq!(ruling, replayed(&decision));
        }
    }

    #[test]
    fn facts_that_allow_no_ruling_replay_to_none() {
        let cancelled = Decision::BookingCancelled { verdict: BookingVerdict::Used };
        assert_eq!(cancelled.replay(&Policy::default()), None);
    }
}
