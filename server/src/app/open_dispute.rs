//! `POST /v1/disputes`: a claimant, or their lead, opens a case (DS-4).

use std::sync::Arc;

use api_spec::disputes::{Dispute, NewDispute};
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sha2::{Digest, Sha256};
use sync_core::exchange::Verdict;
use sync_core::time::{Answer, rfc3339};
use uuid::Uuid;

use super::actor::Actor;
use super::disputes::{Reader, describe, need_of, refusal, said, speaks_for, written};
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::claims::is_of;
use crate::facts::directory::{Directory, bucket};
use crate::facts::disputes::{CaseBody, CaseParty, Opening, Role, Said};
use crate::facts::holding::party;
use crate::facts::record::Record;
use crate::facts::sheets::SheetBody;
use crate::rules::dispute::{About, DisputeError, Reached, Window, propose};
use crate::rules::party::Holder;
use crate::state::App;
use crate::store::{Key, Reader as Db, Tx, confirmations, deliveries, devices, disputes, leads, records, run_tx};

/// Opens a case, or joins the one that stands about the customer. The same body with the same id again is answered with the same case.
///
/// # Errors
/// `not-found` for those who claim nothing there, `validation`, `id-taken`, `wrong-state` for a lead without a number and for parties of a
/// case that is settled, `rule-refused` (DS-4) after the time for it and for who has the customer already.
pub async fn open_dispute(app: &App, actor: &Actor, request: &NewDispute) -> Result<Dispute, AppError> {
    // before anything is looked for: whoever may not know of the subject learns nothing from what is wrong with the words
    said(&request.claim, "/claim")?;
    run_tx(&app.db, "open_dispute", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let subject = find(&mut tx, actor, &directory, request, unit.now).await?;
        let Subject { key, customer, .. } = subject;
        let text = written(&request.claim, "/claim", &directory, key.project)?;
        let digest = digest(actor, key.id, &text);
        let mut need = need_of(&mut tx, key.project, customer, unit.now).await?;
        if let Some(id) = request.id {
            let own = Key { project: key.project, id };
            if let Some(known) = disputes::find(&mut tx, &actor.projects_at(unit.now), id).await? {
                return again(&mut tx, actor, &directory, &known, &digest, unit.now).await;
            }
            need.record(own);
        }
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let taken = |id: &Uuid| facts.records.get(&Key { project: key.project, id: *id }).is_some();
        if request.id.as_ref().is_some_and(taken) {
            return Err(Code::IdTaken.into());
        }
        let claimant = claimant(actor, &directory, &facts, &subject, unit.now)?;
        let over = |row: &disputes::Dispute| row.state == "final";
        for row in disputes::about(&mut tx, key.project, key.id).await?.iter().filter(|row| over(row)) {
            if CaseBody::of(row)?.holders().any(|holder| holder == claimant) {
                return Err(Problem::wrong_state(row.state.as_str()).into());
            }
        }
        let window = window(&mut tx, actor, &facts, &subject, claimant).await?;
        let parties = parties(&facts, &subject, claimant, actor.user)?;
        let (name, masked) = (subject.name.clone(), subject.phone_masked.clone());
        let opening = Opening {
            id: request.id,
            subject: key,
            about: subject.about,
            customer,
            shown: (&name, &masked),
            parties,
            window: Some(window),
            said: Said {
                act: "opened",
                author: Some(actor.user),
                holder: Some(claimant),
                text: &text,
                attachments: &[],
            },
            request_digest: digest,
        };
        let refused = |error| refusal(&directory, key.project, error);
        let row = facts.open_case(&directory, opening)?.map_err(refused)?;
        facts.save(&mut tx, &unit).await?;
        answer(&mut tx, actor, &directory, &row, unit.now).await
    })
    .await
}

/// What a case is to be about.
struct Subject {
    key: Key,
    about: About,
    customer: Uuid,
    name: String,
    phone_masked: String,
}

