//! Notices that are to reach everybody they are for, with read receipts (OV-7).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// For whom a notice is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody on the project.
    #[default]
    All,
    /// Those who are in this team when it is published.
    Team(Uuid),
    /// The people of this company on the project.
    Partner(Uuid),
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum NoticeText {
    /// In one language.
    Plain(String),
    /// In one or both.
    Both {
        /// English.
        #[serde(default)]
        en: Option<String>,
        /// 简体中文.
        #[serde(default)]
        zh: Option<String>,
    },
}

impl NoticeText {
    /// The text as phones show it: a line for each language there is.
    pub fn shown(&self) -> String {
        match self {
            Self::Plain(text) => text.trim().to_owned(),
            Self::Both { en, zh } => {
                let lines = [en, zh].into_iter().flatten().map(|text| text.trim()).filter(|text| !text.is_empty());
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// `POST /v1/projects/{project}/notices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishNotice {
    /// The notice; its record gets the same id.
    pub id: Uuid,
    /// In a few words, not blank, up to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub title: String,
    /// In full, not blank, up to 4,000 characters.
    pub text: NoticeText,
    /// For whom it is; everybody when left out.
    #[serde(default)]
    pub audience: Audience,
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// The notice.
    pub id: Uuid,
    /// In a few words.
    pub title: String,
    /// In full.
    pub text: String,
    /// For whom it is.
    pub audience: Audience,
    /// When it was published.
    pub at: Instant,
    /// Until when it is to be read.
    pub due: Instant,
    /// How many people it is for.
    pub readers: u64,
}

/// Filters of `GET /v1/projects/{project}/notices`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoticeQuery {
    /// Some of the notices alone; all that the caller may see when left out.
    #[serde(default)]
    #[param(inline)]
    pub show: Option<NoticesShown>,
}

/// Which notices a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticesShown {
    /// Those that are for the caller.
    Mine,
    /// Those of them that the caller has not read.
    Unread,
    /// Those that the caller published.
    Published,
}

/// A notice in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListedNotice {
    /// What it says, and for whom it is.
    #[serde(flatten)]
    pub notice: Notice,
    /// Who published it.
    pub author: Person,
    /// Whether the caller is to read it.
    pub mine: bool,
    /// When the caller read it.
    pub read_at: Option<Instant>,
    /// How many people have read it, also those who have left since; for those who look after a team or the project.
    pub read: Option<u64>,
}

/// Filters of `GET /v1/projects/{project}/notices/{id}/receipts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReceiptQuery {
    /// Those alone who have read it, have not, or were late.
    #[serde(default)]
    #[param(inline)]
    pub state: Option<ReceiptState>,
    /// People of this team alone.
    #[serde(default)]
    pub team: Option<Uuid>,
}

/// What has become of a notice with one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// It was read in time.
    Read,
    /// It was not read, and there is time left.
    Unread,
    /// It was read too late, or its time is over and it was not read.
    Late,
}

/// Whether a notice reached somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// Who.
    pub user: Person,
    /// Their team.
    pub team: Option<Uuid>,
    /// How it stands.
    pub state: ReceiptState,
    /// When it first went to a phone of theirs.
    pub delivered_at: Option<Instant>,
    /// When they read it.
    pub read_at: Option<Instant>,
}
