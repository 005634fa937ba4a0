using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Slipway.MigrationService;

/// <summary>Opens the one connection that a verb works on.</summary>
internal sealed class DatabaseConnection(
    NpgsqlDataSource dataSource, IOptions<MigrationOptions> options, TimeProvider clock, ILogger<DatabaseConnection> logger)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Tries again while the server isn't there, starts up, has no place left, or lacks the database, which others create after its start.</summary>
    /// <exception cref="MigrationStoppedException">Not within the time for it, or the server refuses us for another reason.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        string? said = null;
        while (true)
        {
            try
            {
                return await dataSource.OpenConnectionAsync(cancellationToken);
            }
            catch (Exception problem) when (problem is NpgsqlException or SocketException or TimeoutException)
            {
                if (!MayPass(problem) || clock.GetElapsedTime(started) >= options.Value.ConnectTimeout)
                {
                    throw new MigrationStoppedException(ExitCode.NoConnection, Describe(problem), problem);
                }

                if (said != problem.Message)
                {
                    said = problem.Message;
                    logger.WaitingForServer(said);
                }
            }

            await Task.Delay(s_pause, clock, cancellationToken);
        }
    }

    private static bool MayPass(Exception problem) => problem is not PostgresException refused || refused.SqlState is
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.InvalidCatalogName
        or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown;

    /// <summary>Names the server, never the password.</summary>
    private string Describe(Exception problem)
    {
        var target = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        var advice = problem is PostgresException
            ? "Check the user, the password and the database's name in ConnectionStrings:opsdb."
            : "Check that the server runs and that ConnectionStrings:opsdb names its host and port.";
        return $"No connection to database '{target.Database}' on {target.Host}:{target.Port} as '{target.Username}': {problem.Message}. {advice}";
    }
}
