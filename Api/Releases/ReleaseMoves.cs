using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Audit;
using Slipway.Api.Database;

namespace Slipway.Api.Releases;

/// <summary>Who asks for a change of state, why and when.</summary>
internal sealed record MoveRequest(ReleaseCommand Command, string Reason, string Actor, DateTimeOffset At);

/// <summary>Changes releases' states: what belongs together is one transaction, and every change is recorded by the statement that makes it.</summary>
internal sealed class ReleaseMoves(DatabaseSession session)
{
    /// <summary>
    /// Moves the release while it is still in the state that it was read in. Promoting supersedes the live release; rolling a live release back
    /// restores the one that it had superseded.
    /// </summary>
    /// <param name="release">As it was read.</param>
    /// <param name="to">As its state allows.</param>
    /// <param name="request">Who asks and why.</param>
    /// <param name="stamp">That it must still have; null: its state is enough.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when another writer got there first; nothing was written.</returns>
    public async Task<bool> MoveAsync(Release release, ReleaseState to, MoveRequest request, Guid? stamp, CancellationToken cancellationToken)
    {
        await using var write = await session.BeginAsync(cancellationToken);
        var connection = write.Connection;
        // First, always: who holds the application's row sees its releases stand still, and nobody waits for another in a circle.
        await ReleaseStore.LockApplicationAsync(connection, release.Application, cancellationToken);
        if (to == ReleaseState.Live && await LiveAsync(connection, release.Application, cancellationToken) is { } live)
        {
            var superseding = request with { Command = ReleaseCommand.Supersede, Reason = $"{release.Version} was promoted" };
            await WriteAsync(connection, live, release.Application, (ReleaseState.Live, ReleaseState.Superseded), superseding, (release.Id, null), cancellationToken);
        }

        if (!await WriteAsync(connection, (release.Id, release.Version), release.Application, (release.State, to), request, (null, stamp), cancellationToken))
        {
            return false;
        }

        if (release.State == ReleaseState.Live && to == ReleaseState.RolledBack
            && await SupersededByAsync(connection, release.Id, cancellationToken) is { } earlier)
        {
            var restoring = request with { Command = ReleaseCommand.Restore, Reason = $"{release.Version} was rolled back" };
            await WriteAsync(connection, earlier, release.Application, (ReleaseState.Superseded, ReleaseState.Live), restoring, (null, null), cancellationToken);
        }

        await write.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Writes the new state only while the stored state, and the stamp where one is given, is still the expected one, and with it the transition and the audit entry.</summary>
    /// <returns>False when it is not; nothing was written.</returns>
    private static async Task<bool> WriteAsync(
        NpgsqlConnection connection, (Guid Id, string Version) release, string application, (ReleaseState From, ReleaseState To) states, MoveRequest request,
        (Guid? SupersededBy, Guid? Stamp) condition, CancellationToken cancellationToken)
    {
        var (from, to, name) = (ApiJson.Name(states.From), ApiJson.Name(states.To), ApiJson.Name(request.Command));
        await using var command = new NpgsqlCommand("""
            with moved as (
                update releases set state = $3, superseded_by = $4 where id = $1 and state = $2 and ($9::uuid is null or stamp = $9) returning id
            )
            insert into release_transitions (release_id, command, from_state, to_state, reason, actor, at)
            select id, $5, $2, $3, $6, $7, $8 from moved
            """, connection)
        {
            Parameters =
            {
                new() { Value = release.Id }, new() { Value = from, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = to, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)condition.SupersededBy ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = name }, new() { Value = request.Reason }, new() { Value = request.Actor }, new() { Value = request.At },
                new() { Value = (object?)condition.Stamp ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            },
        };
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await AuditStore.AppendAsync(
            connection, request.At, request.Actor, $"release.{name}", release.Id, application,
            new { release.Version, From = from, To = to, request.Reason }, cancellationToken);
        return true;
    }

    /// <summary>Null while none is live.</summary>
    private static Task<(Guid Id, string Version)?> LiveAsync(NpgsqlConnection connection, string application, CancellationToken cancellationToken) => FindAsync(
        connection, "select r.id, r.version from releases r join applications a on a.id = r.application_id where a.name = $1 and r.state = 'live'", application, cancellationToken);

    /// <summary>The one that was superseded last, if a release came to be live more than once; null when there was none.</summary>
    private static Task<(Guid Id, string Version)?> SupersededByAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) => FindAsync(
        connection,
        """
        select r.id, r.version from releases r where r.superseded_by = $1
        order by (select max(t.id) from release_transitions t where t.release_id = r.id) desc limit 1
        """,
        id, cancellationToken);

    private static async Task<(Guid Id, string Version)?> FindAsync(NpgsqlConnection connection, string sql, object key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = key } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetGuid(0), reader.GetString(1)) : null;
    }
}
