//! Staff of a congress and their roles, and the messages that were sent.

use super::super::{NewStaff, Post, check_post, create_staff, open_phone, passwords, rules, store};
use super::{optional_name, person_name};
use crate::auth::access::{ManageStaff, ReadOutbox};
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::phone::Phone;
use crate::auth::{Allowed, Person, Role, Staff, sessions, staff_in};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::congresses::Congress;
use crate::notify::{self, OutboxMessage};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A member of staff as administrators see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffMember {
    pub account_id: Id,
    #[schema(example = "张三")]
    pub name: String,
    #[schema(example = "zhang.san")]
    pub login: Option<String>,
    #[schema(example = "138****1234")]
    pub phone_masked: Option<String>,
    /// In this congress.
    pub roles: Vec<Role>,
    /// The unit a handler (经办人) works for.
    pub organisation_id: Option<Id>,
    #[schema(example = "昆州市住房和城乡建设局")]
    pub organisation_name: Option<String>,
    /// The head of that unit's office: warned of its deadlines beside the handlers.
    pub heads_organisation: bool,
    /// A second factor is in force.
    pub second_factor: bool,
    pub disabled: bool,
    /// Too many failed log-ins; it opens by itself, or by `staff_reset`.
    pub locked_until: Option<Ts>,
    pub created_at: Ts,
}

fn member(secrets: &Secrets, account: store::Credentials, grants: Vec<store::Grant>, now: Ts) -> StaffMember {
    let roles = roles_of(&grants);
    let heads_organisation = grants.iter().any(|g| g.heads);
    let organisation = grants.into_iter().find_map(|g| g.organisation);
    let (organisation_id, organisation_name) = organisation.unzip();
    StaffMember {
        organisation_id,
        organisation_name,
        heads_organisation,
        phone_masked: open_phone(secrets, account.phone_sealed.as_deref()).map(|p| p.masked()),
        locked_until: account.locked_until.filter(|until| *until > now),
        account_id: account.id,
        name: account.name,
        login: account.login,
        roles,
        second_factor: account.totp_confirmed_at.is_some(),
        disabled: account.disabled_at.is_some(),
        created_at: account.created_at,
    }
}

fn roles_of(grants: &[store::Grant]) -> Vec<Role> {
    grants.iter().map(|g| g.role).collect()
}

/// One member of the staff of a congress; `not_found` for everybody else.
fn load_member(c: &mut DbConn, congress: Id, account: Id) -> ApiResult<(store::Credentials, Vec<store::Grant>)> {
    let grants = store::grants_in(c, congress, &[account])?;
    match store::credentials(c, account)? {
        Some(account) if !grants.is_empty() => Ok((account, grants)),
        _ => Err(ErrorCode::NotFound.into()),
    }
}

