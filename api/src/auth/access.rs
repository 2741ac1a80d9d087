//! Which role may do what: the one table. `ARCHITECTURE.md` shows it, and a test keeps both the same.

use crate::text_enum;

text_enum! {
    /// What a member of staff is in one congress.
    Role {
        /// 管理员: accounts, roles, structure.
        Admin = "admin",
        /// 会务: runs meetings.
        Clerk = "clerk",
        /// 人代工委: runs representatives' work.
        Liaison = "liaison",
        /// 督办: supervises handling.
        Supervisor = "supervisor",
        /// 经办人 of an organisation.
        Handler = "handler",
    }
}

/// Something that needs a role.
pub trait Action: Send + Sync + 'static {
    const NAME: &'static str;
    const ROLES: &'static [Role];
}

macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident: $($role:ident)+;)+) => {
        $($(#[$meta])* pub struct $name;
        impl Action for $name {
            const NAME: &'static str = stringify!($name);
            const ROLES: &'static [Role] = &[$(Role::$role),+];
        })+
        /// The whole table, for documents and tests.
        pub const TABLE: &[(&str, &[Role])] = &[$((stringify!($name), <$name as Action>::ROLES)),+];
    };
}

actions! {
    /// Change the congress, its terms, sessions, bodies, units and organisations; found congresses below it.
    ManageCongress: Admin;
    /// Give and take accounts and roles.
    ManageStaff: Admin;
    /// See the roster of representatives with what the public does not see.
    ViewRepresentatives: Admin Clerk Liaison Supervisor;
    /// Change the roster of representatives, import it, suspend and end seats.
    ManageRepresentatives: Admin Liaison;
    /// See meetings, sittings, rosters and attendance.
    ViewMeetings: Admin Clerk Liaison Supervisor;
    /// Plan meetings, build rosters, open and close sittings, show the code, sign in by hand.
    RunMeetings: Admin Clerk;
    /// Judge flags and void a false sign-in.
    JudgeAttendance: Admin Clerk Liaison;
    /// Decide leave on the standing committee's side.
    DecideLeave: Admin Liaison;
    /// Register and revoke gates.
    ManageGates: Admin Clerk;
    /// Issue attendance certificates for others.
    IssueCertificates: Admin Clerk Liaison;
    /// See proposals that were submitted, with their feedback.
    ViewProposals: Admin Clerk Liaison Supervisor;
    /// Check, return, register, classify, merge and assign proposals; decide what handlers ask for; redact what the public reads.
    RunProposals: Admin Clerk Liaison;
    /// Handle what the own organisation holds.
    HandleProposals: Handler;
    /// Pass or return replies: first the committee, then the review offices.
    ReviewReplies: Liaison Supervisor;
    /// Decide what becomes of a proposal that did not satisfy twice.
    SuperviseProposals: Supervisor;
    /// Read the audit and check its chain.
    ReadAudit: Admin Supervisor;
    /// See the deadlines of everybody, how they were reached, and who was reminded.
    ViewDeadlines: Admin Clerk Liaison Supervisor;
    /// See which messages were sent.
    ReadOutbox: Admin Liaison;
    /// Try messages again that no channel took, and settle those of which nobody knows whether they were sent.
    SettleMessages: Admin Liaison;
}
