//! Tests of access: every operation of the contract × every role, against a table of what each may do.
//!
//! An operation that is missing in [`TABLE`] fails the test: whoever adds one decides here who may call it. The ids of
//! the path and of the body are those of real rows, made freshly for every call ([`World::make`]); bodies come
//! from the examples of the contract, or from [`body_of`] where these do not do.

use crate::harness::{Client, TestApp};
use crate::openapi::{Operation, PUBLIC, operations};
use lvzhi::auth::Role;
use lvzhi::auth::access;
use lvzhi::auth::sessions::{self, Device, Owner};
use lvzhi::db::Id;
use serde_json::{Map, Value, json};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    Voter,
    Representative,
    Staff(Role),
    Gate,
    OtherAdmin,
}

const CALLERS: [Caller; 10] = [
    Caller::Nobody,
    Caller::Voter,
    Caller::Representative,
    Caller::Gate,
    Caller::OtherAdmin,
    Caller::Staff(Role::Handler),
    Caller::Staff(Role::Supervisor),
    Caller::Staff(Role::Liaison),
    Caller::Staff(Role::Clerk),
    Caller::Staff(Role::Admin),
];

/// What the caller is told about permission; every other answer counts as allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Allowed,
    LogIn,
    Forbidden,
    NotFound,
    /// The server failed; never expected.
    Failed,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy)]
