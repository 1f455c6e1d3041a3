//! Numbers in clear, for calling: each reveal names its reason and is audited and counted per day (DP-2).

use std::collections::BTreeMap;

use api_spec::customers::{RevealLeads, Revealed, RevealedNumber};
use api_spec::locale::Text;
use api_spec::primitives::Secret;
use api_spec::problem::{Code, Problem};
use serde_json::{Value, json};
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::{self, Counted};
use super::reason::reason;
use super::scope::Scope;
use super::sheets::find;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::sheets::SheetBody;
use crate::facts::stored;
use crate::seal::sealing::{Place, Sealer};
use crate::state::App;
use crate::store::customers::{self, Customer};
use crate::store::{Key, Tx, confirmations, leads, records, run_tx, secrets};

/// Leads of one reveal at the most.
const LEADS_MAX: usize = 50;
/// The act in the audit trail; one entry a number.
const ACT: &str = "reveal_number";

/// `POST /v1/leads/{id}/reveal`: the number of a lead, for its owner and the back office.
///
/// # Errors
/// `not-found`, `forbidden` for others who see the lead, `validation` without a reason.
pub async fn reveal_lead(app: &App, actor: &Actor, id: Uuid, why: &str) -> Result<Revealed, AppError> {
    run_tx(&app.db, "reveal_lead", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let scope = Scope::of(actor, &directory, app.clock.now());
        let record = scope.record(&mut tx, id).await?;
        if record.kind != "lead" || record.deleted {
            return Err(Code::NotFound.into());
        }
        if record.owner != Some(actor.user) && !scope.is_office(record.project) {
            return Err(Code::Forbidden.into());
        }
        let record = stored::record(record)?;
        let items = numbers_of_leads(&mut tx, &app.sealer, std::slice::from_ref(&record)).await?;
        write_down(&mut tx, app, &directory, actor, items, why).await
    })
    .await
}

/// `POST /v1/leads/reveal`: the numbers of own leads.
///
/// # Errors
/// `not-found` when one of them is not the caller's, `validation` without a reason, without leads and for more than 50.
pub async fn reveal_leads(app: &App, actor: &Actor, request: &RevealLeads) -> Result<Revealed, AppError> {
    let mut ids = request.leads.clone();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > LEADS_MAX {
        return Err(Problem::invalid("/leads", Text::new("must be 1 to 50 leads", "须为 1 至 50 条线索")).into());
    }
    run_tx(&app.db, "reveal_leads", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let projects = actor.projects_at(app.clock.now());
        let keys: Vec<Key> =
            projects.iter().flat_map(|&project| ids.iter().map(move |&id| Key { project, id })).collect();
        let is_own = |row: &records::Record| row.kind == "lead" && row.owner == Some(actor.user) && !row.deleted;
        let rows: Vec<_> = records::load(&mut tx, &keys).await?.into_values().filter(is_own).collect();
        if rows.len() < ids.len() {
            return Err(Code::NotFound.into());
        }
        let own = rows.into_iter().map(stored::record).collect::<Result<Vec<_>, _>>()?;
        let items = numbers_of_leads(&mut tx, &app.sealer, &own).await?;
        write_down(&mut tx, app, &directory, actor, items, &request.reason).await
    })
    .await
}

/// `POST /v1/confirmations/{id}/reveal`: the numbers of a sheet's customers in its newest version, for the consultant in charge, the site
/// lead and the back office.
///
/// # Errors
/// `not-found`, `forbidden` for others who are shown the sheet, `validation` without a reason.
pub async fn reveal_sheet(app: &App, actor: &Actor, id: Uuid, why: &str) -> Result<Revealed, AppError> {
    run_tx(&app.db, "reveal_sheet", async |mut tx| {
        let now = app.clock.now();
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let readers = [Role::Consultant, Role::SiteLead, Role::BackOffice];
        let mut row = find(&mut tx, actor, id, &readers, now).await?;
        let mut body = SheetBody::of(&row)?;
        while let Some(next) = body.sheet.correction() {
            row = confirmations::find(&mut tx, &[row.project], next).await?.ok_or(Code::NotFound)?;
            body = SheetBody::of(&row)?;
        }
        let in_charge = row.consultant == Some(actor.user);
        let looks_after_all = actor.on_project_as(&[Role::SiteLead, Role::BackOffice], row.project, now).is_ok();
        if !in_charge && !looks_after_all {
            return Err(Code::Forbidden.into());
        }
        let ids: Vec<Uuid> = body.customers(&row).map(|(customer, ..)| customer).collect();
        let known = customers::by_ids(&mut tx, row.project, &ids).await?;
        let mut items = Vec::with_capacity(ids.len());
        for (customer, name, _) in body.customers(&row) {
            if let Some(customer) = known.iter().find(|each| each.id == customer) {
                let number = RevealedNumber {
                    id: row.id,
                    name: name.to_owned(),
                    phone: Some(open(&app.sealer, customer)?),
                    wechat: None,
                };
                items.push(Shown { project: row.project, of: "confirmation", masked: customer.masked.clone(), number });
            }
        }
        write_down(&mut tx, app, &directory, actor, items, why).await
    })
    .await
}

