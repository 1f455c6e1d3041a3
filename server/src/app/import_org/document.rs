//! The org document: one JSON shape for `baobei org import`, the demo and sample data.
//!
//! What may be left out is an `Option`; left out means "as it is", so that a part of an org can be imported alone.

use chrono::NaiveDate;
use serde_json::Value;
use sync_core::people::{Employment, Role};

use crate::rules::calendar::Zone;
use crate::rules::datum::{Datum, Position};
use crate::rules::fence::Area;
use sync_core::words;

/// A whole org, or the part of it that a file is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The company.
    pub org: Org,
    /// 渠道公司.
    pub partners: Vec<Partner>,
    /// 楼盘项目.
    pub projects: Vec<Project>,
    /// Teams of promoters.
    pub teams: Vec<Team>,
    /// Everybody with an account.
    pub users: Vec<User>,
    /// 点位.
    pub posts: Vec<Post>,
    /// 门店.
    pub outlets: Vec<Outlet>,
}

/// The company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Typed at login; unique on a server.
    pub code: String,
    /// For people.
    pub name: String,
}

/// A partner company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Unique in the org.
    pub code: String,
    /// For people.
    pub name: String,
    /// What its agreement grants.
    pub tier: Option<Tier>,
    /// Whether its bookings count.
    pub status: Option<PartnerStatus>,
}

/// A sales site.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Unique in the org.
    pub code: String,
    /// For people.
    pub name: String,
    /// All its days and deadlines are local to this zone.
    pub timezone: Zone,
    /// Where its people check in.
    pub site: Fence,
    /// What differs from the defaults of the rulebook.
    pub policy: Option<Value>,
}

/// A team on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Unique in the org.
    pub code: String,
    /// The project's code.
    pub project: String,
    /// For people.
    pub name: String,
    /// Username of the team lead.
    pub lead: Option<String>,
    /// Username of who stands in for the lead.
    pub deputy: Option<String>,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Typed at login; unique in the org.
    pub username: String,
    /// For people.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// How a promoter is employed.
    pub employment: Option<Employment>,
    /// Code of the company an agent works for.
    pub partner: Option<String>,
    /// TR-1: trained since this day.
    pub trained_on: Option<NaiveDate>,
    /// For a new account only; without one the person needs a one-time code.
    pub password: Option<String>,
    /// `false` closes the account, `true` opens it again.
    pub active: Option<bool>,
    /// Where the person works; open memberships that are not named here end.
    pub memberships: Option<Vec<Membership>>,
}

/// Somebody works on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// JSON pointer of the object that says so.
    pub pointer: String,
    /// The project's code.
    pub project: String,
    /// The team's code on that project.
    pub team: Option<String>,
    /// The person's role there.
    pub role: Role,
    /// Without one a first membership holds from always, a later one from the import on.
    pub since: Option<Since>,
}

/// A place promoters are assigned to.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Unique on the project.
    pub code: String,
    /// The project's code.
    pub project: String,
    /// For people.
    pub name: String,
    /// Where it is.
    pub fence: Fence,
}

/// A shop or point that is visited regularly.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlet {
    /// Unique on the project.
    pub code: String,
    /// The project's code.
    pub project: String,
    /// For people.
    pub name: String,
    /// One of the categories of the kind `outlet`.
    pub category: String,
    /// OV-1: A to D.
    pub grade: Option<String>,
    /// For people.
    pub address: Option<String>,
    /// For people.
    pub contact: Option<String>,
    /// Username of who looks after it, for their team on the project; without one it is every lead's.
    pub owner: Option<String>,
    /// OV-3: the day it opened on; the day of its first import when the file does not say.
    pub opened_on: Option<NaiveDate>,
    /// Where it is.
    pub spot: Spot,
}

/// An area on the ground, in WGS-84.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence(pub Area);

/// A point on the ground, as the file gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lng: f64,
    /// What the degrees refer to.
    pub datum: Datum,
}

impl Spot {
    /// Where it is in WGS-84.
    pub fn position(&self) -> Position {
        Position { lat: self.lat, lng: self.lng }.to_wgs84(self.datum)
    }
}

impl Fence {
    /// What it encloses, in WGS-84.
    pub fn area(&self) -> Area {
        self.0.clone()
    }
}

/// When something began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// With this day of the project.
    Day(NaiveDate),
    /// At this instant, Unix ms.
    Instant(i64),
}

words! {
    /// What an agreement with a partner grants.
    pub enum Tier {
        /// The best terms.
        A = "A",
        /// Good terms.
        B = "B",
        /// The usual terms.
        C = "C",
    }
}

words! {
    /// Whether a partner's bookings count.
    pub enum PartnerStatus {
        /// They do.
        Active = "active",
        /// PT-29: they do not for now.
        Suspended = "suspended",
        /// PT-28: they do not.
        Blacklisted = "blacklisted",
    }
}
