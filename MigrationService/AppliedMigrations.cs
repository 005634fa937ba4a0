using Npgsql;

namespace Slipway.MigrationService;

/// <summary>A row of <c>schema_migrations</c>.</summary>
internal sealed record AppliedMigration(int Number, string Name, string Checksum, DateTimeOffset AppliedAt);

/// <summary>The database's own record of what was applied to it.</summary>
internal static class AppliedMigrations
{
    public const string CreateTable = """
        create table if not exists schema_migrations (
            number integer primary key,
            name text not null,
            checksum text not null,
            applied_at timestamptz not null default now(),
            duration interval not null,
            applied_by text not null
        )
        """;

    /// <summary>In order; empty for a database that was never migrated.</summary>
    public static async Task<IReadOnlyList<AppliedMigration>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, cancellationToken))
        {
            return [];
        }

        await using var command = new NpgsqlCommand("select number, name, checksum, applied_at from schema_migrations order by number", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new List<AppliedMigration>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(new AppliedMigration(reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        return applied;
    }

    /// <summary>Asked first, since <c>create table if not exists</c> needs a right that a migrated database's user may have lost.</summary>
    public static async Task EnsureTableAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(connection, cancellationToken))
        {
            await using var command = new NpgsqlCommand(CreateTable, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Written in the transaction of the migration itself.</summary>
    /// <param name="connection">In that transaction.</param>
    /// <param name="migration">What was applied.</param>
    /// <param name="duration">Of its statements.</param>
    /// <param name="appliedBy">This build's version.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task AppendAsync(
        NpgsqlConnection connection, Migration migration, TimeSpan duration, string appliedBy, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "insert into schema_migrations (number, name, checksum, applied_at, duration, applied_by) values ($1, $2, $3, clock_timestamp(), $4, $5)", connection)
        {
            Parameters =
            {
                new() { Value = migration.Number }, new() { Value = migration.Name }, new() { Value = migration.Checksum },
                new() { Value = duration }, new() { Value = appliedBy },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select to_regclass('schema_migrations') is not null", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
