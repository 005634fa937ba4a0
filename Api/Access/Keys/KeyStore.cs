using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Slipway.Api.Database;

namespace Slipway.Api.Access.Keys;

/// <summary>The table <c>access_keys</c>, as people read it.</summary>
internal sealed class KeyStore(DatabaseSession session)
{
    public const string List = "access-keys";

    internal const string Columns =
        "id, prefix, name, scopes, created_at, created_by, expires_at, rotated_at, previous_until, revoked_at, last_used_at";

    /// <summary>Null when there is none of this prefix.</summary>
    public async Task<AccessKey?> GetAsync(string prefix, CancellationToken cancellationToken)
    {
        await using var command = session.Command($"select {Columns} from access_keys where prefix = $1");
        command.Parameters.Add(new() { Value = prefix });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>Newest first, revoked ones too.</summary>
    public async Task<Page<AccessKey>> ListAsync(PageRequest page, CancellationToken cancellationToken)
    {
        await using var command = session.Command($"""
            select {Columns} from access_keys where $1::uuid is null or id < $1 order by id desc limit $2
            """);
        command.Parameters.Add(new() { Value = page.After is null ? DBNull.Value : Guid.Parse(page.After, CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = page.Limit + 1 });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<AccessKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return Page<AccessKey>.Of(keys, page.Limit, List, key => key.Id.ToString());
    }

    internal static AccessKey Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<string[]>(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5),
        Time(reader, 6), Time(reader, 7), Time(reader, 8), Time(reader, 9), Time(reader, 10));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
