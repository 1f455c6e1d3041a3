//! `POST /v1/me/password`: a new password, after which all other logins of the user end.

use api_spec::auth::PasswordChange;
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};

use super::actor::Actor;
use super::address::Address;
use super::attempts::{Attempt, Scope};
use super::one_time_code;
use crate::error::AppError;
use crate::state::App;
use crate::store::users::{self, User};
use crate::store::{orgs, run_tx, tokens};

/// Characters of a password, at the least and at the most.
pub const MIN_CHARS: usize = 10;
const MAX_CHARS: usize = 128;

/// Sets a new password. The old one may be the one-time code the session began with, and counts as tried like a login.
///
/// # Errors
/// `weak-password`, `validation` when the old password is wrong, `throttled`, `overloaded`.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    address: Address,
    change: &PasswordChange,
) -> Result<(), AppError> {
    check_strength(actor, change.old_password.reveal(), change.new_password.reveal())?;
    let org = orgs::by_key(&mut app.db.read().await?, actor.org).await?.ok_or(Code::TokenInvalid)?;
    let pass = app.attempts.admit(&Attempt {
        org: &org.code,
        username: &actor.username,
        address,
        device: actor.device,
        is_code: one_time_code::normalise(change.old_password.reveal()).is_some(),
    })?;
    let changed = compare(app, actor, pass.scope(), change).await;
    pass.settle(changed)
}

async fn compare(app: &App, actor: &Actor, scope: Scope, change: &PasswordChange) -> Result<(), AppError> {
    let (old, new) = (change.old_password.reveal(), change.new_password.reveal());
    let user =
        users::by_ids(&mut app.db.read().await?, actor.org, &[actor.user]).await?.pop().ok_or(Code::TokenInvalid)?;
    if !knows(app, &user, old, scope).await? {
        return Err(wrong_password().into());
    }
    let hash = app.passwords.hash(new).await?;
    run_tx(&app.db, "change_password", async |mut tx| {
        let locked = users::lock(&mut tx, actor.org, actor.user).await?.ok_or(Code::TokenInvalid)?;
        if (&locked.password_hash, &locked.one_time_code_hash) != (&user.password_hash, &user.one_time_code_hash) {
            return Err(wrong_password().into());
        }
        users::set_password(&mut tx, actor.org, actor.user, &hash, false).await?;
        tokens::revoke_others(&mut tx, actor.org, actor.user, actor.family, app.clock.now()).await?;
        Ok(())
    })
    .await
}

/// Whether `old` is the password, or the code that was used to log in because nobody knows the password.
async fn knows(app: &App, user: &User, old: &str, scope: Scope) -> Result<bool, AppError> {
    if user.must_change_password
        && user.one_time_code_expires.is_none()
        && let Some(code) = one_time_code::normalise(old)
        && app.passwords.verify(user.one_time_code_hash.as_deref(), &code).await?
    {
        return Ok(true);
    }
    if scope == Scope::CodeAlone {
        return Ok(false);
    }
    Ok(app.passwords.verify(user.password_hash.as_deref(), old).await?)
}

fn check_strength(actor: &Actor, old: &str, new: &str) -> Result<(), Problem> {
    let chars = new.chars().count();
    if chars > MAX_CHARS {
        let message = Text::new("must be at most 128 characters", "最多 128 个字符");
        return Err(Problem::invalid("/new_password", message));
    }
    let is_own_name = new.to_lowercase() == actor.username.to_lowercase();
    if chars < MIN_CHARS || new == old || is_own_name {
        return Err(Problem::new(Code::WeakPassword).with("min", MIN_CHARS));
    }
    Ok(())
}

fn wrong_password() -> Problem {
    Problem::invalid("/old_password", Text::new("is not the present password", "与当前密码不符"))
}

#[cfg(test)]
mod tests {
    use super::super::actor::tests::actor;
    use super::*;

    #[test]
    fn passwords_are_long_new_and_not_the_name() {
        let mut actor = actor();
        actor.username = "zhang-wei-1".to_owned();
        let code = |old: &str, new: &str| check_strength(&actor, old, new).map_err(|problem| problem.code);
        assert_eq!(code("old", "123456789"), Err(Code::WeakPassword));
        assert_eq!(code("old", "正确的马电池订书钉"), Err(Code::WeakPassword), "nine characters");
        assert_eq!(code("old", "正确的马电池订书钉！"), Ok(()));
        assert_eq!(code("same-as-before", "same-as-before"), Err(Code::WeakPassword));
        assert_eq!(code("old", "Zhang-Wei-1"), Err(Code::WeakPassword));
        assert_eq!(code("old", &"x".repeat(129)), Err(Code::Validation));
    }
}
