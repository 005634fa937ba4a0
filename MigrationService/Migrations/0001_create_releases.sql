-- Applications and their releases, so that what runs where, and how it came there, has one record.

create table applications (
    id uuid primary key,
    -- Lower case; a DNS label, since it becomes host names and image names.
    name text not null constraint applications_name_unique unique
        constraint applications_name_form check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null default '' constraint applications_description_length check (length(description) <= 1000),
    registered_at timestamptz not null,
    -- Names the content: another value after every change of the application or of any of its releases, never one that was used before.
    stamp uuid not null default gen_random_uuid()
);

create table releases (
    id uuid primary key,
    application_id uuid not null references applications (id),
    version text not null constraint releases_version_form check (version ~ '^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$'),
    -- Of version, artifacts, configuration and schema version; equal digests are the same release.
    digest text not null constraint releases_digest_form check (digest ~ '^sha256:[0-9a-f]{64}$'),
    artifacts jsonb not null constraint releases_artifacts_array check (jsonb_typeof(artifacts) = 'array'),
    configuration_digest text constraint releases_configuration_digest_form check (configuration_digest ~ '^sha256:[0-9a-f]{64}$'),
    schema_version integer constraint releases_schema_version_bound check (schema_version >= 0),
    notes text not null default '' constraint releases_notes_length check (length(notes) <= 4000),
    recorded_at timestamptz not null,
    state text not null constraint releases_state_known
        check (state in ('recorded', 'deploying', 'canary', 'live', 'superseded', 'failed', 'rolled-back')),
    -- Set while superseded: whose roll back brings this release back.
    superseded_by uuid references releases (id)
        constraint releases_superseded_by_state check (superseded_by is null or state = 'superseded'),
    stamp uuid not null default gen_random_uuid(),
    constraint releases_version_unique unique (application_id, version)
);

-- Serves the list of an application's releases, newest first; ids are in the order of time.
create index releases_newest on releases (application_id, id desc);
-- At most one live release of an application, whoever writes; serves the look for it as well.
create unique index releases_one_live on releases (application_id) where state = 'live';
-- Serves the roll back's look for the release to bring back. Not unique: a release that was deployed again supersedes another one.
create index releases_superseded_by on releases (superseded_by) where superseded_by is not null;

create table release_transitions (
    id bigint generated always as identity primary key,
    release_id uuid not null references releases (id),
    command text not null,
    -- Null for the first: the release was recorded.
    from_state text,
    to_state text not null,
    reason text not null,
    actor text not null,
    at timestamptz not null
);

-- Serves a release's history, in order.
create index release_transitions_of_release on release_transitions (release_id, id);

-- In a trigger, so that no writer can change a row and keep its stamp: readers take equal stamps for equal content.
create function renew_stamp() returns trigger language plpgsql as $$
begin
    new.stamp := gen_random_uuid();
    return new;
end
$$;

create trigger applications_renew_stamp before update on applications for each row execute function renew_stamp();
create trigger releases_renew_stamp before update on releases for each row execute function renew_stamp();
