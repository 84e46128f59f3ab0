//! The directory's tables (see `migrations/` for their indices and the reasons for their design). They are private:
//! applications may only rely on the look-ups in `directory`.

diesel::table! {
    /// One narrow row per resource: everything that is looked up, counted, sorted or joined.
    #[sql_name = "scim_resource"]
    resource (tenant, seq) {
        seq -> BigInt,
        tenant -> BigInt,
        kind -> Text,
        id -> Text,
        version -> BigInt,
        created -> BigInt,
        modified -> BigInt,
        active -> Nullable<Bool>,
        label -> Nullable<Text>,
        label_key -> Nullable<Text>,
        user_name_key -> Nullable<Text>,
        external_id -> Nullable<Text>,
        display_key -> Nullable<Text>,
        family_key -> Nullable<Text>,
        given_key -> Nullable<Text>,
        manager -> Nullable<Text>,
        employee_number -> Nullable<Text>,
        department -> Nullable<Text>,
    }
}

diesel::table! {
    /// The stored text of a resource, and its folded copy for filters and sorts without a column.
    #[sql_name = "scim_document"]
    document (tenant, seq) {
        seq -> BigInt,
        tenant -> BigInt,
        folded -> Text,
        doc -> Text,
    }
}

diesel::table! {
    /// Memberships: which resource belongs to which group.
    #[sql_name = "scim_member"]
    member (tenant, group_seq, member_seq) {
        tenant -> BigInt,
        group_seq -> BigInt,
        member_seq -> BigInt,
    }
}

diesel::table! {
    /// Values that must be unique within a type.
    #[sql_name = "scim_unique_key"]
    unique_key (tenant, kind, attribute, key) {
        tenant -> BigInt,
        kind -> Text,
        attribute -> Text,
        key -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    /// One row per element of an indexed multi-valued attribute.
    #[sql_name = "scim_element"]
    element (tenant, seq, path, ord) {
        tenant -> BigInt,
        seq -> BigInt,
        path -> Text,
        ord -> BigInt,
        value_key -> Nullable<Text>,
        type_key -> Nullable<Text>,
        is_primary -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(resource, document, member, unique_key, element);
