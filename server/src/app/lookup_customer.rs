//! `POST /v1/projects/{project}/customers/lookup`: is this customer protected, and until when (DP-1, DP-2).

mod file;

use std::collections::BTreeMap;

use api_spec::customers::{CustomerLookup, CustomerMatch, CustomerState, CustomersFound};
use api_spec::locale::Text;
use api_spec::primitives::Instant;
use api_spec::problem::Problem;
use serde_json::json;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::{self, Counted};
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::PhoneNumber;
use crate::state::App;
use crate::store::customers::{self, Customer, Fingerprint};
use crate::store::protections::{self, Protection};
use crate::store::{StoreError, Tx, disputes, run_tx};

/// Customers answered at the most.
const MATCHES_MAX: usize = 50;

/// What somebody asks by; a number as its mask.
enum By {
    Phone(PhoneNumber),
    Mask(String),
    Name(String),
}

/// Everybody who fits, each on its own. The desk sees state and end; the site lead and the back office see everything there is.
///
/// # Errors
/// `validation` unless exactly one of number, mask and name is given and has the right form.
pub async fn lookup_customer(
    app: &App,
    actor: &Actor,
    project: Uuid,
    lookup: &CustomerLookup,
) -> Result<CustomersFound, AppError> {
    run_tx(&app.db, "lookup_customer", async |mut tx| {
        let now = app.clock.now();
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let by = By::read(&directory, project, lookup)?;
        let mut found = by.find(&mut tx, app, project).await?;
        let more = found.len() > MATCHES_MAX;
        found.truncate(MATCHES_MAX);
        let ids: Vec<Uuid> = found.iter().map(|customer| customer.id).collect();
        let cases = disputes::standing(&mut tx, project, &ids).await?;
        // while a case waits to be settled nothing lapses (DS-4)
        let is_disputed = |customer| cases.iter().any(|case| case.customer == customer && case.state != "settled");
        let mut standing: BTreeMap<Uuid, Vec<Protection>> = BTreeMap::new();
        for row in protections::standing(&mut tx, project, &ids).await? {
            if row.until_at.is_none_or(|until| until > now) || is_disputed(row.customer) {
                standing.entry(row.customer).or_default().push(row);
            }
        }
        let sees_all = actor.on_project_as(&[Role::SiteLead, Role::BackOffice], project, now).is_ok();
        let mut files = if sees_all {
            file::read(&mut tx, &directory, project, &found, &cases, now).await?
        } else {
            BTreeMap::new()
        };
        let mut matches = Vec::with_capacity(found.len());
        for customer in found {
            let protections = standing.remove(&customer.id).unwrap_or_default();
            let (state, until) = state(&protections);
            let file = files.remove(&customer.id).map(|file| file::with_protections(file, &protections));
            let until = until.map(Instant);
            matches.push(CustomerMatch { customer: customer.id, phone_masked: customer.masked, state, until, file });
        }
        let asked = by.for_the_trail(matches.len());
        let entry = Counted { act: "lookup_customer", project, subject: None, detail: asked };
        audited::write_counted(&mut tx, app, &directory, actor, vec![entry]).await?;
        Ok(CustomersFound { matches, more })
    })
    .await
}

impl By {
    fn read(directory: &Directory, project: Uuid, lookup: &CustomerLookup) -> Result<Self, Problem> {
        let region = directory.region(project);
        match (&lookup.phone, &lookup.phone_masked, &lookup.name) {
            (Some(phone), None, None) => PhoneNumber::parse(phone.reveal(), region).map(Self::Phone).map_err(|_| {
                let text = Text::new(
                    "must be a full phone number, with its country code when it is a foreign one",
                    "请填写完整电话号码，境外号码须带国家或地区代码",
                );
                Problem::invalid("/phone", text)
            }),
            (None, Some(mask), None) => {
                let mask = mask.trim();
                let is_mask = mask.contains("****") && mask_numbers_in(mask, region) == mask && mask.len() <= 32;
                let text = Text::new("must be a masked number like 138****5678", "须为脱敏号码，如 138****5678");
                if is_mask { Ok(Self::Mask(mask.to_owned())) } else { Err(Problem::invalid("/phone_masked", text)) }
            }
            (None, None, Some(name)) => {
                let name = name.trim();
                if name.is_empty() || name.chars().count() > 64 {
                    let text = Text::new("must be 1 to 64 characters", "须为 1 至 64 个字符");
                    return Err(Problem::invalid("/name", text));
                }
                Ok(Self::Name(mask_numbers_in(name, region).into_owned()))
            }
            _ => {
                let text = Text::new(
                    "give exactly one of phone, phone_masked and name",
                    "号码、脱敏号码、姓名须且只能填写一项",
                );
                Err(Problem::invalid("", text))
            }
        }
    }

    /// Who fits; nobody is registered by being asked for.
    async fn find(&self, tx: &mut Tx, app: &App, project: Uuid) -> Result<Vec<Customer>, StoreError> {
        let limit = i64::try_from(MATCHES_MAX).unwrap_or(i64::MAX) + 1;
        match self {
            Self::Phone(phone) => {
                let entries = app.index.entries(project, phone);
                let fingerprint = |key_id: u32, hmac: &[u8]| Fingerprint { key_id: key_id.into(), hmac: hmac.to_vec() };
                let prints: Vec<_> = entries.iter().map(|entry| fingerprint(entry.key_id, &entry.hmac)).collect();
                let known = customers::find(tx, project, &prints).await?;
                let ids: Vec<Uuid> = known.into_values().collect();
                customers::by_ids(tx, project, &ids).await
            }
            Self::Mask(mask) => customers::with_masks(tx, project, std::slice::from_ref(mask)).await,
            Self::Name(name) => customers::called(tx, project, name, limit).await,
        }
    }

    fn for_the_trail(&self, matches: usize) -> serde_json::Value {
        match self {
            Self::Phone(phone) => json!({"by": "phone", "phone_masked": phone.masked(), "matches": matches}),
            Self::Mask(mask) => json!({"by": "phone_masked", "phone_masked": mask, "matches": matches}),
            Self::Name(name) => json!({"by": "name", "name": name, "matches": matches}),
        }
    }
}

/// The state that decides at the next arrival: a `sheet` protection before a `lead`'s.
fn state(protections: &[Protection]) -> (CustomerState, Option<i64>) {
    let of = |class: &str| protections.iter().find(|row| row.class == class);
    match (of("sheet"), of("lead")) {
        (Some(sheet), _) => {
            let state = match sheet.state.as_str() {
                "reserved" => CustomerState::Reserved,
                "live" => CustomerState::Protected,
                "deal" => CustomerState::Bought,
                _ => CustomerState::Site,
            };
            (state, sheet.until_at)
        }
        (None, Some(lead)) => (CustomerState::Registered, lead.until_at),
        (None, None) => (CustomerState::Free, None),
    }
}
