//! What an author does with a proposal: write, submit, withdraw.

use super::callers::{self, Signing};
use super::{Desk, ProposalNote, act_and_show, cosign, plain, readable};
use crate::auth::Person;
use crate::auth::Resource;
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses::{self, Congress};
use crate::features::proposals::detail;
use crate::features::proposals::flow::{By, Flow, Step};
use crate::features::proposals::store::{self, Proposal, Signatory};
use crate::features::proposals::views::{self, ProposalDetail, ProposalView, Seer};
use crate::features::proposals::{Action, ProposalKind, SignatoryRole, SignatoryState, State, Who, notices};
use crate::features::representatives::{self, Representative, SeatStatus};
use crate::notify::Template;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A proposal as its author writes it. A motion says its case (案由) in the title, and has grounds (案据) and a plan (方案).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewProposal {
    #[garde(skip)]
    pub kind: ProposalKind,
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(
        example = "关于增加老旧小区电动自行车充电设施的建议",
        min_length = 1,
        max_length = 100
    )]
    pub title: String,
    /// One matter only (一事一议).
    #[garde(length(chars, max = 20000), custom(readable))]
    #[schema(
        example = "近年来电动自行车保有量快速增长，老旧小区充电难、飞线充电问题突出，建议……",
        max_length = 20000
    )]
    pub body: String,
    #[garde(length(chars, max = 20000), inner(custom(readable)))]
    #[schema(example = "据统计，全区 43 个老旧小区中 31 个没有集中充电设施。", max_length = 20000)]
    pub grounds: Option<String>,
    #[garde(length(chars, max = 20000), inner(custom(readable)))]
    #[schema(example = "一、三年内实现全覆盖；二、……", max_length = 20000)]
    pub plan: Option<String>,
}

/// The caller's seat that may make proposals in a congress; who has none does not learn of the congress's proposals.
fn acting_seat(c: &mut crate::db::DbConn, account: Id, congress: Id) -> ApiResult<Representative> {
    let seats = representatives::seats_of_account(c, account)?;
    let mut here = seats.into_iter().filter(|s| s.congress_id == congress).peekable();
    if here.peek().is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    here.find(|s| s.status == SeatStatus::Active)
        .ok_or_else(|| ApiError::new(ErrorCode::WrongState).detail("the seat is suspended or has ended"))
}

