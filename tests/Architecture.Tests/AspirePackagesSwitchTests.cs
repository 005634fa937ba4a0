using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Slipway.Architecture.Tests;

/// <summary><c>-p:AspirePackages=true</c> differs by package references alone.</summary>
public sealed class AspirePackagesSwitchTests
{
    public static TheoryData<string> Projects => ["AppHost/AppHost.csproj", "Api/Api.csproj", "ServiceDefaults/ServiceDefaults.csproj", "tests/Check/Check.csproj"];

    [Theory]
    [MemberData(nameof(Projects))]
    public async Task Switch_TurnsProjectReferencesIntoThePackagesOfTheSameName(string project)
    {
        var standIns = await EvaluateAsync(project, official: false);
        var official = await EvaluateAsync(project, official: true);

        var replaced = standIns.Projects.Where(p => p.Contains("/aspire/", StringComparison.Ordinal)).Select(p => Path.GetFileNameWithoutExtension(p)!).ToArray();
        Assert.NotEmpty(replaced);
        Assert.Equal(
            standIns.Projects.Where(p => !p.Contains("/aspire/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            official.Projects.Order(StringComparer.Ordinal));
        Assert.Equal(replaced.Order(StringComparer.Ordinal), official.Packages.Except(standIns.Packages).Order(StringComparer.Ordinal));
        Assert.Equal(standIns.Sources, official.Sources);
    }

    private static async Task<(string[] Packages, string[] Projects, string[] Sources)> EvaluateAsync(string project, bool official)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            "msbuild", Path.Combine(Repository.Root, project), "-nologo", "-getItem:PackageReference", "-getItem:ProjectReference", "-getItem:Compile",
            $"-p:AspirePackages={(official ? "true" : "false")}", "-p:ResolveOfficialAspireSdk=false",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("AspirePackages");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output + await error);

        var items = JsonDocument.Parse(output).RootElement.GetProperty("Items");
        return (Values("PackageReference", "Identity"), Values("ProjectReference", "FullPath"), Values("Compile", "Identity"));

        string[] Values(string item, string metadata) => items.TryGetProperty(item, out var list)
            ? [.. list.EnumerateArray().Select(i => i.GetProperty(metadata).GetString()!.Replace('\\', '/'))]
            : [];
    }
}
