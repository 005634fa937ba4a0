using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Hosting.Postgres;

/// <summary>Creates the databases of a server that is ready.</summary>
internal static class PostgresDatabases
{
    /// <summary>A database that exists already is left as it is; one that can't be created is reported on the server's log and the others go on.</summary>
    public static async Task CreateAsync(
        string connectionString,
        PostgresServerResource server,
        IEnumerable<PostgresDatabaseResource> databases,
        IServiceProvider services,
        CancellationToken cancellationToken)
    {
        var logger = services.GetRequiredService<ResourceLoggerService>().GetLogger(server);
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        foreach (var database in databases)
        {
            await CreateAsync(connection, database, logger, cancellationToken);
        }
    }

    private static async Task CreateAsync(NpgsqlConnection connection, PostgresDatabaseResource database, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var script = database.TryGetLastAnnotation<PostgresCreateDatabaseScriptAnnotation>(out var own)
                ? own.Script
                : $"CREATE DATABASE {Quote(database.DatabaseName)}";
            await using var command = new NpgsqlCommand(script, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            PostgresLog.Created(logger, database.DatabaseName);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            PostgresLog.Exists(logger, database.DatabaseName);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            PostgresLog.Failed(logger, database.DatabaseName, exception);
        }
    }

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

internal static partial class PostgresLog
{
    [LoggerMessage(EventId = 1200, Level = LogLevel.Debug, Message = "Database '{DatabaseName}' created")]
    public static partial void Created(ILogger logger, string databaseName);

    [LoggerMessage(EventId = 1201, Level = LogLevel.Debug, Message = "Database '{DatabaseName}' already exists")]
    public static partial void Exists(ILogger logger, string databaseName);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Error, Message = "Failed to create database '{DatabaseName}'")]
    public static partial void Failed(ILogger logger, string databaseName, Exception exception);
}
