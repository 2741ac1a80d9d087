//! The tables, once for both databases; the SQL types in `db::types` are native in PostgreSQL and text in SQLite.

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    congresses (id) {
        id -> DbId,
        parent_id -> Nullable<DbId>,
        level -> Text,
        name -> Text,
        short_name -> Text,
        region_code -> Text,
        settings -> DbJson,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    terms (id) {
        id -> DbId,
        congress_id -> DbId,
        number -> Integer,
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    congress_sessions (id) {
        id -> DbId,
        congress_id -> DbId,
        term_id -> DbId,
        number -> Integer,
        title -> Text,
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    organisations (id) {
        id -> DbId,
        congress_id -> DbId,
        name -> Text,
        short_name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    accounts (id) {
        id -> DbId,
        name -> Text,
        login -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        totp_secret_sealed -> Nullable<Binary>,
        totp_confirmed_at -> Nullable<DbTs>,
        totp_last_step -> BigInt,
        failed_logins -> Integer,
        locked_until -> Nullable<DbTs>,
        phone_sealed -> Nullable<Binary>,
        phone_index -> Nullable<Text>,
        wechat_openid -> Nullable<Text>,
        created_at -> DbTs,
        disabled_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    grants (account_id, congress_id, role) {
        account_id -> DbId,
        congress_id -> DbId,
        role -> Text,
        organisation_id -> Nullable<DbId>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    units (id) {
        id -> DbId,
        congress_id -> DbId,
        kind -> Text,
        name -> Text,
        position -> Integer,
        head_account_id -> Nullable<DbId>,
        address -> Nullable<Text>,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    representatives (id) {
        id -> DbId,
        congress_id -> DbId,
        term_id -> DbId,
        account_id -> DbId,
        number -> Text,
        name -> Text,
        name_pinyin -> Text,
        gender -> Nullable<Text>,
        ethnicity -> Nullable<Text>,
        party -> Nullable<Text>,
        employer -> Nullable<Text>,
        job_title -> Nullable<Text>,
        delegation_id -> Nullable<DbId>,
        group_id -> Nullable<DbId>,
        district_id -> Nullable<DbId>,
        status -> Text,
        ended_on -> Nullable<Date>,
        created_at -> DbTs,
        updated_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    bodies (id) {
        id -> DbId,
        congress_id -> DbId,
        term_id -> DbId,
        kind -> Text,
        name -> Text,
        quorum_rule -> Text,
        seat_count -> Nullable<Integer>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    body_members (body_id, representative_id) {
        body_id -> DbId,
        representative_id -> DbId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    sessions (id) {
        id -> DbId,
        account_id -> Nullable<DbId>,
        gate_id -> Nullable<DbId>,
        device_id -> Text,
        device_name -> Text,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        rotated_at -> DbTs,
        created_at -> DbTs,
        expires_at -> DbTs,
        revoked_at -> Nullable<DbTs>,
        revoked_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    sms_codes (id) {
        id -> DbId,
        phone_index -> Text,
        code_hash -> Binary,
        tries -> Integer,
        created_at -> DbTs,
        expires_at -> DbTs,
        used_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    signing_keys (kid) {
        kid -> Text,
        purpose -> Text,
        secret_sealed -> Binary,
        public_key -> Nullable<Binary>,
        created_at -> DbTs,
        retired_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    outbox (id) {
        id -> DbId,
        congress_id -> Nullable<DbId>,
        account_id -> Nullable<DbId>,
        channel -> Text,
        template -> Text,
        recipient_sealed -> Binary,
        params_sealed -> Binary,
        state -> Text,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    idempotency_keys (owner, key) {
        owner -> Text,
        key -> Text,
        operation -> Text,
        request_hash -> Binary,
        status -> Integer,
        body -> Text,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    audit_lines (id) {
        seal_key -> BigInt,
        id -> DbId,
        congress_id -> Nullable<DbId>,
        at -> DbTs,
        actor_kind -> Text,
        actor_id -> Nullable<DbId>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<DbId>,
        detail -> DbJson,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    audit_seals (no) {
        no -> BigInt,
        source -> Text,
        from_key -> BigInt,
        to_key -> BigInt,
        row_count -> Integer,
        digests -> Binary,
        previous_hash -> Binary,
        hash -> Binary,
        kid -> Text,
        signature -> Binary,
        sealed_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    meetings (id) {
        id -> DbId,
        congress_id -> DbId,
        kind -> Text,
        title -> Text,
        body_id -> Nullable<DbId>,
        unit_id -> Nullable<DbId>,
        congress_session_id -> Nullable<DbId>,
        starts_on -> Date,
        ends_on -> Date,
        state -> Text,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    sittings (id) {
        id -> DbId,
        congress_id -> DbId,
        meeting_id -> DbId,
        title -> Text,
        place -> Text,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        radius_m -> Nullable<Integer>,
        starts_at -> DbTs,
        late_after -> DbTs,
        ends_at -> DbTs,
        state -> Text,
        quorum_rule -> Text,
        seats_total -> Nullable<Integer>,
        opened_at -> Nullable<DbTs>,
        closed_at -> Nullable<DbTs>,
        roster_version -> BigInt,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    roster_entries (id) {
        id -> DbId,
        sitting_id -> DbId,
        congress_id -> DbId,
        account_id -> Nullable<DbId>,
        representative_id -> Nullable<DbId>,
        delegation_id -> Nullable<DbId>,
        class -> Text,
        name -> Text,
        name_pinyin -> Text,
        seat_label -> Nullable<Text>,
        position -> Integer,
        suspended -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    attendances (sitting_id, entry_id) {
        seal_key -> BigInt,
        sitting_id -> DbId,
        entry_id -> DbId,
        congress_id -> DbId,
        at -> DbTs,
        method -> Text,
        device_id -> Nullable<Text>,
        gate_id -> Nullable<DbId>,
        distance_m -> Nullable<Integer>,
        recorded_by -> Nullable<DbId>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    attendance_moves (id) {
        id -> DbId,
        sitting_id -> DbId,
        entry_id -> DbId,
        congress_id -> DbId,
        kind -> Text,
        at -> DbTs,
        method -> Text,
        gate_id -> Nullable<DbId>,
        recorded_by -> Nullable<DbId>,
        reason -> Nullable<Text>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    attendance_flags (id) {
        id -> DbId,
        sitting_id -> DbId,
        congress_id -> DbId,
        entry_id -> DbId,
        kind -> Text,
        other -> Text,
        detail -> DbJson,
        state -> Text,
        created_at -> DbTs,
        decided_by -> Nullable<DbId>,
        decided_at -> Nullable<DbTs>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    leave_requests (id) {
        id -> DbId,
        congress_id -> DbId,
        representative_id -> DbId,
        grain -> Text,
        sitting_id -> Nullable<DbId>,
        meeting_id -> Nullable<DbId>,
        congress_session_id -> Nullable<DbId>,
        kind -> Text,
        reason -> Text,
        state -> Text,
        approver -> Text,
        requested_by -> DbId,
        requested_at -> DbTs,
        decided_by -> Nullable<DbId>,
        decided_at -> Nullable<DbTs>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    gates (id) {
        id -> DbId,
        congress_id -> DbId,
        name -> Text,
        enrol_hash -> Nullable<Binary>,
        enrol_expires_at -> Nullable<DbTs>,
        public_key -> Nullable<Binary>,
        enrolled_at -> Nullable<DbTs>,
        revoked_at -> Nullable<DbTs>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    gate_events (gate_id, seq) {
        gate_id -> DbId,
        seq -> BigInt,
        sitting_id -> DbId,
        entry_id -> Nullable<DbId>,
        event_hash -> Binary,
        scanned_at -> DbTs,
        clock_offset_ms -> BigInt,
        outcome -> Text,
        received_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    credentials (id) {
        id -> DbId,
        congress_id -> DbId,
        representative_id -> DbId,
        session_id -> DbId,
        device_key -> Binary,
        valid_from -> DbTs,
        valid_until -> DbTs,
        revoked_at -> Nullable<DbTs>,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    certificates (id) {
        id -> DbId,
        congress_id -> DbId,
        representative_id -> DbId,
        body -> DbJson,
        kid -> Text,
        signature -> Binary,
        issued_by -> DbId,
        created_at -> DbTs,
        revoked_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    deadlines (id) {
        id -> DbId,
        congress_id -> DbId,
        kind -> Text,
        subject_kind -> Text,
        subject_id -> DbId,
        holder_id -> Nullable<DbId>,
        title -> Text,
        start_on -> Date,
        due_on -> Date,
        provisional -> Bool,
        derivation -> DbJson,
        state -> Text,
        ended_at -> Nullable<DbTs>,
        late_days -> Integer,
        created_at -> DbTs,
    }
}

diesel::joinable!(terms -> congresses (congress_id));
diesel::joinable!(congress_sessions -> congresses (congress_id));
diesel::joinable!(congress_sessions -> terms (term_id));
diesel::joinable!(organisations -> congresses (congress_id));
diesel::joinable!(grants -> accounts (account_id));
diesel::joinable!(grants -> congresses (congress_id));
diesel::joinable!(grants -> organisations (organisation_id));
diesel::joinable!(units -> congresses (congress_id));
diesel::joinable!(units -> accounts (head_account_id));
diesel::joinable!(representatives -> congresses (congress_id));
diesel::joinable!(representatives -> terms (term_id));
diesel::joinable!(representatives -> accounts (account_id));
diesel::joinable!(bodies -> congresses (congress_id));
diesel::joinable!(bodies -> terms (term_id));
diesel::joinable!(body_members -> bodies (body_id));
diesel::joinable!(body_members -> representatives (representative_id));
diesel::joinable!(sessions -> accounts (account_id));
diesel::joinable!(outbox -> congresses (congress_id));
diesel::joinable!(outbox -> accounts (account_id));
diesel::joinable!(meetings -> congresses (congress_id));
diesel::joinable!(meetings -> bodies (body_id));
diesel::joinable!(meetings -> units (unit_id));
diesel::joinable!(meetings -> congress_sessions (congress_session_id));
diesel::joinable!(sittings -> congresses (congress_id));
diesel::joinable!(sittings -> meetings (meeting_id));
diesel::joinable!(roster_entries -> sittings (sitting_id));
diesel::joinable!(roster_entries -> congresses (congress_id));
diesel::joinable!(leave_requests -> congresses (congress_id));
diesel::joinable!(leave_requests -> representatives (representative_id));
diesel::joinable!(leave_requests -> sittings (sitting_id));
diesel::joinable!(leave_requests -> meetings (meeting_id));
diesel::joinable!(leave_requests -> congress_sessions (congress_session_id));
diesel::joinable!(gates -> congresses (congress_id));
diesel::joinable!(gate_events -> gates (gate_id));
diesel::joinable!(credentials -> congresses (congress_id));
diesel::joinable!(credentials -> representatives (representative_id));
diesel::joinable!(certificates -> congresses (congress_id));
diesel::joinable!(certificates -> representatives (representative_id));
diesel::joinable!(deadlines -> congresses (congress_id));
diesel::allow_tables_to_appear_in_same_query!(
    congresses,
    terms,
    congress_sessions,
    organisations,
    accounts,
    grants,
    units,
    representatives,
    bodies,
    body_members,
    sessions,
    sms_codes,
    signing_keys,
    outbox,
    idempotency_keys,
    audit_lines,
    audit_seals,
    meetings,
    sittings,
    roster_entries,
    attendances,
    attendance_moves,
    attendance_flags,
    leave_requests,
    gates,
    gate_events,
    credentials,
    certificates,
    deadlines,
);
