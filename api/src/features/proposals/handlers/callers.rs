//! Who may act on a proposal or a part, as arguments of handlers: those who signed, and those whose organisation holds it.

use crate::auth::access::{HandleProposals, ReviewReplies, RunProposals, SuperviseProposals, ViewProposals};
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::auth::{Allowed, Person, Resource, Role, Staff, staff_in};
use crate::db::{Db, DbConn, Id};
use crate::features::proposals::flow::By;
use crate::features::proposals::store::{self, Handling, Proposal, Signatory};
use crate::features::proposals::views::{self, Seer};
use crate::features::proposals::{SignatoryRole, State, Who};
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

/// A proposal for the staff who check, register and assign.
pub type Running = Allowed<Proposal, RunProposals>;
/// A part for the staff who decide what handlers ask for.
pub type RunningPart = Allowed<Handling, RunProposals>;
/// A part for those who review its reply.
pub type Reviewing = Allowed<Handling, ReviewReplies>;
/// A part for those who supervise it.
pub type Supervising = Allowed<Handling, SuperviseProposals>;

/// A proposal that the caller signed, or is asked to sign. For everybody else it does not exist.
pub struct Signing {
    pub proposal: Proposal,
    pub signatory: Signatory,
}

/// A part that the caller's organisation holds. For other organisations it does not exist.
pub struct Held {
    pub handling: Handling,
    pub staff: Staff,
}

fn db_of(request: &HttpRequest) -> Data<Db> {
    request
        .app_data::<Data<Db>>()
        .expect("app.rs registers the database")
        .clone()
}

impl FromRequest for Signing {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let person = Person::from_request(request, payload);
        let (db, id) = (db_of(request), path_id(request));
        Box::pin(async move {
            let (person, id) = (person.await?, id?);
            db.read(move |c| signing(c, id, person.account_id)).await
        })
    }
}

/// The proposal as somebody who signed it.
pub fn signing(c: &mut DbConn, proposal: Id, account: Id) -> ApiResult<Signing> {
    let signatory = store::signatory_of(c, proposal, account)?.ok_or(ErrorCode::NotFound)?;
    let proposal = store::proposal(c, proposal)?.ok_or(ErrorCode::NotFound)?;
    Ok(Signing { proposal, signatory })
}

impl Signing {
    /// As the author when they are; a co-signer is refused what only the author may do.
    pub fn by(&self) -> By {
        let who = match self.signatory.role {
            SignatoryRole::Author => Who::Author,
            SignatoryRole::Cosigner | SignatoryRole::Joined => Who::Signatory,
        };
        self.as_who(who)
    }
    /// As one of those who signed, the author included.
    pub fn as_signatory(&self) -> By {
        self.as_who(Who::Signatory)
    }
    fn as_who(&self, who: Who) -> By {
        By {
            who,
            account_id: Some(self.signatory.account_id),
            organisation_id: None,
            request_id: None,
        }
    }
    pub fn seer(&self) -> Seer {
        Seer::signatory(&self.signatory)
    }
}

impl FromRequest for Held {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let part = Allowed::<Handling, HandleProposals>::from_request(request, payload);
        let db = db_of(request);
        Box::pin(async move {
            let part = part.await?;
            db.read(move |c| held(c, part.resource, part.staff)).await
        })
    }
}

/// The part, when the caller's organisation holds it.
fn held(c: &mut DbConn, handling: Handling, staff: Staff) -> ApiResult<Held> {
    let own = (handling.congress_id, handling.organisation_id);
    if handling.state == State::Released || !store::organisations_of(c, staff.account_id)?.contains(&own) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Held { handling, staff })
}

/// The same for a part named otherwise than by the path.
pub fn held_part(c: &mut DbConn, id: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<Held> {
    let handling = Handling::load(c, id)?.ok_or(ErrorCode::NotFound)?;
    let staff = staff_in::<HandleProposals>(c, person, handling.congress_id, policy)?;
    held(c, handling, staff)
}

impl Held {
    pub fn by(&self) -> By {
        By {
            who: views::handler(self.handling.role),
            account_id: Some(self.staff.account_id),
            organisation_id: Some(self.handling.organisation_id),
            request_id: None,
        }
    }
    pub fn seer(&self) -> Seer {
        Seer::Handler(vec![self.handling.organisation_id])
    }
}

/// Staff as who they are for the machine.
pub fn by_staff(staff: &Staff, who: Who) -> By {
    By {
        who,
        account_id: Some(staff.account_id),
        organisation_id: None,
        request_id: None,
    }
}

pub fn staff_seer(staff: &Staff) -> Seer {
    let mut who = vec![];
    if staff
        .roles
        .iter()
        .any(|r| matches!(r, Role::Admin | Role::Clerk | Role::Liaison))
    {
        who.push(Who::Staff);
    }
    if staff.roles.contains(&Role::Supervisor) {
        who.push(Who::Supervisor);
    }
    Seer::Staff(who)
}

/// How a person may look at a proposal: having signed it, as staff once it was submitted, as an organisation that
/// holds a part of it. `not_found` for everybody else.
pub fn seer(c: &mut DbConn, p: &Proposal, person: &Person, policy: SecondFactorPolicy) -> ApiResult<Seer> {
    if let Some(s) = store::signatory_of(c, p.id, person.account_id)? {
        return Ok(Seer::signatory(&s));
    }
    let not_found = || Err(ErrorCode::NotFound.into());
    match staff_in::<ViewProposals>(c, person, p.congress_id, policy) {
        // A draft is its authors' own.
        Ok(_) if p.submitted_at.is_none() => return not_found(),
        Ok(staff) => return Ok(staff_seer(&staff)),
        Err(no) if no.code != ErrorCode::Forbidden => return Err(no),
        Err(_) => (),
    }
    staff_in::<HandleProposals>(c, person, p.congress_id, policy)?;
    let own = store::organisations_of(c, person.account_id)?;
    let of: Vec<Id> = store::handlings(c, p.id)?
        .into_iter()
        .filter(|h| h.state != State::Released && own.contains(&(h.congress_id, h.organisation_id)))
        .map(|h| h.organisation_id)
        .collect();
    if of.is_empty() {
        not_found()
    } else {
        Ok(Seer::Handler(of))
    }
}
