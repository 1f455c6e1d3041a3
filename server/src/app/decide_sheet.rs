//! The review of a sheet, or of one who came along, is decided by a person.

mod companions;

use api_spec::messages;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::decide_review::in_doubt;
use crate::error::AppError;
use crate::facts::arrivals::{Grounds, Visit, Visitor};
use crate::facts::directory::Directory;
use crate::facts::holding::split;
use crate::facts::sheets::{Companion, SHEET, SheetBody};
use crate::facts::{Facts, Need, Unit};
use crate::rules::arrival::{Effect, Route, SheetVerdict, on_booking_after_review};
use crate::rules::party::Holder;
use crate::rules::policy::Policy;
use crate::rules::replay::Decision;
use crate::rules::review::{self, Capacity, DecideError, DecideFacts, Family};
use crate::rules::sheet::{Reserved, Sheet};
use crate::store::confirmations::{self, Confirmation};
use crate::store::rulings::RulingRow;
use crate::store::{Key, StoreError, Tx, rulings};

/// What somebody decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided<'a> {
    /// Who.
    pub(super) by: Uuid,
    /// In which capacity.
    pub(super) capacity: Capacity,
    /// `valid`, `void` or `walk_in`.
    pub(super) outcome: &'a str,
    /// Why, in words without a full number.
    pub(super) reason: &'a str,
}

/// Decides what the ruling `open` left open, with everything that follows for the sheet, its protections and its bookings; the answer is the
/// ruling made. `check_version` refuses a version of the sheet other than the one the caller saw, `refuse` words why it cannot be decided so.
///
/// # Errors
/// `not-found`, `wrong-state` when it is decided already, `rule-refused` (PR-3) when the customer is somebody else's meanwhile.
pub(super) async fn decide_sheet(
    tx: &mut Tx,
    unit: &Unit,
    open: &RulingRow,
    decided: &Decided<'_>,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
    refuse: impl Fn(DecideError) -> Problem + Sync,
) -> Result<RulingRow, AppError> {
    let found = confirmations::find(tx, &[open.project], open.subject).await?.ok_or(Code::NotFound)?;
    let mut need = Need::default();
    need.sheet(&found, &SheetBody::of(&found)?);
    let mut facts = Facts::load(tx, unit, &need).await?;
    let key = Key { project: open.project, id: open.subject };
    let row = facts.sheets.get(&key).cloned().ok_or(Code::NotFound)?;
    check_version(row.version.cast_unsigned())?;
    let body = SheetBody::of(&row)?;
    if body.sheet.correction().is_some() {
        return Err(Problem::wrong_state(body.sheet.phase().as_str()).into());
    }
    let route = row.route.parse().unwrap_or(Route::Booked);
    let policy = unit.directory.policy(open.project, unit.now);
    let case = Case {
        directory: &unit.directory,
        policy: &policy,
        visit: Visit { sheet: key, arrived_at: row.arrived_at, route },
        open,
        decided,
    };
    let ruling = match body.companions.iter().position(|each| each.ruling == open.id) {
        Some(index) => case.companion(&mut facts, row, body, index, &refuse)?,
        None => case.sheet(tx, &mut facts, row, body, &refuse).await?,
    };
    let made = facts.rulings.get(&Key { project: open.project, id: ruling }).cloned();
    facts.save(tx, unit).await?;
    made.ok_or_else(|| AppError::Broken("a decision without a ruling".to_owned()))
}

/// BK-10: what the settlement of a case means for those who came along and whose verdict waited for that of the sheet.
///
/// # Errors
/// Those of the store.
pub(super) async fn judge_companions_after(
    tx: &mut Tx,
    unit: &Unit,
    facts: &mut Facts,
    (row, body): (&Confirmation, &SheetBody),
    decided: &Decided<'_>,
    holder: Option<Holder>,
) -> Result<Vec<Companion>, AppError> {
    let open = rulings::find(tx, &[row.project], body.ruling).await?.ok_or(Code::NotFound)?;
    let route = row.route.parse().unwrap_or(Route::Booked);
    let policy = unit.directory.policy(row.project, unit.now);
    let sheet = Key { project: row.project, id: row.id };
    let case = Case {
        directory: &unit.directory,
        policy: &policy,
        visit: Visit { sheet, arrived_at: row.arrived_at, route },
        open: &open,
        decided,
    };
    case.judge_companions_again(tx, facts, body, verdict_of(decided.outcome)?, holder).await
}

/// One review on its way to a decision.
struct Case<'a> {
    directory: &'a Directory,
    policy: &'a Policy,
    visit: Visit,
    open: &'a RulingRow,
    decided: &'a Decided<'a>,
}