enum Rule {
    /// Without a log-in.
    Anybody,
    /// Every person, for what is their own.
    Person,
    /// Staff with a role for this action in the congress of the resource; others do not learn that it exists.
    Staff(&'static str),
    /// As `Staff`, and the representative to whom it belongs or who has a part in it.
    StaffOrRepresentative(&'static str),
    /// A registered gate.
    Gate,
    /// For some callers something else than the rule says.
    Except(&'static Rule, &'static [(Caller, Told)]),
}
use Rule::{Anybody, Except, Gate, Person, Staff, StaffOrRepresentative};

impl Rule {
    fn told(&self, caller: Caller) -> Told {
        let by_role = |action: &str, role: Role| {
            let (_, roles) = access::TABLE
                .iter()
                .find(|(a, _)| *a == action)
                .unwrap_or_else(|| panic!("no action {action}"));
            if roles.contains(&role) {
                Told::Allowed
            } else {
                Told::Forbidden
            }
        };
        match (self, caller) {
            (Except(_, exceptions), caller) if exceptions.iter().any(|(c, _)| *c == caller) => {
                exceptions.iter().find(|(c, _)| *c == caller).expect("just found").1
            }
            (Except(rule, _), caller) => rule.told(caller),
            (Anybody, _) => Told::Allowed,
            (_, Caller::Nobody) => Told::LogIn,
            (Gate, Caller::Gate) => Told::Allowed,
            (Gate, _) | (_, Caller::Gate) => Told::Forbidden,
            (Person, _) => Told::Allowed,
            (StaffOrRepresentative(_), Caller::Representative) => Told::Allowed,
            (Staff(action) | StaffOrRepresentative(action), Caller::Staff(role)) => by_role(action, role),
            (Staff(_) | StaffOrRepresentative(_), Caller::Voter | Caller::Representative | Caller::OtherAdmin) => {
                Told::NotFound
            }
        }
    }
}

/// The expectations, in the order of the features.
const TABLE: &[(&str, Rule)] = &[
    // accounts
    ("auth_password", Anybody),
    ("auth_sms_code_create", Anybody),
    ("auth_sms", Anybody),
    ("auth_wechat", Anybody),
    ("auth_refresh", Anybody),
    ("auth_logout", Person),
    ("me_get", Person),
    ("session_list", Person),
    ("session_revoke", Person),
    ("password_change", Person),
    ("totp_begin", Person),
    ("totp_confirm", Person),
    ("staff_list", Staff("ManageStaff")),
    ("staff_create", Staff("ManageStaff")),
    ("staff_update", Staff("ManageStaff")),
    ("staff_reset", Staff("ManageStaff")),
    ("outbox_list", Staff("ReadOutbox")),
    ("account_email_set", Person),
    // messages
    ("message_list", Staff("ReadOutbox")),
    ("message_get", Staff("ReadOutbox")),
    ("message_retry", Staff("SettleMessages")),
    ("message_settle", Staff("SettleMessages")),
    ("template_list", Person),
    ("template_preview", Person),
    // Whoever has no token of the installation is refused whoever they are.
    ("receipt_aliyun", Anybody),
    ("receipt_tencent", Anybody),
    ("receipt_mas", Anybody),
    // congresses
    ("congress_list", Anybody),
    ("congress_get", Anybody),
    ("congress_create", Staff("ManageCongress")),
    ("congress_update", Staff("ManageCongress")),
    ("congress_settings_get", Staff("ViewMeetings")),
    ("term_list", Anybody),
    ("term_create", Staff("ManageCongress")),
    ("congress_session_list", Anybody),
    ("congress_session_create", Staff("ManageCongress")),
    ("organisation_list", Anybody),
    ("organisation_create", Staff("ManageCongress")),
    ("unit_list", Anybody),
    ("unit_create", Staff("ManageCongress")),
    ("unit_update", Staff("ManageCongress")),
    ("body_list", Anybody),
    ("body_create", Staff("ManageCongress")),
    ("body_member_list", Staff("ViewRepresentatives")),
    ("body_member_update", Staff("ManageCongress")),
    // calendars
    ("calendar_list", Anybody),
    ("calendar_get", Anybody),
    ("calendar_due", Anybody),
    ("calendar_import", Staff("ManageCongress")),
    // deadlines
    // A handler of another organisation does not learn that it exists.
    (
        "deadline_get",
        Except(
            &StaffOrRepresentative("ViewDeadlines"),
            &[(Caller::Staff(Role::Handler), Told::NotFound)],
        ),
    ),
    ("my_deadline_list", Person),
    // representatives
    ("representative_public_list", Anybody),
    ("representative_list", Staff("ViewRepresentatives")),
    ("representative_create", Staff("ManageRepresentatives")),
    ("representative_get", Staff("ViewRepresentatives")),
    ("representative_update", Staff("ManageRepresentatives")),
    ("representative_suspend", Staff("ManageRepresentatives")),
    ("representative_resume", Staff("ManageRepresentatives")),
    ("representative_end", Staff("ManageRepresentatives")),
    ("representative_import", Staff("ManageRepresentatives")),
    ("representative_export_csv", Staff("ManageRepresentatives")),
    ("representative_export_xlsx", Staff("ManageRepresentatives")),
    ("representative_template", Staff("ViewRepresentatives")),
    // meetings
    ("meeting_list", Staff("ViewMeetings")),
    ("meeting_create", Staff("RunMeetings")),
    ("meeting_get", Staff("ViewMeetings")),
    ("meeting_update", Staff("RunMeetings")),
    ("meeting_cancel", Staff("RunMeetings")),
    ("sitting_list", Staff("ViewMeetings")),
    ("sitting_create", Staff("RunMeetings")),
    ("sitting_get", StaffOrRepresentative("ViewMeetings")),
    ("sitting_update", Staff("RunMeetings")),
    ("sitting_open", Staff("RunMeetings")),
    ("sitting_close", Staff("RunMeetings")),
    ("roster_list", Staff("ViewMeetings")),
    ("roster_update", Staff("RunMeetings")),
    ("roster_entry_create", Staff("RunMeetings")),
    ("roster_entry_delete", Staff("RunMeetings")),
    // leave
    // Who runs the meeting may ask for somebody who telephoned; who decides may not.
    ("leave_request_create", StaffOrRepresentative("RunMeetings")),
    ("leave_request_list", Staff("ViewMeetings")),
    ("my_leave_request_list", Person),
    // Nobody decides their own; the representative knows the request, so hiding it would be odd.
    (
        "leave_request_approve",
        Except(&Staff("DecideLeave"), &[(Caller::Representative, Told::Forbidden)]),
    ),
    (
        "leave_request_refuse",
        Except(&Staff("DecideLeave"), &[(Caller::Representative, Told::Forbidden)]),
    ),
    // Only who asked; staff who may see it learn that, handlers may not see it.
    (
        "leave_request_withdraw",
        Except(
            &Person,
            &[
                (Caller::Voter, Told::NotFound),
                (Caller::OtherAdmin, Told::NotFound),
                (Caller::Staff(Role::Handler), Told::NotFound),
                (Caller::Staff(Role::Supervisor), Told::Forbidden),
                (Caller::Staff(Role::Liaison), Told::Forbidden),
                (Caller::Staff(Role::Clerk), Told::Forbidden),
                (Caller::Staff(Role::Admin), Told::Forbidden),
            ],
        ),
    ),
    // attendance
    (
        "code_get",
        Except(&Staff("RunMeetings"), &[(Caller::Gate, Told::NotFound)]),
    ),
    (
        "code_svg",
        Except(&Staff("RunMeetings"), &[(Caller::Gate, Told::NotFound)]),
    ),
    (
        "code_png",
        Except(&Staff("RunMeetings"), &[(Caller::Gate, Told::NotFound)]),
    ),
    ("screen_create", Staff("RunMeetings")),
    ("code_resolve", Anybody),
    // Anybody may try: who is not on the roster is told so.
    ("check_in_create", Person),
    ("check_in_by_clerk", Staff("RunMeetings")),
    ("check_out_create", Person),
    ("return_create", Person),
    ("attendance_list", Staff("ViewMeetings")),
    ("attendance_csv", Staff("ViewMeetings")),
    ("attendance_xlsx", Staff("ViewMeetings")),
    ("attendance_sheet", Staff("ViewMeetings")),
    ("attendance_void", Staff("JudgeAttendance")),
    ("flag_list", Staff("ViewMeetings")),
    ("flag_decide", Staff("JudgeAttendance")),
    (
        "live_watch",
        Except(
            &StaffOrRepresentative("ViewMeetings"),
            &[(Caller::Gate, Told::NotFound)],
        ),
    ),
    ("meeting_attendance", Staff("ViewMeetings")),
    ("session_attendance", Staff("ViewMeetings")),
    ("attendance_warning_list", Staff("ViewMeetings")),
    // me
    ("my_sitting_list", Person),
    ("my_attendance_list", Person),
    ("my_seat_list", Person),
    // gates
    ("gate_list", Staff("ManageGates")),
    ("gate_create", Staff("ManageGates")),
    ("gate_revoke", Staff("ManageGates")),
    ("gate_enrol", Anybody),
    ("gate_sitting_list", Gate),
    ("gate_snapshot_get", Gate),
    ("gate_event_create", Gate),
    // Only for one's own seat: staff cannot make a code for somebody else.
    (
        "credential_create",
        Except(
            &Person,
            &[
                (Caller::Voter, Told::NotFound),
                (Caller::OtherAdmin, Told::NotFound),
                (Caller::Staff(Role::Handler), Told::NotFound),
                (Caller::Staff(Role::Supervisor), Told::NotFound),
                (Caller::Staff(Role::Liaison), Told::NotFound),
                (Caller::Staff(Role::Clerk), Told::NotFound),
                (Caller::Staff(Role::Admin), Told::NotFound),
            ],
        ),
    ),
    ("credential_revoke", StaffOrRepresentative("ManageGates")),
    // certificates
    ("certificate_create", StaffOrRepresentative("IssueCertificates")),
    ("certificate_get", Anybody),
    ("certificate_revoke", Staff("IssueCertificates")),
    // proposals
    ("proposal_create", Except(&Person, OTHERS)),
    ("my_proposal_list", Person),
    (
        "proposal_get",
        Except(&StaffOrRepresentative("ViewProposals"), HANDLER_HOLDS_NOTHING),
    ),
    ("proposal_update", Except(&Person, OTHERS)),
    ("proposal_submit", Except(&Person, OTHERS)),
    ("proposal_withdraw", Except(&Person, OTHERS)),
    ("proposal_cosign_invite", Except(&Person, OTHERS)),
    // The author has signed already; in this state nobody signs any more, which comes first.
    ("proposal_cosign_answer", Except(&Person, OTHERS)),
    ("proposal_attachment_create", Except(&Person, FILES)),
    (
        "proposal_attachment_get",
        Except(&StaffOrRepresentative("ViewProposals"), HANDLER_HOLDS_NOTHING),
    ),
    ("proposal_attachment_delete", Except(&Person, FILES)),
    ("congress_proposal_list", Staff("ViewProposals")),
    ("public_proposal_list", Anybody),
    ("proposal_request_list", Staff("ViewProposals")),
    ("commitment_list", Staff("ViewProposals")),
    ("proposal_return", Staff("RunProposals")),
    ("proposal_register", Staff("RunProposals")),
    ("proposal_classify", Staff("RunProposals")),
    ("proposal_merge", Staff("RunProposals")),
    ("proposal_key_set", Staff("RunProposals")),
    ("proposal_visit", Staff("RunProposals")),
    ("proposal_redact", Staff("RunProposals")),
    ("proposal_assign", Staff("RunProposals")),
    ("proposal_reassign_decide", Staff("RunProposals")),
    ("proposal_extension_decide", Staff("RunProposals")),
    ("my_proposal_inbox", Person),
    ("proposal_sign_for", Staff("HandleProposals")),
    ("proposal_contact", Staff("HandleProposals")),
    ("proposal_opinion_give", Staff("HandleProposals")),
    ("proposal_reassign_ask", Staff("HandleProposals")),
    ("proposal_extension_ask", Staff("HandleProposals")),
    ("proposal_consultation_offer", Staff("HandleProposals")),
    ("proposal_consultation_choose", StaffOrRepresentative("HandleProposals")),
    (
        "proposal_consultation_confirm",
        StaffOrRepresentative("HandleProposals"),
    ),
    ("proposal_reply_draft", Staff("HandleProposals")),
    ("proposal_reply_submit", Staff("HandleProposals")),
    ("proposal_reply_review", Staff("ReviewReplies")),
    ("proposal_grade", Except(&Person, OTHERS)),
    ("proposal_supervise", Staff("SuperviseProposals")),
    ("commitment_progress", Staff("HandleProposals")),
    ("commitment_close", Staff("HandleProposals")),
    ("congress_proposal_overdue", Staff("ViewProposals")),
    ("proposal_timeline", Anybody),
    ("category_list", Anybody),
    ("category_create", Staff("RunProposals")),
    ("category_update", Staff("RunProposals")),
    ("category_delete", Staff("RunProposals")),
    ("reply_template_list", Except(&Staff("RunProposals"), AND_HANDLERS)),
    ("reply_template_create", Except(&Staff("RunProposals"), AND_HANDLERS)),
    ("reply_template_update", Except(&Staff("RunProposals"), AND_HANDLERS)),
    ("reply_template_delete", Except(&Staff("RunProposals"), AND_HANDLERS)),
    // proposals: figures
    ("proposal_import_preview", Staff("RunProposals")),
    ("proposal_import", Staff("RunProposals")),
    ("proposal_import_template", Staff("ViewProposals")),
    ("proposal_statistics", Staff("ViewProposals")),
    ("proposal_search", Anybody),
    ("proposal_similar", StaffOrRepresentative("ViewProposals")),
    ("proposal_compendium", Anybody),
    // Only representatives score.
    (
        "unit_score_give",
        Except(
            &Person,
            &[
                (Caller::Voter, Told::NotFound),
                (Caller::OtherAdmin, Told::NotFound),
                (Caller::Staff(Role::Handler), Told::NotFound),
                (Caller::Staff(Role::Supervisor), Told::NotFound),
                (Caller::Staff(Role::Liaison), Told::NotFound),
                (Caller::Staff(Role::Clerk), Told::NotFound),
                (Caller::Staff(Role::Admin), Told::NotFound),
            ],
        ),
    ),
    ("unit_score_list", Staff("ViewProposals")),
    // audit
    ("audit_list", Staff("ReadAudit")),
    ("audit_verify", Staff("ReadAudit")),
    // demo
    ("demo_message_list", Anybody),
    ("demo_account_list", Anybody),
];

/// For what only a representative may do with what is their own: everybody else is told that it does not exist.
const OTHERS: &[(Caller, Told)] = &[
    (Caller::Voter, Told::NotFound),
    (Caller::OtherAdmin, Told::NotFound),
    (Caller::Staff(Role::Handler), Told::NotFound),
    (Caller::Staff(Role::Supervisor), Told::NotFound),
    (Caller::Staff(Role::Liaison), Told::NotFound),
    (Caller::Staff(Role::Clerk), Told::NotFound),
    (Caller::Staff(Role::Admin), Told::NotFound),
];
/// Files: staff see them and do not bring any; the caller's organisation holds no part of this proposal.
const FILES: &[(Caller, Told)] = &[
    (Caller::Voter, Told::NotFound),
    (Caller::OtherAdmin, Told::NotFound),
    (Caller::Staff(Role::Handler), Told::NotFound),
    (Caller::Staff(Role::Supervisor), Told::Forbidden),
    (Caller::Staff(Role::Liaison), Told::Forbidden),
    (Caller::Staff(Role::Clerk), Told::Forbidden),
    (Caller::Staff(Role::Admin), Told::Forbidden),
];
/// Who handles for an organisation that holds no part does not learn that a proposal exists.
const HANDLER_HOLDS_NOTHING: &[(Caller, Told)] = &[(Caller::Staff(Role::Handler), Told::NotFound)];
/// The organisation's own.
const AND_HANDLERS: &[(Caller, Told)] = &[(Caller::Staff(Role::Handler), Told::Allowed)];

/// Bodies that the examples of the contract do not give.
fn body_of(operation: &str, world: &World) -> Option<Value> {
    match operation {
        "congress_create" => Some(json!({
            "parent_id": world.congress, "level": "township", "name": "新桥镇人民代表大会", "short_name": "新桥镇",
            "region_code": format!("330108{:03}", world.fresh_number()),
        })),
        "certificate_create" => {
            // There is a certificate only of what was attended.
            let (_, sitting, entry) = world.sitting();
            world.app.sql(&format!(
                "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method)
                   VALUES ('{sitting}', '{entry}', '{}', '{AT}', 'hall_code')",
                world.congress
            ));
            Some(json!({ "representative_id": world.representative, "sitting_id": sitting }))
        }
        "credential_create" => Some(json!({
            "representative_id": world.representative, "device_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        })),
        "proposal_merge" => Some(json!({ "into_id": world.make("proposal") })),
        "category_create" | "category_update" => {
            Some(json!({ "name": format!("类别{}", world.fresh_number()), "position": 1 }))
        }
        "leave_request_create" => Some(json!({
            "representative_id": world.representative, "grain": "sitting", "sitting_id": world.make("sitting"),
            "kind": "sick", "reason": "因病住院",
        })),
        _ => None,
    }
}

/// Rows for one call.
struct World<'a> {
    app: &'a TestApp,
    congress: Id,
    /// The representative who calls, with a seat on every roster.
    representative: Id,
    representative_account: Id,
    /// The session of the call.
    session: Option<Id>,
    sitting: std::cell::OnceCell<(Id, Id, Id)>,
    /// For which the handler handles.
    organisation: Id,
    proposal: std::cell::OnceCell<Id>,
}

impl World<'_> {
    fn fresh_number(&self) -> u32 {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }

    /// Meeting, sitting and roster entry that belong together.
    fn sitting(&self) -> (Id, Id, Id) {
        *self.sitting.get_or_init(|| {
            let (meeting, sitting, entry, c) = (Id::new(), Id::new(), Id::new(), self.congress);
            self.app.sql(&format!(
                "INSERT INTO meetings (id, congress_id, kind, title, starts_on, ends_on, state, created_at)
                   VALUES ('{meeting}', '{c}', 'training', '培训', '2026-03-02', '2026-03-06', 'planned', '{AT}');
                 INSERT INTO sittings (id, congress_id, meeting_id, title, place, starts_at, late_after, ends_at, state, quorum_rule, created_at)
                   VALUES ('{sitting}', '{c}', '{meeting}', '上午', '大会堂', '{AT}', '{AT}', '2026-03-03T04:00:00.000000Z', 'draft', 'none', '{AT}');
                 INSERT INTO roster_entries (id, sitting_id, congress_id, account_id, representative_id, class, name, name_pinyin, position, suspended)
                   VALUES ('{entry}', '{sitting}', '{c}', '{}', '{}', 'voting', '代表', 'daibiao', 0, false)",
                self.representative_account, self.representative
            ));
            (meeting, sitting, entry)
        })
    }

    /// A registered proposal of the representative; that of the path, to which other rows belong.
    fn proposal(&self) -> Id {
        *self.proposal.get_or_init(|| {
            let (id, signatory, c, n) = (Id::new(), Id::new(), self.congress, self.fresh_number());
            let session = self.make("congress_session");
            let (seat, account) = (self.representative, self.representative_account);
            self.app.sql(&format!(
                "INSERT INTO proposals (id, congress_id, session_id, author_id, kind, in_session, title, body, number, state, round, is_key,
                     created_at, updated_at, submitted_at, registered_at, version)
                   VALUES ('{id}', '{c}', '{session}', '{seat}', 'suggestion', true, '建议', '正文', '17-6-建议-{n}', 'registered', 1, false,
                     '{AT}', '{AT}', '{AT}', '{AT}', 1);
                 INSERT INTO proposal_signatories (id, congress_id, proposal_id, representative_id, account_id, role, state, invited_at, answered_at)
                   VALUES ('{signatory}', '{c}', '{id}', '{seat}', '{account}', 'author', 'signed', '{AT}', '{AT}')"
            ));
            id
        })
    }

    /// A part of it, held by the handler's organisation.
    fn handling(&self) -> Id {
        let (id, p, c, organisation) = (Id::new(), self.proposal(), self.congress, self.organisation);
        let account = self.representative_account;
        self.app.sql(&format!(
            "INSERT INTO proposal_handlings (id, congress_id, proposal_id, organisation_id, role, state, round, round_on, extended, assigned_by,
                 assigned_at, due_on, due_provisional)
               VALUES ('{id}', '{c}', '{p}', '{organisation}', 'lead', 'assigned', 1, '2026-03-02', false, '{account}', '{AT}', '2026-03-16', false)"
        ));
        id
    }

    /// A real id of something, by its word in paths and bodies.
    fn make(&self, what: &str) -> Id {
        let (id, c, at) = (Id::new(), self.congress, AT);
        let n = self.fresh_number();
        let term = self.app.congress.term_id;
        let row = match what {
            "congress" | "parent" => return c,
            "term" => return term,
            "meeting" => return self.sitting().0,
            "sitting" => return self.sitting().1,
            "entry" => return self.sitting().2,
            "representative" => return self.representative,
            "session" => return self.session.unwrap_or(id),
            "delegation" => return self.app.congress.delegations[0],
            "account" => format!(
                "INSERT INTO accounts (id, name, login, totp_last_step, failed_logins, created_at) VALUES ('{id}', '职员', 'staff{n}', 0, 0, '{at}');
                 INSERT INTO grants (account_id, congress_id, role, created_at) VALUES ('{id}', '{c}', 'clerk', '{at}')"
            ),
            "unit" => format!(
                "INSERT INTO units (id, congress_id, kind, name, position, created_at) VALUES ('{id}', '{c}', 'station', '联络站{n}', 0, '{at}')"
            ),
            "body" => format!(
                "INSERT INTO bodies (id, congress_id, term_id, kind, name, quorum_rule, created_at) VALUES ('{id}', '{c}', '{term}', 'committee', '委员会{n}', 'majority', '{at}')"
            ),
            "organisation" => format!(
                "INSERT INTO organisations (id, congress_id, name, short_name) VALUES ('{id}', '{c}', '承办单位{n}', '单位{n}')"
            ),
            "congress_session" => format!(
                "INSERT INTO congress_sessions (id, congress_id, term_id, number, title, starts_on, ends_on)
                   VALUES ('{id}', '{c}', '{term}', {}, '会议{n}', '2026-03-02', '2026-03-06')", n + 1000
            ),
            "deadline" => format!(
                "INSERT INTO deadlines (id, congress_id, kind, subject_kind, subject_id, holder_id, title, rule_name, start_on, due_on, provisional, derivation, state, late_days, round, created_at)
                   VALUES ('{id}', '{c}', 'reply', 'proposal', '{id}', '{}', '第{n}号建议', '答复', '2026-03-02', '2026-06-02', false, '{{}}', 'running', 0, 1, '{at}')",
                self.representative
            ),
            "proposal" => return self.proposal(),
            "handling" => return self.handling(),
            "category" => format!(
                "INSERT INTO categories (id, congress_id, name, position, created_at) VALUES ('{id}', '{c}', '分类{n}', 0, '{at}')"
            ),
            "reply_template" => format!(
                "INSERT INTO reply_templates (id, congress_id, organisation_id, title, body, created_at, updated_at)
                   VALUES ('{id}', '{c}', '{}', '模板', '正文', '{at}', '{at}')", self.organisation
            ),
            "attachment" => {
                let folder = self.app.services.config.data_dir.join("files");
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(folder.join(id.to_string()), "text").unwrap();
                format!(
                    "INSERT INTO proposal_attachments (id, congress_id, proposal_id, name, media_type, size, sha256, uploaded_by, uploaded_at)
                       VALUES ('{id}', '{c}', '{}', 'a.txt', 'text/plain', 4, 'x', '{}', '{at}')",
                    self.proposal(), self.representative_account
                )
            }
            "consultation" => format!(
                "INSERT INTO proposal_consultations (id, congress_id, proposal_id, handling_id, round, state, place, slots, offered_by, offered_at)
                   VALUES ('{id}', '{c}', '{}', '{}', 1, 'offered', '会议室', '[]', '{}', '{at}')",
                self.proposal(), self.handling(), self.representative_account
            ),
            "commitment" => {
                let (p, h, reply, account) = (self.proposal(), self.handling(), Id::new(), self.representative_account);
                format!(
                    "INSERT INTO proposal_replies (id, congress_id, proposal_id, handling_id, round, purpose, state, number, class, body,
                         contact_name, contact_phone, opinions, drafted_by, drafted_at, issued_at)
                       VALUES ('{reply}', '{c}', '{p}', '{h}', 1, 'answer', 'issued', '复{n}', 'b', '正文', '李工', '0571', '[]', '{account}', '{at}', '{at}');
                     INSERT INTO proposal_commitments (id, congress_id, proposal_id, handling_id, reply_id, promise, due_on, state, opened_at)
                       VALUES ('{id}', '{c}', '{p}', '{h}', '{reply}', '新建充电位', '2026-12-31', 'open', '{at}')"
                )
            }
            "gate" => format!("INSERT INTO gates (id, congress_id, name, created_at) VALUES ('{id}', '{c}', '东门', '{at}')"),
            "flag" => {
                let (_, sitting, entry) = self.sitting();
                format!(
                    "INSERT INTO attendance_flags (id, sitting_id, congress_id, entry_id, kind, other, detail, state, created_at)
                       VALUES ('{id}', '{sitting}', '{c}', '{entry}', 'same_device', '', '{{}}', 'open', '{at}')"
                )
            }
            "leave_request" => {
                let (_, sitting, _) = self.sitting();
                format!(
                    "INSERT INTO leave_requests (id, congress_id, representative_id, grain, sitting_id, kind, reason, state, approver, requested_by, requested_at)
                       VALUES ('{id}', '{c}', '{}', 'sitting', '{sitting}', 'sick', '因病', 'requested', 'standing_committee', '{}', '{at}')",
                    self.representative, self.representative_account
                )
            }
            "credential" => format!(
                "INSERT INTO credentials (id, congress_id, representative_id, session_id, device_key, valid_from, valid_until, created_at)
                   VALUES ('{id}', '{c}', '{}', '{}', {}, '{at}', '2026-12-31T00:00:00.000000Z', '{at}')",
                self.representative, Id::new(), blob(self.app, 32)
            ),
            "certificate" => format!(
                "INSERT INTO certificates (id, congress_id, representative_id, body, kid, signature, issued_by, created_at)
                   VALUES ('{id}', '{c}', '{}', '{{}}', 'x', {}, '{}', '{at}')",
                self.representative, blob(self.app, 64), self.representative_account
            ),
            "message" => format!(
                "INSERT INTO outbox (id, congress_id, template, template_version, params_sealed, state, created_at, attempts, tried)
                   VALUES ('{id}', '{c}', 'leave_decided', 1, {}, 'failed', '{at}', 1, '')", blob(self.app, 32)
            ),
            other => panic!("World::make knows no `{other}`: teach it"),
        };
        self.app.sql(&row);
        id
    }

