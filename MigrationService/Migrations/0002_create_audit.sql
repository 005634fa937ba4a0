-- Who did what to which thing, and when: appended to, never changed.

create table audit_entries (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    -- Slice and verb: release.promote.
    action text not null,
    subject_kind text not null,
    subject_id uuid not null,
    -- The application's name at that time, where the subject belongs to one.
    application text,
    details jsonb not null,
    -- Of the request that did it; null without a trace.
    trace_id text
);

-- Serves the filter by application, newest first.
create index audit_entries_of_application on audit_entries (application, id desc);
-- Serves the filter by subject, newest first.
create index audit_entries_of_subject on audit_entries (subject_id, id desc);
-- Serves the filter by actor, newest first.
create index audit_entries_of_actor on audit_entries (actor, id desc);

create function refuse_change_of_audit() returns trigger language plpgsql as $$
begin
    raise exception 'audit_entries is append-only: % is refused', tg_op
        using errcode = 'insufficient_privilege', hint = 'Append an entry that corrects the earlier one.';
end
$$;

create trigger audit_entries_append_only before update or delete or truncate on audit_entries
    for each statement execute function refuse_change_of_audit();