impl Case<'_> {
    /// The review of the sheet itself.
    async fn sheet(
        &self,
        tx: &mut Tx,
        facts: &mut Facts,
        row: Confirmation,
        body: SheetBody,
        refuse: &(impl Fn(DecideError) -> Problem + Sync),
    ) -> Result<Uuid, AppError> {
        if body.ruling != self.open.id || body.sheet.verdict() != SheetVerdict::Review {
            return Err(Problem::wrong_state(body.sheet.phase().as_str()).into());
        }
        let candidate = body.sheet.candidate();
        let review = self.review(candidate)?;
        let ruling = review::decide(&review).map_err(refuse)?;
        let outcome = verdict_of(&ruling.outcome)?;
        let visitor =
            Visitor { customer: row.customer, name: body.name.clone(), phone_masked: body.phone_masked.clone() };
        let effect = self.effect(facts, &visitor, outcome, candidate)?;
        let sheet = match body.sheet.clone().decide(outcome) {
            // the holder was protected by another sheet meanwhile: that protection stays
            Ok(Sheet::Reserved(sheet)) => Sheet::Reserved(Reserved { follow_up: effect == Effect::Keep, ..sheet }),
            Ok(sheet) => sheet,
            Err(_) => return Err(Problem::wrong_state(body.sheet.phase().as_str()).into()),
        };
        let subject = Facts::about_sheet(self.visit.sheet, SHEET, self.open.owner, Some(self.open.id))
            .decided_by(self.decided.by, Some(self.decided.reason));
        let verdict = facts.rule(self.directory, &subject, &ruling, &Decision::Review(review.clone()));
        self.protect(facts, &visitor, effect, outcome, candidate, verdict.ruling);
        let won = self.follow_bookings(facts, &body.bookings, row.booking, candidate, &review)?;
        let companions = self.judge_companions_again(tx, facts, &body, outcome, candidate).await?;
        let body = SheetBody {
            sheet,
            ruling: verdict.ruling,
            reasons: ruling.reasons,
            companions,
            bookings: Vec::new(),
            ..body
        };
        let made = verdict.ruling;
        let customer = row.customer;
        facts.put_sheet(self.directory, Confirmation { booking: won, ..row }, &body, Some(verdict));
        let holder = candidate.filter(|_| outcome == SheetVerdict::Valid);
        let said = (self.decided.by, self.decided.reason);
        facts.follow_review(self.directory, (self.visit.sheet, customer), holder, said)?;
        Ok(made)
    }

    /// Everything the decision rests on.
    fn review(&self, candidate: Option<Holder>) -> Result<DecideFacts, StoreError> {
        Ok(DecideFacts {
            family: Family::Sheet,
            in_doubt: in_doubt(self.open)?,
            claimants: self.open.owner.into_iter().collect(),
            has_candidate: candidate.is_some(),
            by: self.decided.by,
            capacity: self.decided.capacity,
            outcome: self.decided.outcome.to_owned(),
            reason: self.decided.reason.to_owned(),
        })
    }

    /// What the decision does to the customer's `sheet` protection: what another sheet started meanwhile stays.
    fn effect(
        &self,
        facts: &Facts,
        visitor: &Visitor,
        outcome: SheetVerdict,
        candidate: Option<Holder>,
    ) -> Result<Effect, Problem> {
        let project = self.visit.sheet.project;
        let standing = facts.standing_for(Key { project, id: visitor.customer }, "sheet");
        let of_another_sheet = standing.is_some_and(|each| each.source != self.visit.sheet.id);
        let protection = facts.sheet_protection(project, visitor.customer).filter(|_| of_another_sheet);
        match (outcome, protection) {
            (SheetVerdict::Valid, Some(other)) if other.holder().is_some() => {
                if other.holder() == candidate {
                    return Ok(Effect::Keep);
                }
                let (reason, zone) = (other.refusal(Answer::No), self.directory.zone(project).tz());
                let known = json!({ "until": reason.until() });
                let rule = reason.rule.as_str();
                Err(Problem::rule(rule, &messages::message(rule, Answer::No, &known, &zone)))
            }
            (SheetVerdict::Valid, _) => Ok(Effect::Reserve),
            (_, Some(_)) => Ok(Effect::Keep),
            (_, None) => Ok(Effect::Block),
        }
    }

    fn protect(
        &self,
        facts: &mut Facts,
        visitor: &Visitor,
        effect: Effect,
        outcome: SheetVerdict,
        candidate: Option<Holder>,
        ruling: Uuid,
    ) {
        let holder = candidate.filter(|_| outcome == SheetVerdict::Valid);
        let grounds = Grounds { directory: self.directory, policy: self.policy, ruling };
        facts.protect(&self.visit, visitor, effect, holder, &grounds);
    }

    /// The bookings that waited for the decision: the winner's is used, those of others are void. The answer is the one that counts.
    fn follow_bookings(
        &self,
        facts: &mut Facts,
        waiting: &[Uuid],
        preferred: Option<Uuid>,
        candidate: Option<Holder>,
        review: &DecideFacts,
    ) -> Result<Option<Uuid>, AppError> {
        let project = self.visit.sheet.project;
        let valid = review.outcome == SheetVerdict::Valid.as_str();
        let is_winners = |facts: &Facts, id: Uuid| {
            let row = facts.bookings.get(&Key { project, id });
            valid && row.is_some_and(|row| (row.holder_user, row.holder_partner) == split(candidate))
        };
        let first = waiting.iter().copied().find(|id| is_winners(facts, *id));
        let won = preferred.filter(|id| is_winners(facts, *id)).or(first);
        for &booking in waiting {
            let wins = won == Some(booking);
            if wins || !is_winners(facts, booking) {
                let ruling = on_booking_after_review(review, wins).map_err(|_| Code::WrongState)?;
                let decision = Decision::BookingAfterReview { review: review.clone(), won: wins };
                facts.rule_on_presented(self.directory, self.visit.sheet, booking, &ruling, &decision);
            }
        }
        Ok(won)
    }
}

/// The verdict a choice stands for.
fn verdict_of(outcome: &str) -> Result<SheetVerdict, AppError> {
    outcome.parse().map_err(|_| AppError::Broken(format!("no verdict of a sheet: {outcome}")))
}
