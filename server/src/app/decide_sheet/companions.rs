//! BK-10: what a decision means for those who came along.

use api_spec::problem::Problem;
use uuid::Uuid;

use super::{Case, verdict_of};
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::arrivals::Visitor;
use crate::facts::holding::party_of;
use crate::facts::sheets::{COMPANION, Companion, SheetBody};
use crate::rules::arrival::{self, CompanionFacts, SheetVerdict};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::rules::review::{self, DecideError};
use crate::rules::ruling::Rule;
use crate::store::confirmations::Confirmation;
use crate::store::{StoreError, Tx, rulings};

impl Case<'_> {
    /// The review of one who came along.
    pub(super) fn companion(
        &self,
        facts: &mut Facts,
        row: Confirmation,
        mut body: SheetBody,
        index: usize,
        refuse: &(impl Fn(DecideError) -> Problem + Sync),
    ) -> Result<Uuid, AppError> {
        let Some(companion) = body.companions.get(index).filter(|each| each.verdict == SheetVerdict::Review).cloned()
        else {
            return Err(Problem::wrong_state(body.sheet.phase().as_str()).into());
        };
        let review = self.review(companion.holder)?;
        let ruling = review::decide(&review).map_err(refuse)?;
        let outcome = verdict_of(&ruling.outcome)?;
        let visitor = visitor(&companion);
        let effect = self.effect(facts, &visitor, outcome, companion.holder)?;
        let subject = Facts::about_sheet(self.visit.sheet, COMPANION, self.open.owner, Some(self.open.id))
            .decided_by(self.decided.by, Some(self.decided.reason));
        let verdict = facts.rule(self.directory, &subject, &ruling, &Decision::Review(review.clone()));
        self.protect(facts, &visitor, effect, outcome, companion.holder, verdict.ruling);
        self.follow_bookings(facts, &companion.bookings, None, companion.holder, &review)?;
        body.companions[index] = Companion {
            verdict: outcome,
            ruling: verdict.ruling,
            reasons: ruling.reasons,
            bookings: Vec::new(),
            ..companion
        };
        facts.put_sheet(self.directory, row, &body, None);
        Ok(verdict.ruling)
    }

    /// Those whose verdict waited for that of the sheet are judged again, on what was known when they arrived.
    pub(super) async fn judge_companions_again(
        &self,
        tx: &mut Tx,
        facts: &mut Facts,
        body: &SheetBody,
        main: SheetVerdict,
        holder: Option<Holder>,
    ) -> Result<Vec<Companion>, AppError> {
        let known = rulings::of_subjects(tx, self.visit.sheet.project, &[self.visit.sheet.id]).await?;
        let mut companions = body.companions.clone();
        for companion in &mut companions {
            let waits = companion.verdict == SheetVerdict::Review
                && companion.reasons.iter().any(|reason| reason.rule == Rule::Bk10);
            let Some(before) = known.iter().find(|row| row.id == companion.ruling).filter(|_| waits) else { continue };
            let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("ruling {}: {error}", before.id));
            let Decision::Companion(judged) = serde_json::from_str(&before.facts).map_err(odd)? else { continue };
            let mut judged = CompanionFacts { main, ..judged };
            let winner = holder.filter(|_| main == SheetVerdict::Valid);
            judged.arrival.bringer = winner.map(|holder| party_of(self.directory, holder)).or(judged.arrival.bringer);
            let ruling = arrival::decide_companion(&judged, self.policy);
            let subject = Facts::about_sheet(self.visit.sheet, COMPANION, self.open.owner, Some(before.id));
            let verdict = facts.rule(self.directory, &subject, &ruling.ruling, &Decision::Companion(judged.clone()));
            facts.rule_on_bookings(self.directory, self.visit.sheet, &ruling, &judged.arrival);
            self.protect(
                facts,
                &visitor(companion),
                ruling.effect,
                ruling.ruling.outcome,
                ruling.holder,
                verdict.ruling,
            );
            companion.verdict = ruling.ruling.outcome;
            companion.holder = ruling.holder;
            companion.ruling = verdict.ruling;
            companion.bookings = ruling.waiting_bookings();
            companion.reasons = ruling.ruling.reasons;
        }
        Ok(companions)
    }
}

fn visitor(companion: &Companion) -> Visitor {
    Visitor { customer: companion.customer, name: companion.name.clone(), phone_masked: companion.phone_masked.clone() }
}
