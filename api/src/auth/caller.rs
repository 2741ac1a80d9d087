//! The caller as handlers see it: permission stands in the handler's signature.

use super::access::{Action, Role};
use super::keys::{BadToken, Keyring};
use super::store;
use crate::db::{Db, DbConn, Id, QueryResult};
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// What kind of thing holds a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TokenKind {
    #[serde(rename = "p")]
    Person,
    #[serde(rename = "g")]
    Gate,
    /// A hall screen: may see one sitting, `sub`, and nothing else.
    #[serde(rename = "s")]
    Screen,
}

/// An access token's content, verified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Account, gate or sitting.
    pub sub: Id,
    /// Session.
    pub sid: Id,
    /// Device the session is bound to.
    pub did: String,
    pub kind: TokenKind,
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
}

impl FromRequest for Claims {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let keys = request
            .app_data::<Data<Keyring>>()
            .expect("app.rs registers the keyring")
            .clone();
        let token = bearer(request);
        let mut checked = token.map_or(Err(BadToken::Invalid), |t| keys.check_access(t));
        let unknown = match (&checked, token) {
            (Err(BadToken::UnknownKey), Some(token)) => Some(token.to_owned()),
            _ => None,
        };
        Box::pin(async move {
            if let Some(token) = unknown {
                // Another process may have rotated the key a moment ago.
                keys.reload().await?;
                checked = keys.check_access(&token);
            }
            checked.map_err(|e| match e {
                BadToken::Expired => ErrorCode::TokenExpired.into(),
                BadToken::Invalid | BadToken::UnknownKey => ErrorCode::NotLoggedIn.into(),
            })
        })
    }
}

/// The token of the header, or of a WebSocket's sub-protocols (`lvzhi.v1, bearer.<token>`), because a
/// browser cannot set headers on a socket and a token in the address would end in logs.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let text = |name: &str| -> Option<&str> { request.headers().get(name)?.to_str().ok() };
    if let Some(value) = text("authorization") {
        let (scheme, token) = value.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim());
    }
    let protocols = text("sec-websocket-protocol")?;
    protocols.split(',').find_map(|p| p.trim().strip_prefix("bearer."))
}

/// Any person: representative, voter or staff.
#[derive(Debug, Clone)]
pub struct Person {
    pub account_id: Id,
    pub session_id: Id,
    pub device_id: String,
}

impl FromRequest for Person {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let claims = Claims::from_request(request, payload);
        Box::pin(async move {
            let claims = claims.await?;
            match claims.kind {
                TokenKind::Person => Ok(Person {
                    account_id: claims.sub,
                    session_id: claims.sid,
                    device_id: claims.did,
                }),
                _ => Err(ErrorCode::Forbidden.into()),
            }
        })
    }
}

/// A registered gate.
#[derive(Debug, Clone)]
pub struct GateCaller {
    pub gate_id: Id,
    pub session_id: Id,
}

impl FromRequest for GateCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let claims = Claims::from_request(request, payload);
        Box::pin(async move {
            let claims = claims.await?;
            match claims.kind {
                TokenKind::Gate => Ok(GateCaller {
                    gate_id: claims.sub,
                    session_id: claims.sid,
                }),
                _ => Err(ErrorCode::Forbidden.into()),
            }
        })
    }
}

/// A member of staff who may do `A` in `congress_id`.
#[derive(Debug, Clone)]
pub struct Staff {
    pub account_id: Id,
    pub session_id: Id,
    pub name: String,
    pub congress_id: Id,
    pub roles: Vec<Role>,
}

/// Something that belongs to a congress and is named by `{id}` in the path.
pub trait Resource: Sized + Send + 'static {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>>;
    fn congress_id(&self) -> Id;
}

/// The resource of the path, loaded, which the caller may do `A` to.
///
/// Who has no role in its congress is told that it does not exist.
pub struct Allowed<R, A> {
    pub resource: R,
    pub staff: Staff,
    action: PhantomData<A>,
}

impl<R, A> std::ops::Deref for Allowed<R, A> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.resource
    }
}

/// Whether staff need a second factor, from the configuration.
#[derive(Clone, Copy)]
pub struct SecondFactorPolicy(pub bool);

impl<R: Resource, A: Action> FromRequest for Allowed<R, A> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let person = Person::from_request(request, payload);
        let db = request
            .app_data::<Data<Db>>()
            .expect("app.rs registers the database")
            .clone();
        let policy = policy(request);
        let id = path_id(request);
        Box::pin(async move {
            let person = person.await?;
            let id = id?;
            db.read(move |c| {
                let resource = R::load(c, id)?.ok_or(ErrorCode::NotFound)?;
                let staff = staff_in::<A>(c, &person, resource.congress_id(), policy)?;
                Ok(Allowed {
                    resource,
                    staff,
                    action: PhantomData,
                })
            })
            .await
        })
    }
}

impl FromRequest for SecondFactorPolicy {
    type Error = ApiError;
    type Future = std::future::Ready<ApiResult<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(policy(request)))
    }
}

fn policy(request: &HttpRequest) -> SecondFactorPolicy {
    *request
        .app_data::<SecondFactorPolicy>()
        .expect("app.rs registers the policy")
}

/// The `{id}` of the path.
pub fn path_id(request: &HttpRequest) -> ApiResult<Id> {
    request
        .match_info()
        .get("id")
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| ErrorCode::NotFound.into())
}

/// Checks that a person may do `A` in a congress now, from the database and not from the token: a role taken
/// away or a session ended counts at once.
pub fn staff_in<A: Action>(
    c: &mut DbConn,
    person: &Person,
    congress_id: Id,
    policy: SecondFactorPolicy,
) -> ApiResult<Staff> {
    let state = store::staff_state(c, person.account_id, person.session_id)?.ok_or(ErrorCode::SessionRevoked)?;
    let roles: Vec<Role> = state
        .roles
        .iter()
        .filter(|(at, _)| *at == congress_id)
        .map(|(_, role)| *role)
        .collect();
    if roles.is_empty() {
        return Err(ErrorCode::NotFound.into());
    }
    if policy.0 && !state.second_factor {
        return Err(ErrorCode::SecondFactorMissing.into());
    }
    if !roles.iter().any(|r| A::ROLES.contains(r)) {
        return Err(ErrorCode::Forbidden.into());
    }
    Ok(Staff {
        account_id: person.account_id,
        session_id: person.session_id,
        name: state.name,
        congress_id,
        roles,
    })
}

impl From<&Staff> for Person {
    fn from(staff: &Staff) -> Person {
        Person {
            account_id: staff.account_id,
            session_id: staff.session_id,
            device_id: String::new(),
        }
    }
}
