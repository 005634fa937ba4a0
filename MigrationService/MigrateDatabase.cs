using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Slipway.MigrationService;

/// <summary>The verb <c>migrate</c>: applies what is pending, each file in a transaction of its own.</summary>
internal sealed partial class MigrateDatabase(
    DatabaseConnection database, IOptions<MigrationOptions> options, FirstKey firstKey, MigrationNews news, TimeProvider clock, ILogger<MigrateDatabase> logger)
{
    /// <summary>Beyond the server's own limit, so that only a server that no longer answers meets it.</summary>
    private static readonly TimeSpan s_answerMargin = TimeSpan.FromSeconds(30);

    /// <exception cref="MigrationStoppedException">A foreseen end; what was applied before it stays.</exception>
    public async Task<int> RunAsync(IReadOnlyList<Migration> carried, CancellationToken cancellationToken)
    {
        firstKey.Check();
        await using var connection = await database.OpenAsync(cancellationToken);
        await MigrationTurn.TakeAsync(connection, options.Value.TurnTimeout, cancellationToken);
        await AppliedMigrations.EnsureTableAsync(connection, cancellationToken);
        var plan = MigrationPlan.Compare(carried, await AppliedMigrations.ReadAsync(connection, cancellationToken));
        Refuse([.. plan.Contradictions, .. plan.Pending.SelectMany(TransactionCommands)]);
        foreach (var migration in plan.Pending)
        {
            await ApplyAsync(connection, migration, cancellationToken);
        }

        await MakeFirstKeyAsync(connection, cancellationToken);
        if (plan.Newer.Count > 0)
        {
            logger.DatabaseNewer(plan.Newer[^1].Number, carried.Count);
        }
        else
        {
            logger.Migrated(carried.Count, plan.Pending.Count);
        }

        return ExitCode.Ok;
    }

    private async Task MakeFirstKeyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await firstKey.EnsureAsync(connection, cancellationToken);
        }
        catch (NpgsqlException error)
        {
            throw new MigrationStoppedException(
                error is PostgresException ? ExitCode.MigrationFailed : ExitCode.NoConnection, $"The migrations are applied; the first key could not be stored: {error.Message}", error);
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        news.Any = true;
        using var activity = MigrationTelemetry.Source.StartActivity($"migrate {migration.Name}");
        activity?.SetTag("migration.number", migration.Number).SetTag("migration.checksum", migration.Checksum);
        var started = clock.GetTimestamp();
        // Disposed without a commit, by an error or an interruption, it rolls back.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var statement = default(SqlStatement);
        try
        {
            await ExecuteAsync(connection, Limits(), cancellationToken);
            foreach (var next in SqlStatements.Split(migration.Sql))
            {
                statement = next;
                await ExecuteAsync(connection, next.Text, cancellationToken);
            }

            await AppliedMigrations.AppendAsync(connection, migration, clock.GetElapsedTime(started), MigrationTelemetry.Version, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.MessageText);
            throw new MigrationStoppedException(FailedStatement.ExitCodeOf(error), FailedStatement.Describe(migration, statement, error), error);
        }
        catch (NpgsqlException error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            throw new MigrationStoppedException(
                ExitCode.NoConnection,
                $"The connection broke in {migration.Name}: {error.Message}. It was rolled back unless its commit had arrived; run again, that is safe either way.",
                error);
        }

        logger.Applied(migration.Name, (long)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private string Limits() =>
        $"set local lock_timeout = {(long)options.Value.LockTimeout.TotalMilliseconds}; set local statement_timeout = {(long)options.Value.StatementTimeout.TotalMilliseconds}";

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            CommandTimeout = (int)(options.Value.StatementTimeout + s_answerMargin).TotalSeconds,
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A file that ends its own transaction would be half applied when a later statement fails.</summary>
    private static IEnumerable<string> TransactionCommands(Migration migration) =>
        from statement in SqlStatements.Split(migration.Sql)
        where TransactionCommand().IsMatch(statement.Text)
        let place = FailedStatement.Place(migration.Sql, statement, position: 0)
        select $"{migration.Name}:{place.Line}:{place.Column}: '{statement.Text}' is refused: each file is one transaction already. Remove it.";

    private static void Refuse(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new MigrationStoppedException(ExitCode.Refused, "Refused, nothing was changed:\n  " + string.Join("\n  ", problems));
        }
    }

    [GeneratedRegex("^(begin|start\\s+transaction|commit|end|rollback(?!\\s+(work\\s+|transaction\\s+)?to\\b)|abort|prepare\\s+transaction)\\b", RegexOptions.IgnoreCase)]
    private static partial Regex TransactionCommand();
}
