using Xunit;

namespace Slipway.Architecture.Tests;

/// <summary>Who may reference whom; the table stands in docs/architecture.md.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Contracts"] = [],
        ["ServiceDefaults"] = ["Contracts"],
        ["Deployment"] = ["Contracts"],
        ["Api"] = ["Contracts", "ServiceDefaults"],
        ["Gateway"] = ["Contracts", "ServiceDefaults"],
        ["MigrationService"] = ["Contracts", "ServiceDefaults"],
        ["Cli"] = ["Contracts", "Deployment"],
        ["AppHost"] = ["MigrationService", "Api", "Gateway"],
    };

    private static readonly Dictionary<string, string[]> s_forbiddenPackages = new()
    {
        ["Contracts"] = ["*"],
        ["Gateway"] = ["Npgsql", "Aspire.Npgsql", "Dapper"],
        ["Deployment"] = ["Npgsql", "Aspire.Npgsql", "Yarp.ReverseProxy"],
    };

    public static TheoryData<string> Products =>
        [.. Repository.Projects.Select(Repository.Relative).Where(p => !p.StartsWith("tests/", StringComparison.Ordinal) && !p.StartsWith("aspire/", StringComparison.Ordinal) && !p.StartsWith("eng/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Products))]
    public void Project_ReferencesOnlyWhatTheTableAllows(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(s_allowed.TryGetValue(name, out var allowed), $"'{project}' is not in the table: add it here and in docs/architecture.md.");
        Assert.Empty(Repository.ProjectReferences(Path.Combine(Repository.Root, project)).Except(allowed));
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Project_LeavesForbiddenPackagesAlone(string project)
    {
        var packages = Repository.PackageReferences(Path.Combine(Repository.Root, project)).ToArray();
        var forbidden = s_forbiddenPackages.GetValueOrDefault(Path.GetFileNameWithoutExtension(project), []);
        Assert.DoesNotContain(packages, p => forbidden.Contains("*") || forbidden.Contains(p));
    }

    /// <summary>Only the switch file may know that there are stand-ins.</summary>
    [Fact]
    public void NoProjectOutsideAspireNamesAStandInByPath()
    {
        var offenders = Repository.Projects
            .Where(p => !Repository.Relative(p).StartsWith("aspire/", StringComparison.Ordinal) && !Repository.Relative(p).StartsWith("tests/Aspire.", StringComparison.Ordinal))
            .Where(p => Repository.ProjectReferences(p).Any(r => r.StartsWith("Aspire.", StringComparison.Ordinal) || r.StartsWith("OpenTelemetry.", StringComparison.Ordinal)))
            .Select(Repository.Relative);
        Assert.Empty(offenders);
    }
}