async fn find(
    tx: &mut Tx,
    actor: &Actor,
    directory: &Directory,
    request: &NewDispute,
    now: i64,
) -> Result<Subject, AppError> {
    let projects = actor.projects_at(now);
    match (request.confirmation, request.lead) {
        (Some(id), None) => {
            let row = confirmations::find(tx, &projects, id).await?.ok_or(Code::NotFound)?;
            let SheetBody { name, phone_masked, .. } = SheetBody::of(&row)?;
            let key = Key { project: row.project, id };
            Ok(Subject { key, about: About::Sheet, customer: row.customer, name, phone_masked })
        }
        (None, Some(id)) => {
            let record = records::find(tx, &projects, id).await?.filter(|record| record.kind == "lead");
            let record = record.ok_or(Code::NotFound)?;
            let owner = record.owner.map(|owner| party(directory, owner).holder());
            let scope = Scope::of(actor, directory, now);
            if !owner.is_some_and(|owner| speaks_for(actor, directory, &scope, owner, record.project, now)) {
                return Err(Code::NotFound.into());
            }
            let key = Key { project: record.project, id };
            let lead = leads::by_ids(tx, &[key]).await?.pop();
            let customer = lead.and_then(|lead| lead.customer).ok_or_else(|| Problem::wrong_state("no_number"))?;
            let known =
                crate::store::customers::by_ids(tx, key.project, &[customer]).await?.pop().ok_or(Code::NotFound)?;
            Ok(Subject { key, about: About::Lead, customer, name: known.name, phone_masked: known.masked })
        }
        _ => {
            Err(Problem::invalid("/confirmation", Text::new("name a sheet or a lead", "须指明确认单或线索之一")).into())
        }
    }
}

/// The party that the actor speaks for: the one whose claim ranks first among those.
fn claimant(
    actor: &Actor,
    directory: &Directory,
    facts: &Facts,
    subject: &Subject,
    now: i64,
) -> Result<Holder, AppError> {
    let scope = Scope::of(actor, directory, now);
    let project = subject.key.project;
    let speaks = |holder: &Holder| speaks_for(actor, directory, &scope, *holder, project, now);
    let found = match subject.about {
        About::Lead => {
            let owner = facts.leads.get(&subject.key).map(|lead| party(directory, lead.owner).holder());
            owner.filter(speaks)
        }
        About::Sheet => {
            let claims = facts.claims_on(directory, project, subject.customer)?;
            let lines = propose(&claims, &directory.policy(project, now)).lines;
            lines.into_iter().map(|line| line.holder).find(speaks)
        }
    };
    let claimant = found.ok_or(Code::NotFound)?;
    if holds(facts, subject, claimant) {
        return Err(refusal(directory, project, DisputeError::NotLost).into());
    }
    Ok(claimant)
}

/// Whether the customer is somebody's already, and the subject says so.
fn holds(facts: &Facts, subject: &Subject, claimant: Holder) -> bool {
    let (project, customer) = (subject.key.project, subject.customer);
    let sheet = facts.sheet_protection(project, customer);
    let lead = facts.lead_protection(project, customer).map(|(_, lead)| lead.holder);
    let own_sheet = facts.sheets.get(&subject.key).map(|row| row.state == "valid");
    sheet.map_or(lead == Some(claimant), |sheet| sheet.holder() == Some(claimant)) && own_sheet.unwrap_or(true)
}

/// The claimant, and whoever has the customer now.
fn parties(facts: &Facts, subject: &Subject, claimant: Holder, speaker: Uuid) -> Result<Vec<CaseParty>, AppError> {
    let (project, customer) = (subject.key.project, subject.customer);
    let mut parties =
        vec![CaseParty { holder: claimant, role: Role::Claimant, speaker: Some(speaker), withdrawn: false }];
    let sheet = facts.sheet_protection(project, customer).and_then(|sheet| sheet.holder());
    let lead = facts.lead_protection(project, customer).map(|(_, lead)| lead.holder);
    let told = match facts.sheets.get(&subject.key) {
        Some(row) => SheetBody::of(row)?.sheet.told(),
        None => None,
    };
    for holder in [sheet, lead, told].into_iter().flatten() {
        if parties.iter().all(|party| party.holder != holder) {
            parties.push(CaseParty { holder, role: Role::Respondent, speaker: None, withdrawn: false });
        }
    }
    Ok(parties)
}