    /// The path with real ids: `{id}` is of the kind that stands before it.
    fn path(&self, path: &str) -> String {
        let parts: Vec<&str> = path.trim_start_matches("/api/v1").split('/').collect();
        let fill = |(n, part): (usize, &&str)| -> String {
            let Some((name, rest)) = part.strip_prefix('{').and_then(|p| p.split_once('}')) else {
                return (*part).to_owned();
            };
            // Not an id: one of the years that are held.
            if name == "year" {
                return format!("2027{rest}");
            }
            let what = match name.strip_suffix("_id") {
                Some(what) => what.to_owned(),
                None => match parts[n - 1] {
                    "congresses" => "congress".to_owned(),
                    "bodies" => "body".to_owned(),
                    "categories" => "category".to_owned(),
                    plural => plural.trim_end_matches('s').to_owned(),
                },
            };
            format!("{}{rest}", self.make(&what))
        };
        parts.iter().enumerate().map(fill).collect::<Vec<_>>().join("/")
    }

    /// A value that fits a schema of the contract.
    fn value(&self, contract: &Value, name: &str, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.rsplit('/').next().unwrap();
            if target == "Id" {
                return json!(self.make(name.strip_suffix("_id").unwrap_or(name)));
            }
            return self.value(contract, name, &contract["components"]["schemas"][target]);
        }
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            return example.clone();
        }
        for of in ["oneOf", "anyOf", "allOf"] {
            if let Some(first) = schema[of]
                .as_array()
                .and_then(|a| a.iter().find(|s| s["type"] != "null"))
            {
                return self.value(contract, name, first);
            }
        }
        if let Some(word) = schema["enum"][0].as_str() {
            return json!(word);
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
        match kind {
            Some("object") => {
                let required = schema["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                let property = |p: &str| (p.to_owned(), self.value(contract, p, &schema["properties"][p]));
                Value::Object(required.map(property).collect::<Map<_, _>>())
            }
            Some("array") => {
                let singular = name.trim_end_matches('s');
                json!([self.value(contract, singular, &schema["items"])])
            }
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(false),
            _ => match schema["format"].as_str() {
                Some("uuid") => json!(self.make(name.strip_suffix("_id").unwrap_or(name))),
                Some("date") => json!("2026-03-02"),
                Some("date-time") => json!(AT),
                _ => json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1) as usize)),
            },
        }
    }

    async fn call(&self, contract: &Value, op: &Operation, client: &Client) -> (Told, String) {
        let mut path = self.path(&op.path);
        let query = op.value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|p| p["in"] == "query" && p["required"] == true);
        for (n, p) in query.enumerate() {
            let name = p["name"].as_str().unwrap();
            let value = self.value(contract, name, &p["schema"]);
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            path += &format!("{}{name}={value}", if n == 0 { '?' } else { '&' });
        }
        let mut request = client.request(&op.method, &path);
        if let Some(content) = op.value["requestBody"]["content"].as_object() {
            request = match content.get("application/json") {
                Some(json) => {
                    let body = body_of(&op.id, self).unwrap_or_else(|| self.value(contract, "", &json["schema"]));
                    request.json(&body)
                }
                None => request.header("content-type", "text/csv").body("姓名\n王代表\n"),
            };
        }
        let answer = client.send(request).await;
        let problem: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
        let told = match (answer.status, problem["code"].as_str()) {
            (401, Some("not_logged_in" | "token_expired")) => Told::LogIn,
            (401, Some("session_revoked")) if !PUBLIC.contains(&op.id.as_str()) => Told::LogIn,
            (403, Some("forbidden" | "second_factor_missing")) => Told::Forbidden,
            (404, _) => Told::NotFound,
            (500.., _) => Told::Failed,
            _ => Told::Allowed,
        };
        (
            told,
            format!("{} {}", answer.status, problem["code"].as_str().unwrap_or_default()),
        )
    }
}