/// List the staff of a congress
#[utoipa::path(tag = "staff", params(("id" = Id, Path, description = "The congress"), PageQuery),
    responses((status = 200, body = Page<StaffMember>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/staff")]
pub async fn staff_list(
    congress: Allowed<Congress, ManageStaff>,
    query: Query<PageQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let (now, limit, after) = (clock.now(), query.limit()?, query.after::<Id>()?);
    let id = congress.resource.id;
    let page = db
        .read(move |c| {
            let accounts = store::staff(c, id, limit + 1, after)?;
            let ids: Vec<Id> = accounts.iter().map(|a| a.id).collect();
            let mut grants: HashMap<Id, Vec<store::Grant>> = HashMap::new();
            for grant in store::grants_in(c, id, &ids)? {
                grants.entry(grant.account_id).or_default().push(grant);
            }
            Ok::<_, ApiError>(Page::of(
                accounts,
                limit,
                |a| a.id,
                |a| {
                    let grants = grants.remove(&a.id).unwrap_or_default();
                    member(&secrets, a, grants, now)
                },
            ))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A member of staff to be.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewStaffMember {
    #[garde(length(chars, min = 1, max = 50), custom(person_name))]
    #[schema(example = "张三")]
    pub name: String,
    /// 3 to 64 of a–z, digits and `. _ - @`; capitals are made small.
    #[garde(length(chars, min = 1, max = 64))]
    #[schema(example = "zhang.san")]
    pub login: String,
    /// At least 10 characters, 5 of them different, without the login. The person changes it.
    #[garde(length(chars, max = 128))]
    #[schema(example = "correct horse battery", min_length = 10)]
    pub password: String,
    #[garde(length(min = 1, max = 5))]
    pub roles: Vec<Role>,
    #[garde(length(chars, min = 1, max = 32))]
    #[schema(example = "13800001234")]
    pub phone: Option<String>,
    /// The unit a handler works for; needed with the role `handler`, and only then.
    #[garde(skip)]
    pub organisation_id: Option<Id>,
    /// True for the head of that unit's office.
    #[garde(skip)]
    #[schema(example = false)]
    pub heads_organisation: Option<bool>,
}

/// The post that a body names.
fn post(organisation_id: Option<Id>, heads: Option<bool>) -> Option<Post> {
    organisation_id.map(|organisation_id| Post {
        organisation_id,
        heads: heads.unwrap_or(false),
    })
}

/// Make an account for a member of staff
///
/// `already_exists` names the field when an account has the login or the phone number.
#[utoipa::path(tag = "staff", params(("id" = Id, Path, description = "The congress")), request_body = NewStaffMember,
    responses((status = 201, body = StaffMember)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/staff")]
pub async fn staff_create(
    congress: Allowed<Congress, ManageStaff>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    idempotency: Idempotency,
    request_id: RequestId,
    body: Body<NewStaffMember>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let phone = match &body.phone {
        Some(text) => match Phone::parse(text) {
            None => return Err(ApiError::field("phone", "invalid", "must be a mobile phone number")),
            phone => phone,
        },
        None => None,
    };
    let login = rules::normal_login(&body.login);
    if let Some(problem) = rules::login_problem(&login) {
        return Err(ApiError::field("login", "invalid", problem));
    }
    if let Some(problem) = rules::password_problem(&body.password, &login) {
        return Err(ApiError::field("password", "invalid", problem));
    }
    let hash = passwords::hash(body.password.clone()).await?;
    let (congress_id, by) = (congress.resource.id, congress.staff.account_id);
    // The body holds a password: what is kept of it to recognise a repetition must be useless without our key.
    let fingerprint = secrets.code_hash(&[b"staff_create", &body.raw]);
    let made = db
        .write(move |c| {
            idempotency.run(c, by, &fingerprint, now, |c| {
                let post = post(body.organisation_id, body.heads_organisation);
                check_post(c, congress_id, &body.roles, post)?;
                let staff = NewStaff {
                    congress_id,
                    name: body.name.trim(),
                    login: &login,
                    password_hash: &hash,
                    phone: phone.as_ref(),
                    totp_secret: None,
                    roles: &body.roles,
                    post,
                };
                let actor = Actor::Account(by);
                let id = create_staff(c, &secrets, staff, actor, Some(&request_id.0), now)?;
                let (account, grants) = load_member(c, congress_id, id)?;
                Ok(member(&secrets, account, grants, now))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// What changes about a member of staff.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct StaffChange {
    /// The congress in which the roles are.
    #[garde(skip)]
    pub congress_id: Id,
    #[garde(length(chars, min = 1, max = 50), custom(optional_name))]
    #[schema(example = "张三")]
    pub name: Option<String>,
    /// The roles from now on; none takes the person off the staff.
    #[garde(length(max = 5))]
    pub roles: Vec<Role>,
    /// The unit a handler works for; needed with the role `handler`, and only then.
    #[garde(skip)]
    pub organisation_id: Option<Id>,
    /// True for the head of that unit's office.
    #[garde(skip)]
    #[schema(example = false)]
    pub heads_organisation: Option<bool>,
    /// True ends all sessions and bars the account.
    #[garde(skip)]
    #[schema(example = false)]
    pub disabled: Option<bool>,
}

/// Who may manage the staff of the congress named in a body.
fn manager(c: &mut DbConn, person: &Person, congress: Id, policy: SecondFactorPolicy) -> ApiResult<Staff> {
    staff_in::<ManageStaff>(c, person, congress, policy)
}

/// Name, password and bar belong to the person, not to the role: whoever also works or sits elsewhere is not
/// one congress's to change.
fn check_theirs(c: &mut DbConn, account: Id, congress: Id) -> ApiResult<()> {
    if store::belongs_elsewhere(c, account, congress)? {
        let why = "the account also belongs to another congress: only its roles here can be changed";
        return Err(ApiError::new(ErrorCode::WrongState).detail(why));
    }
    Ok(())
}

/// Change the roles of a member of staff, or bar the account
///
/// The last administrator of a congress keeps the role (`wrong_state`).
#[utoipa::path(tag = "staff", params(("account_id" = Id, Path, description = "The account")), request_body = StaffChange,
    responses((status = 200, body = StaffMember)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/staff/{account_id:[0-9A-Fa-f-]+}")]
#[allow(clippy::too_many_arguments)] // one per service; actix hands them in
pub async fn staff_update(
    person: Person,
    policy: SecondFactorPolicy,
    id: Path<Id>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
    body: Body<StaffChange>,
) -> ApiResult<HttpResponse> {
    let (now, account_id) = (clock.now(), id.into_inner());
    let mut change = body.value;
    change.roles.sort();
    change.roles.dedup();
    let changed = db
        .write(move |c| {
            let by = manager(c, &person, change.congress_id, policy)?;
            update(c, &by, account_id, &change, &request_id.0, now)?;
            let grants = store::grants_in(c, change.congress_id, &[account_id])?;
            let account = store::credentials(c, account_id)?.ok_or(ErrorCode::NotFound)?;
            Ok::<_, ApiError>(member(&secrets, account, grants, now))
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}

fn update(
    c: &mut DbConn,
    by: &Staff,
    account_id: Id,
    change: &StaffChange,
    request_id: &str,
    now: Ts,
) -> ApiResult<()> {
    let congress = change.congress_id;
    store::serialize_role_changes(c, congress)?;
    let (account, grants) = load_member(c, congress, account_id)?;
    let before = roles_of(&grants);
    let post = post(change.organisation_id, change.heads_organisation);
    check_post(c, congress, &change.roles, post)?;
    let rename = change.name.as_deref().map(str::trim).filter(|n| *n != account.name);
    let disabled = account.disabled_at.is_some();
    let bar = change.disabled.filter(|d| *d != disabled);
    if rename.is_some() || bar.is_some() {
        check_theirs(c, account_id, congress)?;
    }
    let was_admin = before.contains(&Role::Admin) && !disabled;
    let stays_admin = change.roles.contains(&Role::Admin) && !bar.unwrap_or(disabled);
    if was_admin && !stays_admin && store::other_admins(c, congress, account_id)? == 0 {
        return Err(ApiError::new(ErrorCode::WrongState).detail("a congress keeps at least one administrator"));
    }
    for role in before.iter().filter(|r| !change.roles.contains(r)) {
        store::ungrant(c, account_id, congress, *role)?;
    }
    for role in change.roles.iter().filter(|r| !before.contains(r)) {
        let post = post.filter(|_| *role == Role::Handler);
        store::grant(c, account_id, congress, *role, post, now)?;
    }
    if let Some(post) = post {
        store::set_post(c, account_id, congress, post)?;
    }
    if let Some(name) = rename {
        store::set_name(c, account_id, name)?;
    }
    if let Some(bar) = bar {
        store::set_disabled(c, account_id, bar.then_some(now))?;
        if bar {
            sessions::revoke_all_of_account(c, account_id, "account_disabled", now)?;
        }
    }
    let line = Line {
        congress_id: Some(congress),
        actor: Actor::Account(by.account_id),
        action: "staff.update",
        subject_kind: "account",
        subject_id: Some(account_id),
        detail: json!({
            "roles_before": before, "roles": change.roles, "organisation_id": change.organisation_id,
            "heads_organisation": post.is_some_and(|p| p.heads), "renamed": rename.is_some(), "disabled": bar,
        }),
        request_id: Some(request_id),
    };
    Ok(audit::record(c, line, now)?)
}

/// A new beginning for a member of staff.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct StaffReset {
    /// The congress in which the person is staff.
    #[garde(skip)]
    pub congress_id: Id,
    /// At least 10 characters, 5 of them different, without the login. The person changes it.
    #[garde(length(chars, max = 128))]
    #[schema(example = "correct horse battery", min_length = 10)]
    pub new_password: String,
}

/// Give a member of staff a new password
///
/// Also takes the second factor away, unlocks the account and ends its sessions. Nobody resets their own account:
/// that would be a way around the old password and the second factor.
#[utoipa::path(tag = "staff", params(("account_id" = Id, Path, description = "The account")), request_body = StaffReset,
    responses((status = 204)), security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/staff/{account_id:[0-9A-Fa-f-]+}/reset")]
pub async fn staff_reset(
    person: Person,
    policy: SecondFactorPolicy,
    id: Path<Id>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
    body: Body<StaffReset>,
) -> ApiResult<HttpResponse> {
    let (now, account_id, congress) = (clock.now(), id.into_inner(), body.congress_id);
    let caller = person.clone();
    let account = db
        .read(move |c| {
            manager(c, &caller, congress, policy)?;
            let (account, _) = load_member(c, congress, account_id)?;
            check_theirs(c, account_id, congress)?;
            Ok::<_, ApiError>(account)
        })
        .await?;
    if account_id == person.account_id {
        return Err(ApiError::new(ErrorCode::WrongState).detail("change your own password instead"));
    }
    let Some(login) = &account.login else {
        return Err(ApiError::new(ErrorCode::WrongState).detail("the account has no login for a password"));
    };
    if let Some(problem) = rules::password_problem(&body.new_password, login) {
        return Err(ApiError::field("new_password", "invalid", problem));
    }
    let hash = passwords::hash(body.new_password.clone()).await?;
    db.write(move |c| {
        // Again, in the transaction that counts: hashing took its time.
        let by = manager(c, &person, congress, policy)?;
        load_member(c, congress, account_id)?;
        check_theirs(c, account_id, congress)?;
        store::reset(c, account_id, &hash)?;
        sessions::revoke_all_of_account(c, account_id, "account_reset", now)?;
        let line = Line {
            congress_id: Some(congress),
            actor: Actor::Account(by.account_id),
            action: "staff.reset",
            subject_kind: "account",
            subject_id: Some(account_id),
            detail: json!({}),
            request_id: Some(&request_id.0),
        };
        Ok::<_, ApiError>(audit::record(c, line, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the messages that were sent
///
/// Newest first. Numbers are masked; texts are shown only in demo mode, because a code in one would open an account.
#[utoipa::path(tag = "staff", params(("id" = Id, Path, description = "The congress"), PageQuery),
    responses((status = 200, body = Page<OutboxMessage>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/outbox")]
pub async fn outbox_list(
    congress: Allowed<Congress, ReadOutbox>,
    query: Query<PageQuery>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let (id, query) = (congress.resource.id, query.into_inner());
    let page = db
        .read(move |c| notify::list(c, &secrets, Some(id), &query, config.demo))
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