/// A number on its way to the caller, with what the audit trail says about it.
struct Shown {
    project: Uuid,
    of: &'static str,
    masked: String,
    number: RevealedNumber,
}

/// The newest number and the WeChat of each lead.
async fn numbers_of_leads(tx: &mut Tx, sealer: &Sealer, own: &[Record]) -> Result<Vec<Shown>, AppError> {
    let mut by_project: BTreeMap<Uuid, Vec<&Record>> = BTreeMap::new();
    for record in own {
        by_project.entry(record.key.project).or_default().push(record);
    }
    let mut items = Vec::with_capacity(own.len());
    for (project, own) in by_project {
        let keys: Vec<Key> = own.iter().map(|record| record.key).collect();
        let ids: Vec<Uuid> = keys.iter().map(|key| key.id).collect();
        let facts = leads::by_ids(tx, &keys).await?;
        let customers: Vec<Uuid> = facts.iter().filter_map(|lead| lead.customer).collect();
        let customers = customers::by_ids(tx, project, &customers).await?;
        let sealed = secrets::of_records(tx, project, &ids).await?;
        for record in own {
            let id = record.key.id;
            let has_number = record.state.text("phone").is_some();
            let customer = facts.iter().find(|lead| lead.id == id && has_number).and_then(|lead| lead.customer);
            let customer = customers.iter().find(|each| Some(each.id) == customer);
            let has_wechat = record.state.text("wechat").is_some();
            let wechat = sealed.iter().find(|each| each.key.id == id && each.field == "wechat" && has_wechat);
            let place = Place { purpose: "field", owner: id.as_bytes() };
            let number = RevealedNumber {
                id,
                name: record.state.text("name").unwrap_or_default().to_owned(),
                phone: customer.map(|customer| open(sealer, customer)).transpose()?,
                wechat: wechat.map(|each| text(sealer, place, &each.sealed)).transpose()?,
            };
            let masked = customer.map(|customer| customer.masked.clone()).unwrap_or_default();
            items.push(Shown { project, of: "lead", masked, number });
        }
    }
    Ok(items)
}

fn open(sealer: &Sealer, customer: &Customer) -> Result<Secret, AppError> {
    text(sealer, Place { purpose: "customer-phone", owner: customer.id.as_bytes() }, &customer.sealed)
}

fn text(sealer: &Sealer, place: Place<'_>, sealed: &[u8]) -> Result<Secret, AppError> {
    let clear = sealer.open(place, sealed)?;
    let text = String::from_utf8(clear).map_err(|_| AppError::Broken("a sealed text is not UTF-8".to_owned()))?;
    Ok(Secret::new(text))
}

/// One entry a number, before anything is answered.
async fn write_down(
    tx: &mut Tx,
    app: &App,
    directory: &Directory,
    actor: &Actor,
    items: Vec<Shown>,
    why: &str,
) -> Result<Revealed, AppError> {
    let mut entries = Vec::with_capacity(items.len());
    for Shown { project, of, masked, number } in &items {
        let reason = reason(why, directory.region(*project))?;
        let detail: Value = json!({"of": of, "phone_masked": masked, "reason": reason});
        entries.push(Counted { act: ACT, project: *project, subject: Some(number.id), detail });
    }
    let today = audited::write_counted(tx, app, directory, actor, entries).await?;
    Ok(Revealed { items: items.into_iter().map(|shown| shown.number).collect(), today })
}