/// Begin a proposal
///
/// By a representative of the congress, as a draft that only its signatories see. It belongs to the congress session that
/// runs, or to the last one.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress")), request_body = NewProposal,
    responses((status = 201, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/proposals")]
pub async fn proposal_create(
    request: HttpRequest,
    person: Person,
    idem: Idempotency,
    body: Body<NewProposal>,
    (db, clock, secrets, request_id): Desk,
) -> ApiResult<HttpResponse> {
    let (congress, now) = (path_id(&request)?, clock.now());
    let Body { value: new, raw } = body;
    let made = db
        .write(move |c| {
            idem.run(c, person.account_id, &raw, now, |c| {
                let seat = acting_seat(c, person.account_id, congress)?;
                let of = Congress::load(c, congress)?.ok_or(ErrorCode::NotFound)?;
                let today = congresses::local_date(&of, now);
                let (session, in_session) = congresses::session_of_day(c, congress, today)?.ok_or_else(|| {
                    ApiError::new(ErrorCode::WrongState).detail("the congress has held no session yet")
                })?;
                let p = Proposal {
                    id: Id::new(),
                    congress_id: congress,
                    session_id: session.id,
                    author_id: seat.id,
                    kind: new.kind,
                    in_session,
                    title: new.title,
                    body: new.body,
                    grounds: new.grounds,
                    plan: new.plan,
                    category_id: None,
                    seq: None,
                    number: None,
                    state: State::Draft,
                    round: 1,
                    class: None,
                    is_key: false,
                    merged_into: None,
                    created_at: now,
                    updated_at: now,
                    submitted_at: None,
                    registered_at: None,
                    assigned_at: None,
                    replied_at: None,
                    ended_at: None,
                    version: 0,
                };
                store::proposal_insert(c, &p)?;
                let author = Signatory {
                    id: Id::new(),
                    congress_id: congress,
                    proposal_id: p.id,
                    representative_id: seat.id,
                    account_id: person.account_id,
                    role: SignatoryRole::Author,
                    state: SignatoryState::Signed,
                    invited_at: now,
                    answered_at: Some(now),
                };
                store::signatories_insert(c, std::slice::from_ref(&author))?;
                let by = By {
                    who: Who::Author,
                    account_id: Some(person.account_id),
                    organisation_id: None,
                    request_id: Some(request_id.0.clone()),
                };
                let mut flow = Flow::open(c, &secrets, p.id, by, now)?;
                flow.log(Action::Create, None, None, State::Draft, 0, Step::default())?;
                super::show(&mut flow, &Seer::signatory(&author))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// List the proposals that the caller signed
///
/// And those the caller is asked to sign; the newest first.
#[utoipa::path(tag = "proposals", params(PageQuery), responses((status = 200, body = Page<ProposalView>)), security(("bearer" = [])))]
#[get("/me/proposals")]
pub async fn my_proposal_list(person: Person, query: Query<PageQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::account_page(c, person.account_id, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |(p, _)| p.id, views::item)))
}

/// Get a proposal
///
/// With what the caller may see of it and may do to it: for its signatories, for staff once it is submitted, and for the
/// organisations that hold a part of it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")),
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])))]
#[get("/proposals/{id:[0-9A-Fa-f-]+}")]
pub async fn proposal_get(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (path_id(&request)?, clock.now());
    let view = db
        .read(move |c| {
            let p = store::proposal(c, id)?.ok_or(ErrorCode::NotFound)?;
            let seer = callers::seer(c, &p, &person, policy)?;
            let congress = Congress::load(c, p.congress_id)?.ok_or(ErrorCode::NotFound)?;
            detail::detail(c, id, &seer, congresses::local_date(&congress, now))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Change a proposal
///
/// By its author, while it is a draft or came back for completion. Who co-signed another text is asked again: a signature
/// confirms what is written (重庆市代表建议工作条例 8).
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = NewProposal,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/proposals/{id:[0-9A-Fa-f-]+}")]
pub async fn proposal_update(mine: Signing, body: Body<NewProposal>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, new) = (mine.by(), mine.seer(), body.value);
    act_and_show(desk, mine.proposal.id, by, seer, move |flow| {
        let old = flow.p.clone();
        (flow.p.kind, flow.p.title, flow.p.body) = (new.kind, new.title, new.body);
        (flow.p.grounds, flow.p.plan) = (new.grounds, new.plan);
        let text = |p: &Proposal| (p.title.clone(), p.body.clone(), p.grounds.clone(), p.plan.clone());
        let changed = text(&old) != text(&flow.p);
        flow.take(Action::Update, None, Step::default())?;
        if changed { cosign::ask_again(flow) } else { Ok(()) }
    })
    .await
}

/// Submit a proposal
///
/// By its author. Invitations that nobody answered lapse. A motion needs its legal number of signatures: ten at county level
/// and above, five in a township, the author's among them.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")),
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "validation_failed", "cosigners_missing"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/submit")]
pub async fn proposal_submit(mine: Signing, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer) = (mine.by(), mine.seer());
    let account = mine.signatory.account_id;
    act_and_show(desk, mine.proposal.id, by, seer, move |flow| {
        acting_seat(flow.c, account, flow.p.congress_id)?;
        if flow.p.submitted_at.is_none() {
            flow.p.submitted_at = Some(flow.now);
        }
        flow.take(Action::Submit, None, Step::default())
    })
    .await
}

/// Withdraw a proposal
///
/// By its author, in writing, until it is answered. Handling ends with it (重庆市代表建议工作条例 12), and the handlers are told.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/withdraw")]
pub async fn proposal_withdraw(mine: Signing, body: Body<ProposalNote>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, note) = (mine.by(), mine.seer(), body.value.note);
    act_and_show(desk, mine.proposal.id, by, seer, move |flow| {
        let mut told = notices::signers(flow)?;
        for h in store::handlings(flow.c, flow.p.id)? {
            if h.ended_at.is_none() {
                told.extend(notices::handlers(flow, &h)?);
            }
        }
        let author = flow.by.account_id;
        flow.take(Action::Withdraw, None, Step::noted(Some(&note)))?;
        let others = told.into_iter().filter(|id| Some(*id) != author);
        notices::tell(flow, others, Template::ProposalWithdrawn, json!({}))
    })
    .await
}
