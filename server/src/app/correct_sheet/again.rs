//! The verdict derived again, and what follows from it for protections.

use api_spec::problem::Problem;
use sync_core::time::Answer;
use uuid::Uuid;

use super::arrival::Former;
use super::request::Request;
use crate::app::open_sheet::case::{claimants, open_case};
use crate::app::sheets::refused;
use crate::error::AppError;
use crate::facts::arrivals::{Grounds, Visit, Visitor};
use crate::facts::directory::Directory;
use crate::facts::holding::{party_of, split};
use crate::facts::sheets::{COMPANION, Companion, SHEET, SheetBody, is_late};
use crate::facts::{Facts, Unit};
use crate::rules::arrival::{self, ArrivalRuling, CompanionFacts, Effect, SheetVerdict};
use crate::rules::policy::Policy;
use crate::rules::replay::Decision;
use crate::rules::sheet::{CorrectionFacts, Reserved, Sheet, decide_again, drop_companion};
use crate::store::Key;
use crate::store::confirmations::Confirmation;
use crate::store::protections::Protection;

/// One correction on its way.
pub(super) struct Again<'a> {
    pub(super) unit: &'a Unit,
    pub(super) directory: &'a Directory,
    pub(super) policy: &'a Policy,
    /// The visit as it was, with the new version's key.
    pub(super) visit: Visit,
    /// The version that is corrected.
    pub(super) old: Key,
    pub(super) former: &'a Former,
    pub(super) request: &'a Request,
    pub(super) by: Uuid,
}

/// The version that is corrected, and the digest of the request for the next one.
pub(super) struct Version {
    pub(super) row: Confirmation,
    pub(super) body: SheetBody,
    pub(super) digest: [u8; 32],
}

