//! The tables of the binary, beside those of the directory. What they mean stands in the migrations.

diesel::table! {
    organisation (tenant) {
        tenant -> BigInt,
        slug -> Text,
        name -> Text,
        profile -> Text,
        default_role -> Text,
        created -> BigInt,
        unique_external_id -> Bool,
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
    }
}

diesel::table! {
    membership (tenant, user_seq) {
        tenant -> BigInt,
        user_seq -> BigInt,
        role -> Text,
        state -> Text,
        managed_by -> Text,
        created -> BigInt,
    }
}

diesel::table! {
    team (tenant, group_seq) {
        tenant -> BigInt,
        group_seq -> BigInt,
        group_id -> Text,
        slug -> Text,
        name -> Text,
        created -> BigInt,
    }
}

diesel::table! {
    team_membership (tenant, group_seq, user_seq) {
        tenant -> BigInt,
        group_seq -> BigInt,
        user_seq -> BigInt,
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
    }
}

diesel::table! {
    setting (name) {
        name -> Text,
        value -> Binary,
    }
}

diesel::joinable!(token -> organisation (tenant));
diesel::allow_tables_to_appear_in_same_query!(organisation, token, membership, team, team_membership, audit);
