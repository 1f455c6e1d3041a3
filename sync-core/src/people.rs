//! What people are on a project (DESIGN 2 and 8).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that none of the words of an enumeration has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is none of {1}")]
pub struct UnknownWord(String, &'static str);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(word.to_owned(), concat!($($word, " "),+))),
                }
            }
        }
    };
}

words! {
    /// What a person does on a project.
    Role {
        /// 渠道外联 / 渠道专员 / 业务员: works in the field.
        Promoter = "promoter",
        /// 置业顾问: receives customers at the site.
        Consultant = "consultant",
        /// 监督专员: opens confirmation sheets.
        Desk = "desk",
        /// 案场负责人: countersigns sheets.
        SiteLead = "site_lead",
        /// 渠道经理 / 组长: assigns posts, takes attendance, approves logs.
        TeamLead = "team_lead",
        /// 营销中心 / 内业: policies, disputes, manual entries, audit.
        BackOffice = "back_office",
        /// Orgs, projects, teams, people, devices.
        Admin = "admin",
    }
}

words! {
    /// How a promoter is employed.
    Employment {
        /// 外联: day staff.
        Liaison = "liaison",
        /// 专员.
        Staff = "staff",
        /// A partner's.
        Agent = "agent",
    }
}
