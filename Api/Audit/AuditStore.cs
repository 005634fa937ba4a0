using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Database;

namespace Slipway.Api.Audit;

/// <summary>The table <c>audit_entries</c>, which a trigger keeps from being changed.</summary>
internal sealed class AuditStore(DatabaseSession session)
{
    /// <summary>Appends inside the caller's transaction, so that there is neither an act without its entry nor an entry without its act.</summary>
    /// <param name="connection">In that transaction.</param>
    /// <param name="at">When.</param>
    /// <param name="actor">Who.</param>
    /// <param name="action">What: <c>release.promote</c>; the part before the point is the subject's kind.</param>
    /// <param name="subjectId">Which.</param>
    /// <param name="application">Its application's name; null where it belongs to none.</param>
    /// <param name="details">Serialised as they are; no secrets.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task AppendAsync(
        NpgsqlConnection connection, DateTimeOffset at, string actor, string action, Guid subjectId, string? application, object details,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into audit_entries (at, actor, action, subject_kind, subject_id, application, details, trace_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """, connection)
        {
            Parameters =
            {
                new() { Value = at }, new() { Value = actor }, new() { Value = action }, new() { Value = action.Split('.')[0] },
                new() { Value = subjectId }, new() { Value = (object?)application ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = JsonSerializer.Serialize(details, ApiJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)Activity.Current?.TraceId.ToHexString() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<AuditEntry>> ListAsync(AuditFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        await using var command = session.Command("""
            select id, at, actor, action, subject_kind, subject_id, application, details, trace_id
            from audit_entries
            where ($1::bigint is null or id < $1) and ($2::text is null or application = $2) and ($3::uuid is null or subject_id = $3)
              and ($4::text is null or actor = $4) and ($5::text is null or action = $5)
            order by id desc limit $6
            """);
        command.Parameters.Add(new() { Value = page.After is null ? DBNull.Value : long.Parse(page.After, CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = (object?)filter.Application ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)filter.Subject ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = (object?)filter.Actor ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (object?)filter.Action ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = page.Limit + 1 });
        var entries = new List<AuditEntry>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            entries.Add(Read(reader));
        }

        return Page<AuditEntry>.Of(entries, page.Limit, ListAudit.List, entry => entry.Id.ToString(CultureInfo.InvariantCulture));
    }

    private static AuditEntry Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetGuid(5),
        reader.IsDBNull(6) ? null : reader.GetString(6), JsonElement.Parse(reader.GetString(7)), reader.IsDBNull(8) ? null : reader.GetString(8));
}

/// <summary>Null members don't filter.</summary>
internal sealed record AuditFilter(string? Application, Guid? Subject, string? Actor, string? Action);
