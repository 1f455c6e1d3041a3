//! Everything that is known of customers, for those entitled.

use std::collections::BTreeMap;

use api_spec::customers::{CustomerCase, CustomerFile, CustomerLead, CustomerProtection};
use api_spec::primitives::{Holder, Instant};
use uuid::Uuid;

use crate::app::list_bookings;
use crate::app::rotation::person;
use crate::app::sheets::describe;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::stored::record;
use crate::rules::names;
use crate::store::customers::Customer;
use crate::store::disputes::Dispute;
use crate::store::protections::Protection;
use crate::store::{Key, Reader, bookings, confirmations, leads, records};

/// How far back bookings are shown, in ms.
const BOOKINGS_BACK_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

/// The files of customers, by id, without their protections.
pub(super) async fn read(
    db: &mut Reader,
    directory: &Directory,
    project: Uuid,
    found: &[Customer],
    cases: &[Dispute],
    now: i64,
) -> Result<BTreeMap<Uuid, CustomerFile>, AppError> {
    let ids: Vec<Uuid> = found.iter().map(|customer| customer.id).collect();
    let empty = |customer: &Customer| CustomerFile {
        name: customer.name.clone(),
        protections: Vec::new(),
        sheets: Vec::new(),
        bookings: Vec::new(),
        leads: Vec::new(),
        cases: Vec::new(),
    };
    let mut files: BTreeMap<Uuid, CustomerFile> = found.iter().map(|each| (each.id, empty(each))).collect();
    for row in confirmations::of_customers(db, project, &ids).await? {
        if let Some(file) = files.get_mut(&row.customer) {
            file.sheets.push(describe(directory, &row)?);
        }
    }
    for row in leads::of_customers(db, project, &ids).await? {
        if let Some(file) = row.customer.and_then(|customer| files.get_mut(&customer)) {
            file.leads.push(CustomerLead {
                id: row.id,
                owner: person(directory, row.owner),
                state: row.state,
                received_at: Instant(row.moment.latest),
            });
        }
    }
    for case in cases {
        if let Some(file) = files.get_mut(&case.customer) {
            let (state, opened_at) = (case.state.clone(), Instant(case.opened_at));
            file.cases.push(CustomerCase { id: case.id, about: case.about, state, opened_at });
        }
    }
    let mut masks: Vec<String> = found.iter().map(|customer| customer.masked.clone()).collect();
    masks.sort_unstable();
    masks.dedup();
    let rows = bookings::with_digits(db, project, &masks, now - BOOKINGS_BACK_MS).await?;
    let keys: Vec<Key> = rows.iter().map(|row| Key { project, id: row.id }).collect();
    let mut stored = records::load(db, &keys).await?;
    for row in &rows {
        let Some(stored) = stored.remove(&Key { project, id: row.id }) else { continue };
        let shown = list_bookings::describe(directory, row, &record(stored)?);
        let fits = |each: &&Customer| each.masked == row.digits && names::fit(&each.name, &row.customer_name);
        for customer in found.iter().filter(fits) {
            if let Some(file) = files.get_mut(&customer.id) {
                file.bookings.push(shown.clone());
            }
        }
    }
    Ok(files)
}

/// The file with what stands for the customer.
pub(super) fn with_protections(file: CustomerFile, rows: &[Protection]) -> CustomerFile {
    let shown = |row: &Protection| CustomerProtection {
        id: row.id,
        class: row.class.clone(),
        state: row.state.clone(),
        holder: (row.holder_user.is_some() || row.holder_partner.is_some())
            .then_some(Holder { user: row.holder_user, partner: row.holder_partner }),
        from: Instant(row.from_at),
        until: row.until_at.map(Instant),
    };
    CustomerFile { protections: rows.iter().map(shown).collect(), ..file }
}