/// DS-4: how long the claimant may open a case: since the verdict on the own claim reached the own phone.
async fn window(
    db: &mut Db,
    actor: &Actor,
    facts: &Facts,
    subject: &Subject,
    claimant: Holder,
) -> Result<Window, AppError> {
    let project = subject.key.project;
    let own_booking = || {
        let bookings = facts.bookings_of(project, subject.customer);
        let lost = bookings
            .into_iter()
            .rev()
            .find(|row| is_of(row, claimant) && ["void", "contested", "review"].contains(&row.state.as_str()))?;
        Some((facts.records.get(&Key { project, id: lost.id })?, lost.owner))
    };
    let speaker = match claimant {
        Holder::User(user) => user,
        Holder::Partner(_) => actor.user,
    };
    let of_subject = || Some((facts.records.get(&subject.key)?, speaker));
    let told = match subject.about {
        About::Lead => of_subject().map(|(record, user)| (record, record.owner.unwrap_or(user))),
        About::Sheet => own_booking().or_else(of_subject),
    };
    let (record, user) = told.ok_or(Code::NotFound)?;
    let verdict = record.verdict.as_ref().ok_or_else(|| Problem::wrong_state(record.phase.as_str()))?;
    let ruled_at = rfc3339::parse(&verdict.at).unwrap_or(facts.now);
    let sheet_at = facts.sheets.get(&subject.key).map_or(ruled_at, |row| row.opened_at);
    let reached = reached(db, actor.org, record, verdict, (user, claimant)).await?;
    Ok(Window { sheet_at, ruled_at, reached })
}

async fn reached(
    db: &mut Db,
    org: i64,
    record: &Record,
    verdict: &Verdict,
    (user, claimant): (Uuid, Holder),
) -> Result<Reached, AppError> {
    let project = record.key.project;
    let own = match claimant {
        Holder::User(_) => bucket::user(user),
        Holder::Partner(partner) => bucket::partner(partner, project),
    };
    let is_told = record.revs.live(&own).or(record.revs.live(&bucket::user(user))).is_some();
    let has_phone = devices::of_user(db, org, user).await?.iter().any(|device| device.revoked_at.is_none());
    if !is_told || !has_phone || verdict.reasons.iter().all(|reason| reason.answer == Answer::Yes) {
        return Ok(Reached::NoPhone);
    }
    let at = deliveries::reached(db, project, verdict.ruling, user).await?;
    Ok(at.map_or(Reached::NotYet, |at| Reached::Phone { at }))
}

fn digest(actor: &Actor, about: Uuid, text: &str) -> [u8; 32] {
    Sha256::digest(json!([about, actor.user, text]).to_string()).into()
}

/// The same request again, or another one with the same id.
async fn again(
    tx: &mut Tx,
    actor: &Actor,
    directory: &Directory,
    known: &disputes::Dispute,
    digest: &[u8; 32],
    now: i64,
) -> Result<Dispute, AppError> {
    if known.request_digest == *digest {
        answer(tx, actor, directory, known, now).await
    } else {
        Err(Code::IdTaken.into())
    }
}

async fn answer(
    tx: &mut Tx,
    actor: &Actor,
    directory: &Directory,
    row: &disputes::Dispute,
    now: i64,
) -> Result<Dispute, AppError> {
    let body = CaseBody::of(row)?;
    let reader = Reader::of(actor, directory, row, &body, now)?;
    let entries = disputes::entries(tx, row.project, row.id).await?;
    Ok(describe(directory, &reader, row, &body, &entries, now))
}
