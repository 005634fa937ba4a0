using System.Diagnostics;

namespace Slipway.Aspire.Clients.Tests;

/// <summary>
/// Builds the reference program for the client packages against the stand-ins, runs it and compares every line with what the official packages
/// gave. The reference data lies beside the repository and is not part of it.
/// </summary>
public sealed class GoldenProgramTests(PostgresServer postgres, RedisServer redis)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);

    /// <summary>
    /// What depends on the machine: the default name of a client begins with the machine's name; its length is printed.
    /// </summary>
    private static readonly string[] s_maskedFrom = [" client="];

    [Fact]
    public async Task TheReferenceProgramPrintsWhatTheOfficialPackagesPrint()
    {
        postgres.SkipWhenAbsent();
        redis.SkipWhenAbsent();
        var golden = FindGolden();
        Assert.SkipWhen(golden is null, "The reference data (../shared/data/golden/16-clients beside the repository) is absent.");

        var folder = Directory.CreateTempSubdirectory("clients-tests-golden-").FullName;
        try
        {
            File.Copy(Path.Combine(golden, "Clients", "Program.cs"), Path.Combine(folder, "Program.cs"));
            await File.WriteAllTextAsync(Path.Combine(folder, "Clients.csproj"), Project(), TestContext.Current.CancellationToken);
            await RunAsync(folder, "build", "--nologo", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-o", Path.Combine(folder, "out"));

            var output = await RunAsync(folder, Path.Combine(folder, "out", "Clients.dll"));

            var expected = await File.ReadAllLinesAsync(Path.Combine(golden, "output.txt"), TestContext.Current.CancellationToken);
            Assert.Equal(Masked(expected), Masked(output.Split('\n')));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Masked(IEnumerable<string> lines) =>
    [
        .. lines.Where(line => line.StartsWith("GOLD ", StringComparison.Ordinal)).Select(line =>
            s_maskedFrom.Select(mark => line.IndexOf(mark, StringComparison.Ordinal)).FirstOrDefault(at => at >= 0) is > 0 and var at ? line[..at] : line),
    ];

    /// <summary>Null when absent. SLIPWAY_REFERENCE_DATA names the folder for checkouts that lie elsewhere.</summary>
    private static string? FindGolden()
    {
        var data = Environment.GetEnvironmentVariable("SLIPWAY_REFERENCE_DATA");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); data is null && folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "App.sln")))
                data = Path.Combine(folder.FullName, "..", "shared", "data");
        }

        var golden = Path.Combine(data ?? "", "golden", "16-clients");
        return Directory.Exists(golden) ? golden : null;
    }

    /// <summary>References the very assemblies that these tests run with.</summary>
    private static string Project()
    {
        string[] assemblies =
            ["Aspire.Npgsql", "Aspire.StackExchange.Redis", "Npgsql", "StackExchange.Redis", "OpenTelemetry*"];
        var references = assemblies
            .SelectMany(name => Directory.GetFiles(AppContext.BaseDirectory, name + ".dll"))
            .Select(path => $"""<Reference Include="{path}" />""");
        return $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """;
    }

    private async Task<string> RunAsync(string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PG"] = postgres.ConnectionString;
        start.Environment["REDIS"] = redis.ConnectionString;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{await output}\n{await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
