using System.Diagnostics;
using Npgsql;
using Slipway.TestKit;

namespace Slipway.MigrationService.Tests;

/// <summary>Runs the service in this process, or as the process that it is, and keeps what it printed.</summary>
internal sealed record MigrationRun(int ExitCode, string Output, string Error)
{
    /// <summary>In this process, with migrations of the test's own.</summary>
    public static async Task<MigrationRun> WithAsync(string connectionString, IEnumerable<(string Name, string Sql)> files, params string[] arguments)
    {
        var carried = Migration.InOrder(files.Select(file => Migration.Parse(file.Name, file.Sql)));
        using var output = new StringWriter();
        var exitCode = await MigrationHost.RunAsync(
            [.. arguments, $"--ConnectionStrings:opsdb={connectionString}"], () => carried, output, TestContext.Current.CancellationToken);
        return new MigrationRun(exitCode, output.ToString(), "");
    }

    /// <summary>The built program with the migrations that it carries.</summary>
    public static Process Start(string? connectionString, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "MigrationService.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (connectionString is not null)
        {
            start.Environment["ConnectionStrings__opsdb"] = connectionString;
        }

        return Process.Start(start)!;
    }

    public static async Task<MigrationRun> ProcessAsync(string? connectionString, params string[] arguments) =>
        await EndAsync(Start(connectionString, arguments));

    public static async Task<MigrationRun> EndAsync(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new MigrationRun(process.ExitCode, await output, await error);
        }
    }

    /// <summary>Feeds SQL to the real psql.</summary>
    public static async Task<MigrationRun> PsqlAsync(string connectionString, string sql)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(PostgresServer.Program("psql"), ["-X", "-q", "-h", target.Host!, "-p", $"{target.Port}", "-U", target.Username!, "-d", target.Database!])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["PGPASSWORD"] = target.Password },
        };
        var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(sql);
        process.StandardInput.Close();
        return await EndAsync(process);
    }

    public static async Task<T> QueryAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
