using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;
using Slipway.Api.Access.Keys;

namespace Slipway.Api.Database;

/// <summary>Answers 503 with Retry-After while the database is away or its schema is too old, and tells the circuit; every other exception passes.</summary>
internal sealed class DatabaseUnavailable(RequestDelegate next, IOptions<DatabaseOptions> options, ILogger<DatabaseUnavailable> logger)
{
    private const string Away = "database:unavailable";

    /// <summary>In seconds; one more than the circuit waits, so that somebody has tried meanwhile.</summary>
    private readonly string _retryAfter = (Math.Ceiling(options.Value.SkipFor.TotalSeconds) + 1).ToString(CultureInfo.InvariantCulture);

    public async Task InvokeAsync(HttpContext context, DatabaseSession session)
    {
        try
        {
            await next(context);
            session.Succeeded();
        }
        catch (Exception problem) when (!context.RequestAborted.IsCancellationRequested && TypeOf(problem) is not null)
        {
            var (type, title, detail) = TypeOf(problem)!.Value;
            if (type == Away)
            {
                session.Failed(problem);
            }

            // Those that were not even sent are counted, and the circuit has said why.
            if (problem is not DatabaseSkippedException)
            {
                logger.DatabaseUnavailable(type, problem.Message);
            }

            if (context.Response.HasStarted)
            {
                throw;
            }

            context.Response.Clear();
            context.Response.Headers.RetryAfter = _retryAfter;
            await Problems.Of(StatusCodes.Status503ServiceUnavailable, type, title, detail).ExecuteAsync(context);
        }
    }

    /// <summary>True when the database gave no answer: none came, or it wasn't asked.</summary>
    public static bool IsAway(Exception problem) => TypeOf(problem)?.Type == Away;

    /// <summary>Null for what trying again won't mend.</summary>
    internal static (string Type, string Title, string Detail)? TypeOf(Exception problem) => problem switch
    {
        // Not even a key can be looked at.
        KeysUnknownException { InnerException: PostgresException reason } when TypeOf(reason) is { } known => known,
        KeysUnknownException => ("database:unavailable", "The database is not available.", "Nothing was done: who may do it stands in the database."),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction } =>
            ("database:schema-too-old", "The database's schema is older than this build needs.", $"This build needs schema {SchemaCheck.Required}: run MigrationService migrate."),
        PostgresException { IsTransient: false, SqlState: not (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName) } => null,
        DatabaseSkippedException => (Away, "The database is not available.", "It has just failed and isn't asked for a moment. Nothing was done."),
        NpgsqlException or SocketException or TimeoutException =>
            (Away, "The database is not available.",
            "Nothing was answered from it. A write may or may not have been done: read before you repeat it, or repeat it with the Idempotency-Key that it had."),
        _ => null,
    };
}
