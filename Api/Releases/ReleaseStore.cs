using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Audit;
using Slipway.Api.Cache;
using Slipway.Api.Database;

namespace Slipway.Api.Releases;

/// <summary>What came of recording a release.</summary>
internal enum RecordOutcome
{
    Recorded,

    /// <summary>It was recorded before with the same content: a repeated request.</summary>
    SameAlready,

    /// <summary>The version stands for another content.</summary>
    VersionTaken,
    NoApplication,
}

/// <summary>The tables <c>releases</c> and <c>release_transitions</c>, read and appended to; <see cref="ReleaseMoves"/> changes states.</summary>
internal sealed class ReleaseStore(DatabaseSession session)
{
    private const string SelectRelease = """
        select r.id, a.name, r.version, r.digest, r.artifacts, r.configuration_digest, r.schema_version, r.notes, r.recorded_at, r.state,
          (select jsonb_agg(jsonb_build_object('command', t.command, 'from', t.from_state, 'to', t.to_state, 'reason', t.reason, 'actor', t.actor, 'at', t.at) order by t.id)
           from release_transitions t where t.release_id = r.id),
          r.stamp
        from releases r join applications a on a.id = r.application_id
        """;

    /// <summary>Renews the application's stamp, and by its row's lock lets only one writer at a time touch its releases.</summary>
    public static async Task<bool> LockApplicationAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update applications set stamp = gen_random_uuid() where name = $1", connection)
        {
            Parameters = { new() { Value = name } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Writes the release, its first transition and its audit entry, or nothing.</summary>
    public async Task<RecordOutcome> RecordAsync(Release release, string actor, CancellationToken cancellationToken) =>
        (await RecordAllAsync(release.Application, [release], actor, cancellationToken)) is [var outcome] ? outcome : RecordOutcome.NoApplication;

    /// <summary>Writes all of them, each as <see cref="RecordAsync"/> does, or none.</summary>
    /// <returns>What came of each, in order: nothing was written when a version is taken. Empty when there is no such application.</returns>
    public async Task<IReadOnlyList<RecordOutcome>> RecordAllAsync(
        string application, IReadOnlyList<Release> releases, string actor, CancellationToken cancellationToken)
    {
        // Left without a commit it rolls back, and the application keeps its stamp.
        await using var write = await session.BeginAsync(cancellationToken);
        if (!await LockApplicationAsync(write.Connection, application, cancellationToken))
        {
            return [];
        }

        var outcomes = new List<RecordOutcome>();
        foreach (var release in releases)
        {
            outcomes.Add(await RecordOneAsync(write.Connection, release, actor, cancellationToken));
        }

        if (outcomes.Contains(RecordOutcome.Recorded) && !outcomes.Contains(RecordOutcome.VersionTaken))
        {
            await write.CommitAsync(cancellationToken);
        }

        return outcomes;
    }

    private static async Task<RecordOutcome> RecordOneAsync(NpgsqlConnection connection, Release release, string actor, CancellationToken cancellationToken)
    {
        if (!await InsertAsync(connection, release, actor, cancellationToken))
        {
            return await IsSameAsync(connection, release, cancellationToken) ? RecordOutcome.SameAlready : RecordOutcome.VersionTaken;
        }

        await AuditStore.AppendAsync(
            connection, release.RecordedAt, actor, "release.record", release.Id, release.Application, new { release.Version, release.Digest }, cancellationToken);
        return RecordOutcome.Recorded;
    }

    /// <summary>Null when there is none.</summary>
    public async Task<Guid?> StampAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = session.Command("select stamp from releases where id = $1");
        command.Parameters.Add(new() { Value = id });
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>The id and the stamp; null when there is none.</summary>
    public async Task<(Guid Id, Guid Stamp)?> FindAsync(string application, string version, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select r.id, r.stamp from releases r join applications a on a.id = r.application_id where a.name = $1 and r.version = $2
            """);
        command.Parameters.Add(new() { Value = application });
        command.Parameters.Add(new() { Value = version });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetGuid(0), reader.GetGuid(1)) : null;
    }

    /// <summary>Null when there is none.</summary>
    public async Task<Stamped<Release>?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = session.Command($"{SelectRelease} where r.id = $1");
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Stamped<Release>(reader.GetGuid(11), Read(reader)) : null;
    }

    /// <summary>Newest first, with the application's stamp, which every change of one of its releases renews; null when there is no such application.</summary>
    public async Task<Stamped<Page<ReleaseSummary>>?> ListAsync(string application, PageRequest page, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select a.stamp, r.id, r.version, r.digest, r.state, r.recorded_at
            from applications a left join lateral (
                select * from releases where application_id = a.id and ($2::uuid is null or id < $2) order by id desc limit $3
            ) r on true
            where a.name = $1 order by r.id desc
            """);
        command.Parameters.Add(new() { Value = application });
        command.Parameters.Add(new() { Value = page.After is null ? DBNull.Value : Guid.Parse(page.After), NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = page.Limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Guid? stamp = null;
        var releases = new List<ReleaseSummary>();
        while (await reader.ReadAsync(cancellationToken))
        {
            stamp = reader.GetGuid(0);
            if (!reader.IsDBNull(1))
            {
                releases.Add(new(reader.GetGuid(1), reader.GetString(2), reader.GetString(3), State(reader.GetString(4)), reader.GetFieldValue<DateTimeOffset>(5)));
            }
        }

        return stamp is { } known
            ? new(known, Page<ReleaseSummary>.Of(releases, page.Limit, ListReleases.List, release => release.Id.ToString()))
            : null;
    }

    /// <returns>False when the version is taken.</returns>
    private static async Task<bool> InsertAsync(NpgsqlConnection connection, Release release, string actor, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            with recorded as (
                insert into releases (id, application_id, version, digest, artifacts, configuration_digest, schema_version, notes, recorded_at, state)
                select $1, a.id, $3, $4, $5, $6, $7, $8, $9, 'recorded' from applications a where a.name = $2
                on conflict (application_id, version) do nothing returning id
            )
            insert into release_transitions (release_id, command, from_state, to_state, reason, actor, at)
            select id, 'record', null, 'recorded', '', $10, $9 from recorded
            """, connection)
        {
            Parameters =
            {
                new() { Value = release.Id }, new() { Value = release.Application }, new() { Value = release.Version }, new() { Value = release.Digest },
                new() { Value = JsonSerializer.Serialize(release.Artifacts, ApiJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)release.ConfigurationDigest ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)release.SchemaVersion ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer },
                new() { Value = release.Notes }, new() { Value = release.RecordedAt }, new() { Value = actor },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static async Task<bool> IsSameAsync(NpgsqlConnection connection, Release release, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select r.digest = $3 and r.notes = $4 from releases r join applications a on a.id = r.application_id where a.name = $1 and r.version = $2
            """, connection)
        {
            Parameters =
            {
                new() { Value = release.Application }, new() { Value = release.Version }, new() { Value = release.Digest }, new() { Value = release.Notes },
            },
        };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static Release Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
        JsonSerializer.Deserialize<List<Artifact>>(reader.GetString(4), ApiJson.Options)!,
        reader.IsDBNull(5) ? null : reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetInt32(6), reader.GetString(7),
        reader.GetFieldValue<DateTimeOffset>(8), State(reader.GetString(9)),
        JsonSerializer.Deserialize<List<ReleaseTransition>>(reader.GetString(10), ApiJson.Options)!);

    private static ReleaseState State(string name) =>
        ApiJson.Parse<ReleaseState>(name) ?? throw new InvalidDataException($"The database has a release in the state '{name}', which this build doesn't know.");
}