const AT: &str = "2026-03-02T01:00:00.000000Z";

/// Bytes as a literal of either database.
fn blob(app: &TestApp, n: usize) -> String {
    let hex = "00".repeat(n);
    if app.services.db.is_postgres() {
        format!("'\\x{hex}'")
    } else {
        format!("x'{hex}'")
    }
}

/// A session of its own for each call: an operation may end it.
async fn log_in(app: &TestApp, owner: Owner) -> (Client, Id) {
    let (s, now) = (app.services.clone(), app.clock.now());
    let tokens = app
        .services
        .db
        .write(move |c| {
            let device = Device {
                id: "access".into(),
                name: "access".into(),
            };
            sessions::open(c, &s.keys, &s.config.auth, owner, &device, now)
        })
        .await
        .expect("a session is opened");
    (app.with_token(&tokens.access_token), tokens.session_id)
}

fn account_of(app: &TestApp, client: &Client) -> Id {
    app.services
        .keys
        .check_access(client.token.as_deref().expect("a token"))
        .expect("a good token")
        .sub
}

both! {
    async fn of_every_operation_for_every_role(app, {
        "demo": true,
        "limits": { "logins_per_minute": 100_000, "wrong_codes_per_minute": 100_000 },
        "auth": { "sms_per_number_hour": 100_000, "sms_per_address_hour": 100_000 },
    }) {
        let contract = app.nobody().get("//openapi.json").await.json(200);
        let seat = app.seats(1).await.remove(0);
        let gate = Id::new();
        app.sql(&format!(
            "INSERT INTO gates (id, congress_id, name, created_at) VALUES ('{gate}', '{}', '东门', '{AT}')", app.congress.id));
        let organisation = Id::new();
        app.sql(&format!(
            "INSERT INTO organisations (id, congress_id, name, short_name) VALUES ('{organisation}', '{c}', '区住建局', '住建');
             UPDATE grants SET organisation_id = '{organisation}' WHERE congress_id = '{c}' AND role = 'handler'", c = app.congress.id));
        let mut problems = vec![];
        for op in operations(&contract) {
            let Some((_, rule)) = TABLE.iter().find(|(id, _)| *id == op.id) else {
                problems.push(format!("{} {} ({}) is not in TABLE: who may call it?", op.method, op.path, op.id));
                continue;
            };
            for caller in CALLERS {
                let staff = |role| match role {
                    Role::Admin => &app.congress.admin,
                    Role::Clerk => &app.congress.clerk,
                    Role::Liaison => &app.congress.liaison,
                    Role::Supervisor => &app.congress.supervisor,
                    Role::Handler => &app.congress.handler,
                };
                let owner = match caller {
                    Caller::Nobody => None,
                    Caller::Voter => Some(Owner::Account(account_of(app, &app.congress.voter))),
                    Caller::Representative => Some(Owner::Account(seat.account_id)),
                    Caller::Staff(role) => Some(Owner::Account(account_of(app, staff(role)))),
                    Caller::Gate => Some(Owner::Gate(gate)),
                    Caller::OtherAdmin => Some(Owner::Account(account_of(app, &app.other.admin))),
                };
                let (client, session) = match owner {
                    None => (app.nobody(), None),
                    Some(owner) => {
                        let (client, session) = log_in(app, owner).await;
                        (client, Some(session))
                    }
                };
                let world = World {
                    app, congress: app.congress.id, representative: seat.representative_id,
                    representative_account: seat.account_id, session, sitting: Default::default(),
                    organisation, proposal: Default::default(),
                };
                let expected = rule.told(caller);
                let (told, answer) = world.call(&contract, &op, &client).await;
                if told != expected {
                    problems.push(format!("{} as {caller:?}: {told:?} ({answer}), expected {expected:?}", op.id));
                }
            }
        }
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
