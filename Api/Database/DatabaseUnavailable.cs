using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using Slipway.Api.Access.Keys;

namespace Slipway.Api.Database;

/// <summary>Answers 503 with Retry-After while the database is away or its schema is too old; every other exception passes.</summary>
internal sealed class DatabaseUnavailable(RequestDelegate next, ILogger<DatabaseUnavailable> logger)
{
    /// <summary>In seconds.</summary>
    private const int RetryAfter = 2;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception problem) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested && TypeOf(problem) is not null)
        {
            var (type, title, detail) = TypeOf(problem)!.Value;
            logger.DatabaseUnavailable(type, problem.Message);
            context.Response.Clear();
            context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
            await Problems.Of(StatusCodes.Status503ServiceUnavailable, type, title, detail).ExecuteAsync(context);
        }
    }

    /// <summary>Null for what trying again won't mend.</summary>
    internal static (string Type, string Title, string Detail)? TypeOf(Exception problem) => problem switch
    {
        // Not even a key can be looked at.
        KeysUnknownException { InnerException: PostgresException reason } when TypeOf(reason) is { } known => known,
        KeysUnknownException => ("database:unavailable", "The database is not available.", "Nothing was done: who may do it stands in the database."),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction } =>
            ("database:schema-too-old", "The database's schema is older than this build needs.", $"This build needs schema {SchemaCheck.Required}: run MigrationService migrate."),
        PostgresException { IsTransient: false, SqlState: not (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName) } => null,
        NpgsqlException or SocketException or TimeoutException =>
            ("database:unavailable", "The database is not available.", "Nothing was answered from it. A write may or may not have been done: read before you repeat it."),
        _ => null,
    };
}
