//! The tables of the binary, beside those of the directory. The migrations explain them.

diesel::table! {
    organisation (tenant) {
        tenant -> BigInt,
        slug -> Text,
        name -> Text,
        profile -> Text,
        default_role -> Text,
        created -> BigInt,
        unique_external_id -> Bool,
        default_role_reason -> Nullable<Text>,
        scim -> Bool,
        provider -> Nullable<Text>,
        audit_days -> Nullable<BigInt>,
        invitations -> Text,
        invitation_days -> BigInt,
        inviters -> Text,
        inviters_note -> Nullable<Text>,
        brake -> Text,
        brake_least -> BigInt,
        brake_percent -> BigInt,
        disabled -> Nullable<BigInt>,
        silent_after -> Nullable<BigInt>,
        reopened -> Nullable<BigInt>,
        values_until -> Nullable<BigInt>,
        requests_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    kept_request (tenant, id) {
        tenant -> BigInt,
        id -> Text,
        at -> BigInt,
        request_id -> Text,
        key_id -> Text,
        method -> Text,
        target -> Text,
        status -> BigInt,
        refusals -> Text,
        notes -> Text,
        shape -> Nullable<Text>,
        shape_ends -> Nullable<Text>,
        whole -> Nullable<Text>,
    }
}

diesel::table! {
    call_return (tenant, at) {
        tenant -> BigInt,
        at -> BigInt,
        paused -> BigInt,
    }
}

diesel::table! {
    silence (tenant) {
        tenant -> BigInt,
        told -> Nullable<BigInt>,
    }
}

diesel::table! {
    membership_end (tenant, minute) {
        tenant -> BigInt,
        minute -> BigInt,
        number -> BigInt,
    }
}

diesel::table! {
    brake (tenant) {
        tenant -> BigInt,
        reached -> Nullable<BigInt>,
        size -> Nullable<BigInt>,
        sized -> Nullable<BigInt>,
        lifted -> Nullable<BigInt>,
        lifted_until -> Nullable<BigInt>,
        lifted_left -> Nullable<BigInt>,
    }
}

diesel::table! {
    token (key_id) {
        key_id -> Text,
        tenant -> BigInt,
        phc -> Text,
        hash_version -> BigInt,
        label -> Text,
        created -> BigInt,
        expires -> Nullable<BigInt>,
        revoked -> Nullable<BigInt>,
        last_used -> Nullable<BigInt>,
        read_only -> Bool,
        made_by -> Nullable<Text>,
        made_by_account -> Nullable<BigInt>,
        ended -> Nullable<BigInt>,
        rotated_to -> Nullable<Text>,
        refused -> Nullable<BigInt>,
        refused_for -> Nullable<Text>,
    }
}

diesel::table! {
    milestone (tenant, key_id, what) {
        tenant -> BigInt,
        key_id -> Text,
        what -> Text,
        first -> BigInt,
        last -> BigInt,
    }
}

diesel::table! {
    token_warning (key_id, days) {
        key_id -> Text,
        days -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    account (id) {
        id -> BigInt,
        login_key -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Text,
        password -> Nullable<Text>,
        epoch -> BigInt,
        created -> BigInt,
        disabled -> Nullable<BigInt>,
    }
}

diesel::table! {
    session (id) {
        id -> Binary,
        account -> BigInt,
        tenant -> Nullable<BigInt>,
        epoch -> BigInt,
        created -> BigInt,
        seen -> BigInt,
        ends -> BigInt,
        address -> Text,
        browser -> Text,
        ended -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        connection -> Nullable<BigInt>,
        name_id -> Nullable<Text>,
        session_index -> Nullable<Text>,
        signed_in -> Nullable<BigInt>,
    }
}

diesel::table! {
    session_use (tenant, session) {
        tenant -> BigInt,
        session -> Binary,
        seen -> BigInt,
    }
}

diesel::table! {
    session_end (tenant, account) {
        tenant -> BigInt,
        account -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    one_time (hash) {
        hash -> Binary,
        kind -> Text,
        tenant -> Nullable<BigInt>,
        account -> Nullable<BigInt>,
        ends -> BigInt,
        used -> Nullable<BigInt>,
        email -> Nullable<Text>,
    }
}

diesel::table! {
    attempt (kind, key) {
        kind -> Text,
        key -> Binary,
        failures -> BigInt,
        since -> BigInt,
    }
}

diesel::table! {
    known_browser (hash, account) {
        hash -> Binary,
        account -> BigInt,
        ends -> BigInt,
    }
}

diesel::table! {
    membership (tenant, id) {
        tenant -> BigInt,
        id -> BigInt,
        user_seq -> Nullable<BigInt>,
        account -> Nullable<BigInt>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        name -> Nullable<Text>,
        role -> Text,
        role_source -> Text,
        role_reason -> Nullable<Text>,
        state -> Text,
        managed_by -> Text,
        created -> BigInt,
        joined -> Nullable<BigInt>,
        last_seen -> Nullable<BigInt>,
        unassigned -> Nullable<BigInt>,
        sort -> Nullable<Text>,
        search -> Nullable<Text>,
        shown -> Text,
        kept -> Nullable<BigInt>,
    }
}

diesel::table! {
    without_access (tenant, user_seq) {
        tenant -> BigInt,
        user_seq -> BigInt,
        sort -> Text,
        search -> Text,
        unassigned -> Nullable<BigInt>,
    }
}

diesel::table! {
    invited_by_hand (tenant) {
        tenant -> BigInt,
        since -> BigInt,
        number -> BigInt,
    }
}

diesel::table! {
    known_account (tenant, user_seq) {
        tenant -> BigInt,
        user_seq -> BigInt,
        account -> BigInt,
    }
}

diesel::table! {
    team (tenant, id) {
        tenant -> BigInt,
        id -> BigInt,
        group_seq -> Nullable<BigInt>,
        group_id -> Nullable<Text>,
        slug -> Text,
        name -> Text,
        managed_by -> Text,
        created -> BigInt,
        changed -> Nullable<BigInt>,
    }
}

diesel::table! {
    team_membership (tenant, team, membership) {
        tenant -> BigInt,
        team -> BigInt,
        membership -> BigInt,
        source -> Text,
    }
}

diesel::table! {
    former_slug (slug) {
        slug -> Text,
        tenant -> BigInt,
    }
}

diesel::table! {
    deleted_organisation (tenant) {
        tenant -> BigInt,
        slug -> Text,
        at -> Nullable<BigInt>,
        made_by -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (tenant, name) {
        tenant -> BigInt,
        name -> Text,
        kind -> Text,
        membership -> Nullable<BigInt>,
        detail -> Text,
        by_mode -> Bool,
        state -> Text,
        due -> Nullable<BigInt>,
        attempts -> BigInt,
        begun -> Nullable<BigInt>,
        error -> Nullable<Text>,
        recipient -> Nullable<Binary>,
        made -> BigInt,
        sent -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitation (tenant, membership) {
        tenant -> BigInt,
        membership -> BigInt,
        number -> BigInt,
        state -> Text,
        address -> Nullable<Text>,
        error -> Nullable<Text>,
        sent -> Nullable<BigInt>,
        ends -> Nullable<BigInt>,
    }
}

diesel::table! {
    invitation_link (hash) {
        hash -> Binary,
        tenant -> BigInt,
        membership -> BigInt,
        number -> BigInt,
        address -> Text,
        ends -> BigInt,
        account -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (tenant, id) {
        tenant -> BigInt,
        id -> Text,
        at -> BigInt,
        actor -> Text,
        request_id -> Text,
        operation -> Text,
        resource_type -> Text,
        resource_id -> Text,
        version -> BigInt,
        changed -> Bool,
        notes -> Text,
        error -> Nullable<Text>,
        made_by -> Nullable<Text>,
        person -> Nullable<Text>,
        person_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    seal (tenant, number) {
        tenant -> BigInt,
        number -> BigInt,
        record -> Text,
        refused -> Bool,
        digest -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    chain (tenant) {
        tenant -> BigInt,
        number -> BigInt,
        hash -> Binary,
        base_number -> BigInt,
        base_hash -> Binary,
    }
}

diesel::table! {
    hourly (tenant, hour, what, name) {
        tenant -> BigInt,
        hour -> BigInt,
        what -> Text,
        name -> Text,
        number -> BigInt,
    }
}

diesel::table! {
    lease (name) {
        name -> Text,
        holder -> Text,
        ends -> BigInt,
    }
}

diesel::table! {
    setting (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::table! {
    sso_connection (tenant, id) {
        tenant -> BigInt,
        id -> BigInt,
        state -> Text,
        entity_id -> Text,
        sso_url -> Text,
        logout_url -> Nullable<Text>,
        address -> Nullable<Text>,
        read -> BigInt,
        claim_id -> Text,
        claim_email -> Text,
        claim_first -> Text,
        claim_last -> Text,
        tested -> Nullable<BigInt>,
        tested_by -> Nullable<BigInt>,
        tested_as -> Nullable<Text>,
        tested_url -> Nullable<Text>,
        tested_slug -> Nullable<Text>,
        emergency -> Nullable<BigInt>,
        just_in_time -> Bool,
        due -> Nullable<BigInt>,
        trouble -> Nullable<Text>,
        trouble_said -> Nullable<Text>,
        trouble_since -> Nullable<BigInt>,
        refuse_expired -> Bool,
        compared -> Text,
    }
}

diesel::table! {
    sso_certificate (tenant, connection, fingerprint) {
        tenant -> BigInt,
        connection -> BigInt,
        fingerprint -> Binary,
        der -> Binary,
        first_seen -> BigInt,
        gone -> Nullable<BigInt>,
    }
}

diesel::table! {
    sso_request (state) {
        state -> Binary,
        tenant -> BigInt,
        connection -> BigInt,
        request -> Text,
        purpose -> Text,
        account -> Nullable<BigInt>,
        path -> Nullable<Text>,
        link -> Nullable<Binary>,
        session -> Nullable<Binary>,
        person -> Nullable<Text>,
        address -> Text,
        begun -> BigInt,
        used -> Nullable<BigInt>,
        is_second -> Bool,
        is_another -> Bool,
        report -> Nullable<Text>,
    }
}

diesel::table! {
    sso_seen (tenant, message) {
        tenant -> BigInt,
        message -> Text,
        ends -> BigInt,
    }
}

diesel::table! {
    sso_report (tenant) {
        tenant -> BigInt,
        at -> BigInt,
        account -> BigInt,
        report -> Text,
    }
}

diesel::table! {
    identity (tenant, connection, subject) {
        tenant -> BigInt,
        connection -> BigInt,
        subject -> Text,
        account -> BigInt,
        created -> BigInt,
        seen -> BigInt,
        how -> Text,
        user_seq -> Nullable<BigInt>,
    }
}

diesel::joinable!(token -> organisation (tenant));
diesel::allow_tables_to_appear_in_same_query!(
    organisation,
    call_return,
    silence,
    membership_end,
    brake,
    token,
    token_warning,
    account,
    session,
    session_end,
    known_browser,
    membership,
    without_access,
    known_account,
    former_slug,
    deleted_organisation,
    team,
    team_membership,
    outbox,
    invitation,
    invitation_link,
    audit,
    seal,
    chain,
    sso_connection,
    sso_certificate,
    identity
);
