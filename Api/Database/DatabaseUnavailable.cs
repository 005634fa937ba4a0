using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Slipway.Api.Database;

/// <summary>Answers 503 with Retry-After while the database is away or its schema is too old, and tells the circuit; every other exception passes.</summary>
internal sealed class DatabaseUnavailable(RequestDelegate next, IOptions<DatabaseOptions> options, ILogger<DatabaseUnavailable> logger)
{
    private const string Away = "database:unavailable";
    private const string NotAvailable = "The database is not available.";

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
        // A schema that is too old keeps more from being done than the statement that met it.
        WithoutDatabaseException { InnerException: PostgresException reason } when TypeOf(reason) is { } known => known,
        WithoutDatabaseException without => (Away, NotAvailable, without.Detail),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction } =>
            ("database:schema-too-old", "The database's schema is older than this build needs.", $"This build needs schema {SchemaCheck.Required}: run MigrationService migrate."),
        PostgresException { IsTransient: false, SqlState: not (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName) } => null,
        NpgsqlException or SocketException or TimeoutException =>
            (Away, NotAvailable,
            "Nothing was answered from it. A write may or may not have been done: read before you repeat it, or repeat it with the Idempotency-Key that it had."),
        _ => null,
    };
}
