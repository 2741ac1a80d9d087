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
        email_sealed -> Nullable<Binary>,
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
        heads_organisation -> Bool,
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
        channel -> Nullable<Text>,
        template -> Text,
        template_version -> Integer,
        recipient_sealed -> Nullable<Binary>,
        params_sealed -> Binary,
        state -> Text,
        created_at -> DbTs,
        subject_kind -> Nullable<Text>,
        subject_id -> Nullable<DbId>,
        expires_at -> Nullable<DbTs>,
        attempts -> Integer,
        tried -> Text,
        due_at -> Nullable<DbTs>,
        lease_owner -> Nullable<Text>,
        driver -> Nullable<Text>,
        error_class -> Nullable<Text>,
        error -> Nullable<Text>,
        sent_at -> Nullable<DbTs>,
        settled_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    deliveries (id) {
        id -> DbId,
        message_id -> DbId,
        congress_id -> Nullable<DbId>,
        attempt -> Integer,
        channel -> Text,
        driver -> Text,
        recipient_sealed -> Binary,
        at -> DbTs,
        outcome -> Text,
        ended_at -> Nullable<DbTs>,
        provider_id -> Nullable<Text>,
        error -> Nullable<Text>,
        receipt -> Nullable<Text>,
        receipt_code -> Nullable<Text>,
        receipt_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    early_receipts (driver, provider_id) {
        driver -> Text,
        provider_id -> Text,
        receipt -> Text,
        code -> Text,
        at -> DbTs,
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
    calendar_years (year) {
        year -> Integer,
        published -> Bool,
        version -> Integer,
        days -> DbJson,
        imported_at -> DbTs,
        imported_by -> Nullable<DbId>,
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
        rule_name -> Text,
        start_on -> Date,
        due_on -> Date,
        provisional -> Bool,
        derivation -> DbJson,
        state -> Text,
        ended_at -> Nullable<DbTs>,
        late_days -> Integer,
        round -> Integer,
        created_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    deadline_people (deadline_id, account_id) {
        deadline_id -> DbId,
        account_id -> DbId,
        congress_id -> DbId,
        part -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    reminders (id) {
        id -> DbId,
        congress_id -> DbId,
        deadline_id -> DbId,
        account_id -> DbId,
        part -> Text,
        round -> Integer,
        step -> Integer,
        due_at -> DbTs,
        next_at -> DbTs,
        state -> Text,
        sent_at -> Nullable<DbTs>,
        message_id -> Nullable<DbId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    categories (id) {
        id -> DbId,
        congress_id -> DbId,
        parent_id -> Nullable<DbId>,
        name -> Text,
        position -> Integer,
        created_at -> DbTs,
        retired_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposals (id) {
        id -> DbId,
        congress_id -> DbId,
        session_id -> DbId,
        author_id -> DbId,
        kind -> Text,
        in_session -> Bool,
        title -> Text,
        body -> Text,
        grounds -> Nullable<Text>,
        plan -> Nullable<Text>,
        category_id -> Nullable<DbId>,
        seq -> Nullable<Integer>,
        number -> Nullable<Text>,
        state -> Text,
        round -> Integer,
        class -> Nullable<Text>,
        is_key -> Bool,
        merged_into -> Nullable<DbId>,
        created_at -> DbTs,
        updated_at -> DbTs,
        submitted_at -> Nullable<DbTs>,
        registered_at -> Nullable<DbTs>,
        assigned_at -> Nullable<DbTs>,
        replied_at -> Nullable<DbTs>,
        ended_at -> Nullable<DbTs>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_counters (session_id, kind) {
        session_id -> DbId,
        kind -> Text,
        last -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_signatories (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        representative_id -> DbId,
        account_id -> DbId,
        role -> Text,
        state -> Text,
        invited_at -> DbTs,
        answered_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_handlings (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        organisation_id -> DbId,
        role -> Text,
        state -> Text,
        round -> Integer,
        round_on -> Date,
        extended -> Bool,
        class -> Nullable<Text>,
        assigned_by -> DbId,
        assigned_at -> DbTs,
        signed_by -> Nullable<DbId>,
        signed_at -> Nullable<DbTs>,
        contacted_at -> Nullable<DbTs>,
        opinion -> Nullable<Text>,
        opinion_at -> Nullable<DbTs>,
        replied_at -> Nullable<DbTs>,
        ended_at -> Nullable<DbTs>,
        previous_id -> Nullable<DbId>,
        due_on -> Date,
        due_kind -> Nullable<Text>,
        due_provisional -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_steps (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> Nullable<DbId>,
        action -> Text,
        from_state -> Nullable<Text>,
        to_state -> Text,
        who -> Text,
        actor_id -> Nullable<DbId>,
        organisation_id -> Nullable<DbId>,
        at -> DbTs,
        late_days -> Integer,
        note -> Nullable<Text>,
        data -> DbJson,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_redactions (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        field -> Text,
        subject_id -> DbId,
        reason -> Text,
        redacted_by -> DbId,
        redacted_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_consultations (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> DbId,
        round -> Integer,
        state -> Text,
        place -> Text,
        slots -> DbJson,
        offered_by -> DbId,
        offered_at -> DbTs,
        chosen_slot -> Nullable<DbTs>,
        chosen_by -> Nullable<DbId>,
        chosen_at -> Nullable<DbTs>,
        notes -> Nullable<Text>,
        handler_confirmed_by -> Nullable<DbId>,
        handler_confirmed_at -> Nullable<DbTs>,
        author_confirmed_by -> Nullable<DbId>,
        author_confirmed_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_requests (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> DbId,
        kind -> Text,
        state -> Text,
        reason -> Text,
        suggested_organisation_id -> Nullable<DbId>,
        asked_by -> DbId,
        asked_at -> DbTs,
        decided_by -> Nullable<DbId>,
        decided_at -> Nullable<DbTs>,
        decision_note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_replies (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> DbId,
        round -> Integer,
        purpose -> Text,
        state -> Text,
        number -> Text,
        class -> Text,
        body -> Text,
        contact_name -> Text,
        contact_phone -> Text,
        opinions -> DbJson,
        commitment -> Nullable<Text>,
        commitment_due_on -> Nullable<Date>,
        drafted_by -> DbId,
        drafted_at -> DbTs,
        submitted_at -> Nullable<DbTs>,
        committee_by -> Nullable<DbId>,
        committee_at -> Nullable<DbTs>,
        office_by -> Nullable<DbId>,
        office_at -> Nullable<DbTs>,
        review_note -> Nullable<Text>,
        issued_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_grades (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> DbId,
        reply_id -> DbId,
        signatory_id -> DbId,
        round -> Integer,
        state -> Text,
        grade -> Nullable<Text>,
        comment -> Nullable<Text>,
        opened_at -> DbTs,
        graded_at -> Nullable<DbTs>,
        due_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_commitments (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> DbId,
        reply_id -> DbId,
        promise -> Text,
        due_on -> Date,
        state -> Text,
        outcome -> Nullable<Text>,
        reason -> Nullable<Text>,
        opened_at -> DbTs,
        closed_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    proposal_attachments (id) {
        id -> DbId,
        congress_id -> DbId,
        proposal_id -> DbId,
        handling_id -> Nullable<DbId>,
        name -> Text,
        media_type -> Text,
        size -> Integer,
        sha256 -> Text,
        uploaded_by -> DbId,
        uploaded_at -> DbTs,
        removed_at -> Nullable<DbTs>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    reply_templates (id) {
        id -> DbId,
        congress_id -> DbId,
        organisation_id -> Nullable<DbId>,
        class -> Nullable<Text>,
        title -> Text,
        body -> Text,
        created_at -> DbTs,
        updated_at -> DbTs,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::sql::*;
    unit_scores (ballot) {
        ballot -> Text,
        congress_id -> DbId,
        congress_session_id -> DbId,
        organisation_id -> DbId,
        score -> Integer,
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
diesel::joinable!(deliveries -> outbox (message_id));
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
diesel::joinable!(deadline_people -> deadlines (deadline_id));
diesel::joinable!(deadline_people -> accounts (account_id));
diesel::joinable!(reminders -> deadlines (deadline_id));
diesel::joinable!(reminders -> accounts (account_id));
diesel::joinable!(categories -> congresses (congress_id));
diesel::joinable!(proposals -> congresses (congress_id));
diesel::joinable!(proposals -> congress_sessions (session_id));
diesel::joinable!(proposals -> representatives (author_id));
diesel::joinable!(proposals -> categories (category_id));
diesel::joinable!(proposal_counters -> congress_sessions (session_id));
diesel::joinable!(proposal_signatories -> congresses (congress_id));
diesel::joinable!(proposal_signatories -> proposals (proposal_id));
diesel::joinable!(proposal_signatories -> representatives (representative_id));
diesel::joinable!(proposal_signatories -> accounts (account_id));
diesel::joinable!(proposal_handlings -> congresses (congress_id));
diesel::joinable!(proposal_handlings -> proposals (proposal_id));
diesel::joinable!(proposal_handlings -> organisations (organisation_id));
diesel::joinable!(proposal_steps -> congresses (congress_id));
diesel::joinable!(proposal_steps -> proposals (proposal_id));
diesel::joinable!(proposal_steps -> proposal_handlings (handling_id));
diesel::joinable!(proposal_steps -> organisations (organisation_id));
diesel::joinable!(proposal_redactions -> congresses (congress_id));
diesel::joinable!(proposal_redactions -> proposals (proposal_id));
diesel::joinable!(proposal_redactions -> accounts (redacted_by));
diesel::joinable!(proposal_consultations -> congresses (congress_id));
diesel::joinable!(proposal_consultations -> proposals (proposal_id));
diesel::joinable!(proposal_consultations -> proposal_handlings (handling_id));
diesel::joinable!(proposal_requests -> congresses (congress_id));
diesel::joinable!(proposal_requests -> proposals (proposal_id));
diesel::joinable!(proposal_requests -> proposal_handlings (handling_id));
diesel::joinable!(proposal_requests -> organisations (suggested_organisation_id));
diesel::joinable!(proposal_replies -> congresses (congress_id));
diesel::joinable!(proposal_replies -> proposals (proposal_id));
diesel::joinable!(proposal_replies -> proposal_handlings (handling_id));
diesel::joinable!(proposal_grades -> congresses (congress_id));
diesel::joinable!(proposal_grades -> proposals (proposal_id));
diesel::joinable!(proposal_grades -> proposal_handlings (handling_id));
diesel::joinable!(proposal_grades -> proposal_replies (reply_id));
diesel::joinable!(proposal_grades -> proposal_signatories (signatory_id));
diesel::joinable!(proposal_commitments -> congresses (congress_id));
diesel::joinable!(proposal_commitments -> proposals (proposal_id));
diesel::joinable!(proposal_commitments -> proposal_handlings (handling_id));
diesel::joinable!(proposal_commitments -> proposal_replies (reply_id));
diesel::joinable!(proposal_attachments -> congresses (congress_id));
diesel::joinable!(proposal_attachments -> proposals (proposal_id));
diesel::joinable!(proposal_attachments -> proposal_handlings (handling_id));
diesel::joinable!(proposal_attachments -> accounts (uploaded_by));
diesel::joinable!(reply_templates -> congresses (congress_id));
diesel::joinable!(reply_templates -> organisations (organisation_id));
diesel::joinable!(unit_scores -> congresses (congress_id));
diesel::joinable!(unit_scores -> congress_sessions (congress_session_id));
diesel::joinable!(unit_scores -> organisations (organisation_id));
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
    deliveries,
    early_receipts,
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
    calendar_years,
    deadlines,
    deadline_people,
    reminders,
    categories,
    proposals,
    proposal_counters,
    proposal_signatories,
    proposal_handlings,
    proposal_steps,
    proposal_redactions,
    proposal_consultations,
    proposal_requests,
    proposal_replies,
    proposal_grades,
    proposal_commitments,
    proposal_attachments,
    reply_templates,
    unit_scores,
);
