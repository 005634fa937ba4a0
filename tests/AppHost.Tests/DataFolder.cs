using System.Diagnostics;
using Slipway.TestKit;

namespace Slipway.AppHost.Tests;

/// <summary>A data folder for local servers that ends with the test, so that tests never touch a developer's data.</summary>
public sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-data-").FullName;

    private const string FirstKeySecret = "only-for-tests-3f9c1d7e5b2a48600d";

    /// <summary>With every scope, for <c>X-Api-Key</c>.</summary>
    public const string ApiKey = $"first.{FirstKeySecret}";

    /// <summary>No user secrets of the developer either: passwords and the first key are the test's own.</summary>
    public string[] AppHostArguments =>
    [
        $"--AppHost:DataPath={Path}", "--Parameters:postgres-password=test-postgres-password", "--Parameters:cache-password=test-cache-password",
        $"--Parameters:first-api-key-secret={FirstKeySecret}",
    ];

    /// <summary>Runs a statement in the stopped PostgreSQL of this folder, by its single-user mode.</summary>
    public async Task ExecuteAsync(string database, string sql, CancellationToken cancellationToken)
    {
        string[] stepDown = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : [];
        string[] command = [.. stepDown, PostgresServer.Program("postgres"), "--single", "-D", System.IO.Path.Combine(Path, "postgres"), database];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        })!;
        await process.StandardInput.WriteLineAsync(sql.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
