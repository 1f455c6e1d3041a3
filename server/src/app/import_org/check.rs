//! What a document says about itself and about what is stored already: duplicates, references, people who do not fit.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::people::{Employment, Role};

use super::document::{Document, Membership, User};
use super::mistake::{Mistake, Mistakes};
use super::stored::Stored;
use crate::rules::policy::Policy;

/// The shortest password, as for everybody.
const PASSWORD_CHARS: usize = crate::app::change_password::MIN_CHARS;

/// Notes what does not fit.
pub(super) fn check(document: &Document, stored: &Stored) -> Vec<Mistake> {
    let check = Check { document, stored, mistakes: Mistakes::default() };
    check.duplicates();
    check.policies();
    check.teams();
    check.places();
    for (index, user) in document.users.iter().enumerate() {
        check.user(&format!("/users/{index}"), user);
    }
    check.mistakes.into_inner()
}

struct Check<'a> {
    document: &'a Document,
    stored: &'a Stored,
    mistakes: Mistakes,
}

impl Check<'_> {
    fn duplicates(&self) {
        let Document { partners, projects, teams, users, posts, outlets, .. } = self.document;
        self.unique("partners", "code", partners.iter().map(|partner| &partner.code));
        self.unique("projects", "code", projects.iter().map(|project| &project.code));
        self.unique("teams", "code", teams.iter().map(|team| &team.code));
        self.unique("users", "username", users.iter().map(|user| user.username.to_lowercase()));
        self.unique("posts", "code", posts.iter().map(|post| (&post.project, &post.code)));
        self.unique("outlets", "code", outlets.iter().map(|outlet| (&outlet.project, &outlet.code)));
    }

    fn unique<K: Ord>(&self, section: &str, member: &str, keys: impl Iterator<Item = K>) {
        let mut seen = BTreeMap::new();
        for (index, key) in keys.enumerate() {
            if let Some(first) = seen.insert(key, index) {
                let wrong = format!("is the same as in /{section}/{first}");
                self.mistakes.add(format!("/{section}/{index}/{member}"), wrong, "remove one of the two or rename it");
            }
        }
    }

    fn policies(&self) {
        for (index, project) in self.document.projects.iter().enumerate() {
            let mistakes = project.policy.as_ref().and_then(|policy| Policy::read(policy).err());
            for mistake in mistakes.into_iter().flatten() {
                let keys = mistake.path.split('.').filter(|key| !key.is_empty()).map(|key| format!("/{key}"));
                let pointer = format!("/projects/{index}/policy{}", keys.collect::<String>());
                self.mistakes.add(pointer, mistake.problem, "see the rulebook for the keys and their defaults");
            }
        }
    }

    fn teams(&self) {
        for (index, team) in self.document.teams.iter().enumerate() {
            let at = format!("/teams/{index}");
            self.project_exists(&at, &team.project);
            if let Some(lead) = &team.lead {
                self.person(&format!("{at}/lead"), lead, |role| role == Role::TeamLead, "a team_lead");
            }
            if let Some(deputy) = &team.deputy {
                self.person(&format!("{at}/deputy"), deputy, |_| true, "somebody");
            }
        }
    }

    fn person(&self, pointer: &str, username: &str, fits: impl Fn(Role) -> bool, who: &str) {
        let listed = self.document.users.iter().find(|user| user.username == username).map(|user| user.role);
        match listed.or_else(|| self.stored.users.get(username).and_then(|user| user.role.parse().ok())) {
            None => self.mistakes.add(
                pointer,
                format!("there is no user \"{username}\""),
                "add the person to /users or correct the username",
            ),
            Some(role) if !fits(role) => {
                let wrong = format!("\"{username}\" is {role}, not {who}");
                self.mistakes.add(pointer, wrong, "name somebody else or correct the person's role in /users");
            }
            Some(_) => {}
        }
    }

    fn places(&self) {
        for (index, post) in self.document.posts.iter().enumerate() {
            self.project_exists(&format!("/posts/{index}"), &post.project);
        }
        for (index, outlet) in self.document.outlets.iter().enumerate() {
            let at = format!("/outlets/{index}");
            self.project_exists(&at, &outlet.project);
            if let Some(owner) = &outlet.owner {
                self.person(&format!("{at}/owner"), owner, |_| true, "somebody");
            }
        }
    }

    fn user(&self, at: &str, user: &User) {
        let stored = self.stored.users.get(&user.username);
        if let Some(password) = &user.password {
            self.password(&format!("{at}/password"), &user.username, password);
        }
        self.employment(at, user);
        match &user.memberships {
            None if stored.is_none() && !matches!(user.role, Role::Admin | Role::BackOffice) => {
                self.mistakes.add(format!("{at}/project"), "is missing", "name the project the person works on");
            }
            None => {}
            Some(memberships) => {
                let mut seen = BTreeSet::new();
                for membership in memberships {
                    self.membership(membership);
                    if !seen.insert(&membership.project) {
                        let wrong = format!("\"{}\" is on project \"{}\" twice", user.username, membership.project);
                        let remedy = "keep one: a person is in one team of a project";
                        self.mistakes.add(format!("{}/project", membership.pointer), wrong, remedy);
                    }
                }
            }
        }
    }

    fn employment(&self, at: &str, user: &User) {
        let stored = self.stored.users.get(&user.username);
        let employment = user.employment.or_else(|| stored.and_then(|user| user.employment.parse().ok()));
        let works_for = user.partner.is_some() || stored.is_some_and(|user| user.partner.is_some());
        let agent = employment == Some(Employment::Agent);
        if user.role == Role::Promoter && employment.is_none() {
            let remedy = "write \"liaison\", \"staff\" or \"agent\": attendance and protection depend on it";
            self.mistakes.add(format!("{at}/employment"), "is missing for a promoter", remedy);
        }
        if agent && user.role != Role::Promoter {
            let wrong = format!("an agent cannot be {}", user.role);
            self.mistakes.add(format!("{at}/employment"), wrong, "agents are promoters: correct the role or this");
        }
        if agent && !works_for {
            let remedy = "name the code of the company the agent works for";
            self.mistakes.add(format!("{at}/partner"), "is missing for an agent", remedy);
        }
        let Some(partner) = &user.partner else { return };
        if !agent {
            let remedy = "remove it, or write \"employment\": \"agent\"";
            self.mistakes.add(format!("{at}/partner"), "only agents work for a partner", remedy);
        }
        let listed = self.document.partners.iter().any(|known| known.code == *partner);
        if !listed && !self.stored.partners.contains_key(partner) {
            let wrong = format!("there is no partner \"{partner}\"");
            self.mistakes.add(format!("{at}/partner"), wrong, "add it to /partners or correct the code");
        }
    }

    fn membership(&self, membership: &Membership) {
        let Membership { pointer, project, team, .. } = membership;
        if !self.project_exists(pointer, project) {
            return;
        }
        let Some(team) = team else { return };
        let listed =
            self.document.teams.iter().find(|known| known.code == *team).map(|known| known.project == *project);
        let exists = listed.unwrap_or_else(|| {
            let project = self.stored.projects.get(project).map(|project| project.id);
            self.stored.teams.get(team).is_some_and(|team| Some(team.project) == project)
        });
        if !exists {
            let wrong = format!("there is no team \"{team}\" on project \"{project}\"");
            self.mistakes.add(format!("{pointer}/team"), wrong, "add it to /teams or correct the code");
        }
    }

    fn project_exists(&self, at: &str, code: &str) -> bool {
        let listed = self.document.projects.iter().any(|project| project.code == code);
        let exists = listed || self.stored.projects.contains_key(code);
        if !exists {
            let wrong = format!("there is no project \"{code}\"");
            self.mistakes.add(format!("{at}/project"), wrong, "add it to /projects or correct the code");
        }
        exists
    }

    fn password(&self, pointer: &str, username: &str, password: &str) {
        let lower = password.to_lowercase();
        let mut letters = password.chars();
        let first = letters.next();
        let wrong = if password.chars().count() < PASSWORD_CHARS {
            format!("is shorter than {PASSWORD_CHARS} characters")
        } else if lower == username.to_lowercase() {
            "is the username".to_owned()
        } else if letters.all(|letter| Some(letter) == first) {
            "is one character again and again".to_owned()
        } else {
            return;
        };
        let remedy = "choose a better one, or leave it out: the person then starts with a one-time code";
        self.mistakes.add(pointer, wrong, remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    /// What is wrong with a document over an empty database: pointers and words.
    fn mistakes(parts: &str) -> Vec<String> {
        let text = format!(r#"{{"org":{{"code":"o","name":"O"}},{parts}}}"#);
        let document = parse(&text).unwrap();
        check(&document, &Stored::default())
            .iter()
            .map(|mistake| format!("{} {}", mistake.pointer, mistake.wrong))
            .collect()
    }

    const PROJECT: &str =
        r#""projects":[{"code":"x","name":"X","timezone":"Asia/Shanghai","site":{"lat":30,"lng":104,"radius_m":200}}]"#;

    #[test]
    fn the_demo_fits() {
        let document = parse(include_str!("../../../demo/org.json")).unwrap();
        assert_eq!(check(&document, &Stored::default()), []);
    }

    #[test]
    fn what_is_named_must_exist() {
        let found = mistakes(&format!(
            r#"{PROJECT},"teams":[{{"code":"t","project":"y","name":"T","lead":"nobody"}}],
            "users":[{{"username":"u","name":"U","role":"desk","project":"x","team":"t2"}},
                {{"username":"v","name":"V","role":"promoter","employment":"agent","partner":"p","project":"x","team":"t"}}],
            "posts":[{{"code":"a","project":"y","name":"A","lat":30,"lng":104,"radius_m":100}}]"#
        ));
        assert_eq!(
            found,
            [
                "/teams/0/project there is no project \"y\"",
                "/teams/0/lead there is no user \"nobody\"",
                "/posts/0/project there is no project \"y\"",
                "/users/0/team there is no team \"t2\" on project \"x\"",
                "/users/1/partner there is no partner \"p\"",
                "/users/1/team there is no team \"t\" on project \"x\"",
            ]
        );
    }

    #[test]
    fn nothing_is_there_twice() {
        let found = mistakes(&format!(
            r#"{PROJECT},"users":[{{"username":"u","name":"U","role":"desk","project":"x","memberships":[{{"project":"x"}}]}},
                {{"username":"U","name":"U","role":"admin"}}]"#
        ));
        assert_eq!(
            found,
            [
                "/users/1/username is the same as in /users/0",
                "/users/0/memberships/0/project \"u\" is on project \"x\" twice"
            ]
        );
    }

    #[test]
    fn people_must_fit_their_roles() {
        let found = mistakes(&format!(
            r#"{PROJECT},"teams":[{{"code":"t","project":"x","name":"T","lead":"u"}}],"users":[
                {{"username":"u","name":"U","role":"promoter","project":"x","password":"short"}},
                {{"username":"longenough","name":"V","role":"desk","employment":"agent","project":"x","password":"LongEnough"}},
                {{"username":"w","name":"W","role":"desk","password":"1111111111"}}]"#
        ));
        assert_eq!(
            found,
            [
                "/teams/0/lead \"u\" is promoter, not a team_lead",
                "/users/0/password is shorter than 10 characters",
                "/users/0/employment is missing for a promoter",
                "/users/1/password is the username",
                "/users/1/employment an agent cannot be desk",
                "/users/1/partner is missing for an agent",
                "/users/2/password is one character again and again",
                "/users/2/project is missing",
            ]
        );
    }

    #[test]
    fn a_policy_is_checked_key_by_key() {
        let project = PROJECT.replace("}}]", r#"},"policy":{"booking":{"min_lead_minutes":-3,"colour":1}}}]"#);
        let found = mistakes(&project);
        assert!(found.iter().any(|mistake| mistake.starts_with("/projects/0/policy/booking/min_lead_minutes ")));
        assert!(found.iter().any(|mistake| mistake.starts_with("/projects/0/policy/booking/colour ")));
    }
}
