//! Cases in the unit of work: what is kept of one, how it is opened, and how everybody it concerns is shown it (DS).

mod load;
mod shown;

use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::op::Digest;
use sync_core::words;
use uuid::Uuid;

use super::Facts;
use super::claims::id_of;
use super::directory::Directory;
use super::record::Record;
use super::rulings::Subject;
use crate::rules::dispute::{self, About, Case, CaseState, CloseFacts, DisputeError, OpenFacts, SettleFacts, Window};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::store::disputes::{Dispute, Entry};
use crate::store::{Key, StoreError};

/// The family of rulings about a case.
pub const CASE: &str = "dispute";

words! {
    /// What a party is in a case.
    pub enum Role {
        /// Claims the customer.
        Claimant = "claimant",
        /// Had the customer when the case was opened.
        Respondent = "respondent",
    }
}

/// A party of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseParty {
    /// A person or a company.
    pub holder: Holder,
    /// What it is.
    pub role: Role,
    /// Who spoke for it first; nobody when the records did.
    pub speaker: Option<Uuid>,
    /// Claims no more.
    #[serde(default)]
    pub withdrawn: bool,
}

/// What a case's row keeps besides its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseBody {
    /// Where it stands.
    pub case: Case,
    /// Whose claims they are.
    pub parties: Vec<CaseParty>,
    /// The customer's name.
    pub customer_name: String,
    /// The customer's masked number.
    pub phone_masked: String,
    /// The ruling that stands.
    pub ruling: Uuid,
    /// DS-7: it went on outside of the house.
    #[serde(default)]
    pub outside: bool,
}

/// What somebody says or does in a case.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// What.
    pub act: &'static str,
    /// Who; nobody for what happens by itself.
    pub author: Option<Uuid>,
    /// The party somebody speaks for.
    pub holder: Option<Holder>,
    /// In words, numbers masked.
    pub text: &'a str,
    /// Photos and papers.
    pub attachments: &'a [Digest],
}

/// A case on its way.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The case, where somebody names it.
    pub id: Option<Uuid>,
    /// The sheet or lead.
    pub subject: Key,
    /// Which of them.
    pub about: About,
    /// The customer, locked by this unit of work.
    pub customer: Uuid,
    /// The customer's name and masked number.
    pub shown: (&'a str, &'a str),
    /// Whose claims they are.
    pub parties: Vec<CaseParty>,
    /// How long it may be opened; `None` for a sheet in review, which opens it by itself.
    pub window: Option<Window>,
    /// What the claimant says.
    pub said: Said<'a>,
    /// SHA-256 of the request.
    pub request_digest: [u8; 32],
}

impl CaseBody {
    /// What a row keeps.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be read.
    pub fn of(row: &Dispute) -> Result<Self, StoreError> {
        serde_json::from_str(&row.body)
            .map_err(|error| StoreError::Inconsistent(format!("dispute {}: {error}", row.id)))
    }

    /// The persons and companies that are parties.
    pub fn holders(&self) -> impl Iterator<Item = Holder> {
        self.parties.iter().map(|party| party.holder)
    }

    /// Their ids.
    pub fn holder_ids(&self) -> impl Iterator<Item = Uuid> {
        self.holders().map(id_of)
    }

    /// Who spoke for them.
    pub fn speakers(&self) -> Vec<Uuid> {
        self.parties.iter().filter_map(|party| party.speaker).collect()
    }

    /// Takes parties in that are none yet; one that withdrew claims again.
    fn take_in(&mut self, parties: Vec<CaseParty>) {
        for party in parties {
            match self.parties.iter_mut().find(|known| known.holder == party.holder) {
                Some(known) if party.role == Role::Claimant => {
                    known.withdrawn = false;
                    known.role = Role::Claimant;
                    known.speaker = known.speaker.or(party.speaker);
                }
                Some(_) => {}
                None => self.parties.push(party),
            }
        }
    }
}

impl Facts {
    /// DS-4: whether somebody has to settle whose customer it is.
    pub fn is_disputed(&self, project: Uuid, customer: Uuid) -> bool {
        let pending = [CaseState::Open, CaseState::Appealed].map(CaseState::as_str);
        self.disputes
            .values()
            .any(|row| row.project == project && row.customer == customer && pending.contains(&row.state.as_str()))
    }

    /// The case of a customer that is neither final nor withdrawn.
    pub fn case_of(&self, project: Uuid, customer: Uuid) -> Option<&Dispute> {
        let standing = [CaseState::Open, CaseState::Settled, CaseState::Appealed].map(CaseState::as_str);
        self.disputes
            .values()
            .find(|row| row.project == project && row.customer == customer && standing.contains(&row.state.as_str()))
    }

    /// Opens a case, or joins the one that stands about the customer: there is one at a time.
    ///
    /// # Errors
    /// [`DisputeError::TooLate`]; [`StoreError`] when the stored case cannot be read.
    pub fn open_case(
        &mut self,
        directory: &Directory,
        opening: Opening<'_>,
    ) -> Result<Result<Dispute, DisputeError>, StoreError> {
        let project = opening.subject.project;
        let zone = directory.zone(project);
        let policy = directory.policy(project, self.now);
        let known = OpenFacts { zone, at: self.now, about: opening.about, window: opening.window };
        let (case, ruling) = match dispute::open(&known, &policy) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(standing) = self.case_of(project, opening.customer).cloned()
            && !self.close_case(directory, &standing)?
        {
            return self.join_case(standing, opening);
        }
        let id = opening.id.unwrap_or_else(|| self.id());
        let key = Key { project, id };
        // who claims stands among the entries: parties may read the ruling
        let subject = about_case(key, None);
        let verdict = self.rule(directory, &subject, &ruling, &Decision::CaseOpened(known));
        let row = Dispute {
            project,
            id,
            org: self.org,
            customer: opening.customer,
            about: opening.subject.id,
            about_kind: opening.about.to_string(),
            state: String::new(),
            opened_at: self.now,
            opened_by: opening.said.author,
            due_at: None,
            overdue: false,
            version: 0,
            request_digest: opening.request_digest,
            body: String::new(),
        };
        let body = CaseBody {
            case,
            parties: opening.parties,
            customer_name: opening.shown.0.to_owned(),
            phone_masked: opening.shown.1.to_owned(),
            ruling: verdict.ruling,
            outside: false,
        };
        Ok(Ok(self.put_case(row, &body, opening.said, Some(verdict))))
    }

