//! The tables of the binary, beside those of the directory. What they mean stands in the migrations.

diesel::table! {
    organisation (tenant) {
        tenant -> Text,
        slug -> Text,
        name -> Text,
        profile -> Text,
        default_role -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    token (key_id) {
        key_id -> Text,
        tenant -> Text,
        phc -> Text,
        hash_version -> BigInt,
        label -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    membership (tenant, user_id) {
        tenant -> Text,
        user_id -> Text,
        user_name -> Text,
        display_name -> Nullable<Text>,
        email -> Nullable<Text>,
        role -> Text,
        state -> Text,
        managed_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    team (tenant, group_id) {
        tenant -> Text,
        group_id -> Text,
        slug -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    team_membership (tenant, group_id, user_id) {
        tenant -> Text,
        group_id -> Text,
        user_id -> Text,
    }
}

diesel::table! {
    audit (tenant, id) {
        tenant -> Text,
        id -> Text,
        at -> BigInt,
        key_id -> Text,
        action -> Text,
        resource_type -> Text,
        resource_id -> Text,
        notes -> Text,
    }
}

diesel::table! {
    outbox (tenant, id) {
        tenant -> Text,
        id -> Text,
        kind -> Text,
        payload -> Text,
        created_at -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
    }
}

diesel::joinable!(token -> organisation (tenant));
diesel::allow_tables_to_appear_in_same_query!(organisation, token);
