using System.Text.RegularExpressions;
using Xunit;

namespace Slipway.Architecture.Tests;

public sealed partial class ProblemTypesTests
{
    [Fact]
    public void Documentation_OfProblemTypes_ListsEachThatTheCodeAnswers()
    {
        var used = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in Sources("Api"))
            used.UnionWith(SliceType().Matches(file).Select(match => match.Groups[1].Value));
        // What RequestBody answers has the name of the slice that reads a body with it.
        var slices = Sources("Api").SelectMany(file => ReadSlice().Matches(file).Select(match => match.Groups[1].Value)).Distinct().ToList();
        var ofBodies = Sources("Api").SelectMany(file => BodyType().Matches(file).Select(match => match.Groups[1].Value)).Distinct().ToList();
        used.UnionWith(slices.SelectMany(_ => ofBodies, (slice, type) => $"{slice}:{type}"));
        foreach (var file in Sources("Gateway"))
            used.UnionWith(GatewayType().Matches(file).Select(match => "gateway:" + match.Groups[1].Value));
        foreach (var file in Sources("ServiceDefaults"))
            used.UnionWith(WholeType().Matches(file).Select(match => match.Groups[1].Value));

        var listed = WholeType().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "problems.md"))).Select(match => match.Groups[1].Value);

        Assert.Equal(used, listed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Sources(string project) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    /// <summary>Scopes look alike and are none.</summary>
    [GeneratedRegex("\"(?!\\w+:(?:read|write|manage)\")((?:releases|audit|access|database|idempotency):[a-z-]+)\"")]
    private static partial Regex SliceType();

    [GeneratedRegex("RequestBody\\.ReadAsync\\(context, \"([a-z]+)\"")]
    private static partial Regex ReadSlice();

    [GeneratedRegex("\\$\"\\{slice\\}:([a-z-]+)\"")]
    private static partial Regex BodyType();

    [GeneratedRegex("(?:Problem\\(StatusCodes\\.\\w+|Urn\\()(?:, )?\"([a-z-]+)\"")]
    private static partial Regex GatewayType();

    [GeneratedRegex("urn:slipway:problem:([a-z]+:[a-z-]+)")]
    private static partial Regex WholeType();
}
