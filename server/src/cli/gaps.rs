//! `baobei gaps`: the times a restored database does not know everything of, and what was ruled since on their claims.

use std::io;

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use sync_core::time::rfc3339;

use super::beside;
use super::failure::Failure;
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled, table};
use crate::app::gap_rulings::{GapRuling, gap_rulings};
use crate::app::restore::{Gap, gaps};
use crate::config::StoreOptions;
use crate::facts::directory::Directory;
use crate::store::{Db, StoreError, orgs};

/// Options of `baobei gaps`.
#[derive(Debug, Args)]
pub(super) struct GapsOptions {
    #[command(flatten)]
    store: StoreOptions,
}

/// A gap, and what the office should look at.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    gap: Gap,
    rulings: Vec<GapRuling>,
}

pub(super) async fn run(options: GapsOptions, terminal: Terminal) -> Result<(), Failure> {
    let beside = beside::open_existing(&options.store).await?;
    let listed = look(&beside.db).await;
    beside.db.close().await;
    let listed = listed?;
    terminal.answer(&listed, |out| draw(&listed, out))
}

async fn look(db: &Db) -> Result<Vec<Listed>, StoreError> {
    let mut listed: Vec<_> =
        gaps(&mut db.read().await?).await?.into_iter().map(|gap| Listed { gap, rulings: Vec::new() }).collect();
    for org in orgs::all(&mut db.read().await?).await? {
        let directory = Directory::load(&mut db.read().await?, org.org).await?;
        for each in &mut listed {
            for (&id, project) in &directory.projects {
                each.rulings.extend(gap_rulings(db, &directory, (id, project), each.gap).await?);
            }
        }
    }
    Ok(listed)
}

fn draw(listed: &[Listed], out: &mut dyn io::Write) -> io::Result<()> {
    if listed.is_empty() {
        return writeln!(out, "{} this database was never restored", styled(GOOD, "no gaps:"));
    }
    for Listed { gap, rulings } in listed {
        let (from, until) = (rfc3339::text(gap.from), rfc3339::text(gap.until));
        writeln!(
            out,
            "{} from {from} to {until}, {} rulings since on its claims",
            styled(DOUBTFUL, "gap:"),
            rulings.len()
        )?;
        if rulings.is_empty() {
            continue;
        }
        let mut rows = table(&["project", "recorded until", "owner", "about", "outcome", "record"]);
        for each in rulings {
            let owner = each.owner.clone().unwrap_or_default();
            let subject = each.subject.to_string();
            rows.add_row(
                [&each.project, &each.recorded_until, &owner, &each.family, &each.outcome, &subject].map(Cell::new),
            );
        }
        writeln!(out, "{rows}")?;
    }
    Ok(())
}