    /// DS-4: a second claimant joins; a party of a settled case appeals instead.
    fn join_case(&mut self, row: Dispute, opening: Opening<'_>) -> Result<Result<Dispute, DisputeError>, StoreError> {
        let mut body = CaseBody::of(&row)?;
        let is_party = opening.said.holder.is_some_and(|holder| body.holders().any(|party| party == holder));
        if is_party && !body.case.is_pending() {
            return Ok(Err(DisputeError::WrongState(body.case.state())));
        }
        body.take_in(opening.parties);
        let said = Said { act: "joined", ..opening.said };
        Ok(Ok(self.put_case(row, &body, said, None)))
    }

    /// The decision of a review settles the case that the review opened.
    ///
    /// # Errors
    /// [`StoreError`] when the stored case cannot be read.
    pub fn follow_review(
        &mut self,
        directory: &Directory,
        (sheet, customer): (Key, Uuid),
        holder: Option<Holder>,
        (by, reason): (Uuid, &str),
    ) -> Result<(), StoreError> {
        let case = self.case_of(sheet.project, customer).filter(|row| row.about == sheet.id).cloned();
        let Some(row) = case else { return Ok(()) };
        let mut body = CaseBody::of(&row)?;
        if !matches!(body.case, Case::Open { .. }) {
            return Ok(());
        }
        body.take_in(
            holder
                .map(|holder| CaseParty { holder, role: Role::Claimant, speaker: None, withdrawn: false })
                .into_iter()
                .collect(),
        );
        let known = SettleFacts {
            zone: directory.zone(sheet.project),
            case: body.case.clone(),
            parties: body.holders().collect(),
            speakers: body.speakers(),
            claims: self.claims_on(directory, sheet.project, customer)?,
            by,
            at: self.now,
            holder,
            split: Vec::new(),
            reason: reason.to_owned(),
        };
        let policy = directory.policy(sheet.project, self.now);
        let Ok((case, ruling)) = dispute::settle(&known, &policy) else { return Ok(()) };
        let key = Key { project: row.project, id: row.id };
        let subject = about_case(key, Some(body.ruling)).decided_by(by, Some(reason));
        let verdict = self.rule(directory, &subject, &ruling, &Decision::CaseSettled(known.clone()));
        let body = CaseBody { case, ruling: verdict.ruling, ..body };
        let said = Said { act: "settled", author: Some(by), holder: None, text: reason, attachments: &[] };
        self.put_case(row, &body, said, Some(verdict));
        Ok(())
    }

    /// Makes a settled case final whose time for an appeal is over; whether it was so.
    ///
    /// # Errors
    /// [`StoreError`] when the stored case cannot be read.
    pub fn close_case(&mut self, directory: &Directory, row: &Dispute) -> Result<bool, StoreError> {
        let body = CaseBody::of(row)?;
        let known = CloseFacts { case: body.case.clone(), at: self.now };
        let Ok((case, ruling)) = dispute::close(&known) else { return Ok(false) };
        let subject = about_case(Key { project: row.project, id: row.id }, Some(body.ruling));
        let verdict = self.rule(directory, &subject, &ruling, &Decision::CaseClosed(known));
        let body = CaseBody { case, ruling: verdict.ruling, ..body };
        let said = Said { act: "closed", author: None, holder: None, text: "", attachments: &[] };
        self.put_case(row.clone(), &body, said, Some(verdict));
        Ok(true)
    }

    /// Stores a case as it stands now with what was said, and shows it to whom it concerns; `verdict` is a new one.
    pub fn put_case(&mut self, row: Dispute, body: &CaseBody, said: Said<'_>, verdict: Option<Verdict>) -> Dispute {
        let key = Key { project: row.project, id: row.id };
        let state = body.case.state().to_string();
        let row = Dispute {
            overdue: said.act == "overdue" || (row.overdue && row.state == state),
            state,
            due_at: body.case.due(),
            version: row.version + 1,
            // plain data always has a text
            body: serde_json::to_string(body).unwrap_or_default(),
            ..row
        };
        let entry = Entry {
            project: row.project,
            dispute: row.id,
            version: row.version,
            at: self.now,
            act: said.act.to_owned(),
            author: said.author,
            holder: said.holder.map(id_of),
            text: said.text.to_owned(),
            // plain data always has a text
            attachments: serde_json::to_string(said.attachments).unwrap_or_default(),
        };
        self.dispute_entries.put((key, row.version), entry);
        let shown = self.shown(key, CASE, None, shown::ruled(&row, body));
        let verdict = verdict.or(shown.verdict.clone());
        self.records.put(key, Record { phase: row.state.clone(), version: row.version, verdict, ..shown });
        self.disputes.put(key, row.clone());
        row
    }
}

/// A case as the subject of a ruling.
pub fn about_case(key: Key, supersedes: Option<Uuid>) -> Subject<'static> {
    Subject { key, family: CASE, owner: None, team: None, supersedes, decided_by: None, note: None }
}
