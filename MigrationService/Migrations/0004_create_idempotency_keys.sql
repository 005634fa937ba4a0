-- The answers given to requests with an idempotency key, so that a repeated request has its effect once and gets the same answer.

create table idempotency_keys (
    -- SHA-256 of client, method, path and key: of one length, however long these are.
    scope bytea primary key constraint idempotency_keys_scope_length check (length(scope) = 32),
    -- For people; shortened.
    client text not null,
    request text not null,
    -- SHA-256 of what the request asked for.
    fingerprint bytea not null constraint idempotency_keys_fingerprint_length check (length(fingerprint) = 32),
    status integer not null,
    headers jsonb not null,
    body bytea not null,
    answered_at timestamptz not null,
    expires_at timestamptz not null
);

-- Serves the removal of what has expired.
create index idempotency_keys_expired on idempotency_keys (expires_at);
