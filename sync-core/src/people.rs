//! What people are on a project.

use crate::words;

words! {
    /// What a person does on a project.
    pub enum Role {
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
    pub enum Employment {
        /// 外联: day staff.
        Liaison = "liaison",
        /// 专员.
        Staff = "staff",
        /// A partner's.
        Agent = "agent",
    }
}