impl Again<'_> {
    /// Opens the new version.
    ///
    /// # Errors
    /// `rule-refused` when somebody is another holder's customer meanwhile.
    pub(super) fn open(
        &self,
        facts: &mut Facts,
        version: Version,
        visitors: &[Visitor],
    ) -> Result<Confirmation, AppError> {
        let Version { row, body, digest } = version;
        let Some((visitor, along)) = visitors.split_first() else {
            return Err(AppError::Broken("a sheet without a customer".to_owned()));
        };
        let touched = self.take_back_bookings(facts);
        let mut known = self.arrival(facts, visitor, self.request.bringer.clone());
        known.entered_at = Some(self.former.opened_at);
        let correction = CorrectionFacts { arrival: known, corrects: self.old.id, reason: self.request.reason.clone() };
        let mut ruling = decide_again(&correction, self.policy);
        let claimant = self.claimant(facts, &ruling);
        let claimants = claimants(facts, self.old.project, visitor.customer, &ruling);
        let subject = Facts::about_sheet(self.visit.sheet, SHEET, claimant, Some(body.ruling))
            .decided_by(self.by, Some(&self.request.reason));
        let verdict =
            facts.rule(self.directory, &subject, &ruling.ruling, &Decision::SheetCorrected(correction.clone()));
        facts.rule_on_bookings(self.directory, self.visit.sheet, &ruling, &correction.arrival);
        let moved = self.protect(facts, visitor, &mut ruling, verdict.ruling)?;
        let companions = self.companions(facts, &body, &ruling, along)?;
        self.drop_companions(facts, &body, along);
        self.release_bookings(facts, &touched);
        self.end_what_is_left(facts);
        let sheet = match Sheet::open(&ruling, row.consultant, self.unit.now) {
            // both had signed: what their signatures started goes on
            Sheet::Reserved(sheet) if moved => Sheet::Reserved(Reserved { follow_up: true, ..sheet }),
            sheet => sheet,
        };
        let body = SheetBody {
            name: visitor.name.clone(),
            phone_masked: visitor.phone_masked.clone(),
            sheet,
            ruling: verdict.ruling,
            bookings: ruling.waiting_bookings(),
            reasons: ruling.ruling.reasons,
            companions,
            brought_by: self.request.brought_by.clone(),
            hint: body.hint,
            deal: None,
            corrects: Some(self.old.id),
        };
        let row = Confirmation {
            id: self.visit.sheet.id,
            customer: visitor.customer,
            route: self.visit.route.to_string(),
            arrived_at: self.visit.arrived_at,
            opened_at: self.unit.now,
            opened_by: self.by,
            booking: ruling.booking,
            version: 0,
            request_digest: digest,
            late_entry: is_late(&body.reasons),
            ..row
        };
        let row = facts.put_sheet(self.directory, row, &body, Some(verdict));
        if row.state == SheetVerdict::Review.as_str() {
            open_case(facts, self.directory, self.visit.sheet, visitor, claimants)?;
        }
        Ok(row)
    }

    /// BK-10: each companion is judged alone, after the customer of the sheet and for the same bringer.
    fn companions(
        &self,
        facts: &mut Facts,
        old: &SheetBody,
        main: &ArrivalRuling,
        along: &[Visitor],
    ) -> Result<Vec<Companion>, AppError> {
        let holder = main.holder.map(|holder| party_of(self.directory, holder));
        let bringer = self.request.bringer.clone().or(holder);
        let claimant = self.claimant(facts, main);
        let mut companions = Vec::with_capacity(along.len());
        for (place, visitor) in (1..).zip(along) {
            let mut known = self.arrival(facts, visitor, bringer.clone());
            known.companion = true;
            let judged = CompanionFacts { main: main.ruling.outcome, place, arrival: known };
            let mut ruling = arrival::decide_companion(&judged, self.policy);
            let before = old.companions.iter().find(|each| each.customer == visitor.customer);
            let subject = Facts::about_sheet(self.visit.sheet, COMPANION, claimant, before.map(|each| each.ruling))
                .decided_by(self.by, Some(&self.request.reason));
            let decision = Decision::Companion(judged.clone());
            let verdict = facts.rule(self.directory, &subject, &ruling.ruling, &decision);
            facts.rule_on_bookings(self.directory, self.visit.sheet, &ruling, &judged.arrival);
            self.protect(facts, visitor, &mut ruling, verdict.ruling)?;
            companions.push(Companion {
                customer: visitor.customer,
                name: visitor.name.clone(),
                phone_masked: visitor.phone_masked.clone(),
                verdict: ruling.ruling.outcome,
                holder: ruling.holder,
                ruling: verdict.ruling,
                bookings: ruling.waiting_bookings(),
                reasons: ruling.ruling.reasons,
            });
        }
        Ok(companions)
    }

    /// Reviews about those who are not on the corrected sheet are over.
    fn drop_companions(&self, facts: &mut Facts, old: &SheetBody, along: &[Visitor]) {
        let left = |each: &&Companion| {
            each.verdict == SheetVerdict::Review && along.iter().all(|visitor| visitor.customer != each.customer)
        };
        for companion in old.companions.iter().filter(left) {
            let subject = Facts::about_sheet(self.old, COMPANION, None, Some(companion.ruling))
                .decided_by(self.by, Some(&self.request.reason));
            let decision = Decision::CompanionDropped { reason: self.request.reason.clone() };
            facts.rule(self.directory, &subject, &drop_companion(&self.request.reason), &decision);
        }
    }

    /// What follows for the `sheet` protection of somebody. The old version's own is moved over where the customer is the same holder's
    /// still, and ends otherwise; what another sheet started meanwhile stays. Whether a protection that was signed for was moved.
    fn protect(
        &self,
        facts: &mut Facts,
        visitor: &Visitor,
        ruling: &mut ArrivalRuling,
        by: Uuid,
    ) -> Result<bool, Problem> {
        let Key { project, id } = self.visit.sheet;
        facts.name_customer(Key { project, id: visitor.customer }, &visitor.name);
        ruling.effect = self.effect(facts, visitor, ruling)?;
        let valid = ruling.ruling.outcome == SheetVerdict::Valid;
        let holder = ruling.holder.filter(|_| valid);
        let standing = facts.standing_for(Key { project, id: visitor.customer }, "sheet").cloned();
        if let Some(own) = standing.filter(|each| each.source == self.old.id) {
            let same = (own.holder_user, own.holder_partner) == split(holder);
            if same && valid && ruling.effect == Effect::Reserve {
                let moved = Protection { source: id, ruling: Some(by), ..own };
                let signed = moved.state == "live";
                facts.show_protection(&moved, &visitor.name, &visitor.phone_masked);
                facts.protections.put(Key { project, id: moved.id }, moved);
                return Ok(signed);
            }
            facts.end_protection(Key { project, id: own.id }, CORRECTED);
        }
        let grounds = Grounds { directory: self.directory, policy: self.policy, ruling: by };
        facts.protect(&self.visit, visitor, ruling.effect, holder, &grounds);
        Ok(false)
    }

    fn effect(&self, facts: &Facts, visitor: &Visitor, ruling: &ArrivalRuling) -> Result<Effect, Problem> {
        let project = self.visit.sheet.project;
        let standing = facts.standing_for(Key { project, id: visitor.customer }, "sheet");
        let is_others = standing.is_some_and(|each| each.source != self.old.id);
        let other = facts.sheet_protection(project, visitor.customer).filter(|_| is_others);
        match (ruling.ruling.outcome, other) {
            (SheetVerdict::Valid, Some(other)) if ruling.effect == Effect::Reserve && other.holder().is_some() => {
                if other.holder() == ruling.holder {
                    return Ok(Effect::Keep);
                }
                Err(refused(&other.refusal(Answer::No), self.directory.zone(project)))
            }
            (SheetVerdict::Valid, _) | (_, None) => Ok(ruling.effect),
            (_, Some(_)) => Ok(Effect::Keep),
        }
    }

    /// Protections of customers who are not on the corrected sheet.
    fn end_what_is_left(&self, facts: &mut Facts) {
        let project = self.old.project;
        let of_old = |each: &&Protection| each.source == self.old.id;
        let left: Vec<Uuid> = facts.standing(project, "sheet").filter(of_old).map(|each| each.id).collect();
        for id in left {
            facts.end_protection(Key { project, id }, CORRECTED);
        }
    }

    /// Whose claim it is, as a person: who booked, who brought, who holds.
    fn claimant(&self, facts: &Facts, ruling: &ArrivalRuling) -> Option<Uuid> {
        let key = |id| Key { project: self.old.project, id };
        let booker = ruling.booking.and_then(|id| facts.bookings.get(&key(id))).map(|row| row.owner);
        booker.or(self.request.bringing_user()).or(split(ruling.holder).0)
    }
}

/// The state a protection ends in when the sheet it comes from is corrected.
const CORRECTED: &str = "corrected";
