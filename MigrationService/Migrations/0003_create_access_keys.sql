-- API keys: who may use the Api and for what, known to every replica at once and never stored in a form that opens anything.

create table access_keys (
    id uuid primary key,
    -- The part of a key before the point: names it in lists, logs and the audit. It is no secret.
    prefix text not null constraint access_keys_prefix_unique unique constraint access_keys_prefix_form check (prefix ~ '^[a-z0-9]{4,16}$'),
    name text not null constraint access_keys_name_length check (length(name) between 1 and 100),
    scopes text[] not null constraint access_keys_scopes_some check (cardinality(scopes) between 1 and 20),
    -- SHA-256 of the part after the point. It is 256 random bits, which nobody can guess from their hash: a slow hash would add nothing.
    secret_hash bytea not null constraint access_keys_secret_hash_length check (octet_length(secret_hash) = 32),
    -- Of the secret before the last rotation, which is taken until then.
    previous_hash bytea constraint access_keys_previous_hash_length check (octet_length(previous_hash) = 32),
    previous_until timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    -- Null: it doesn't end by itself.
    expires_at timestamptz,
    rotated_at timestamptz,
    revoked_at timestamptz,
    -- To the minute.
    last_used_at timestamptz,
    constraint access_keys_previous_whole check ((previous_hash is null) = (previous_until is null))
);

-- Serves the list, newest first, from a cursor on; ids are in the order of time.
create index access_keys_newest on access_keys (id desc);

-- One row, renewed by every change of a key that replicas must know of. Whoever changes keys locks it first, so that changes follow one another.
create table access_version (
    version bigint not null
);
create unique index access_version_one_row on access_version ((true));
insert into access_version (version) values (1);

-- In a trigger, so that no writer can change a key without the replicas' knowledge. last_used_at concerns none of them.
create function announce_access_change() returns trigger language plpgsql as $$
begin
    update access_version set version = version + 1;
    perform pg_notify('access_keys', '');
    return null;
end
$$;

create trigger access_keys_announce
    after insert or delete or truncate or update of prefix, scopes, secret_hash, previous_hash, previous_until, expires_at, revoked_at on access_keys
    for each statement execute function announce_access_change();
