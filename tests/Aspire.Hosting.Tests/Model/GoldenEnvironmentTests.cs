using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Model;

/// <summary>Names, values and order of variables and arguments, against recordings of the official host.</summary>
public class GoldenEnvironmentTests
{
    private static readonly string[] s_random = ["P_GENERATED", "P_GENERATED_PLAIN", "ConnectionStrings__built"];

    public static TheoryData<string> Programs { get; } = [.. GoldenModels.All.Keys];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Run_OfARecordedProgram_GivesTheSameEnvironmentAndArguments(string program)
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        var builder = GoldenRun.Builder(program);
        GoldenModels.All[program](builder);

        await new GoldenRun(builder, program).AssertMatchesAsync(s_random);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Publish_OfARecordedProgram_GivesTheSameExpressions(string program)
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        var folder = Path.Combine(GoldenData.Folder, program);
        var builder = TestModel.Publish(folder);
        GoldenModels.All[program](builder);
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "manifest.json"), TestContext.Current.CancellationToken));
        var recorded = manifest.RootElement.GetProperty("resources");

        foreach (var resource in builder.Resources.OfType<IResourceWithEnvironment>())
        {
            var expected = recorded.GetProperty(resource.Name).TryGetProperty("env", out var env)
                ? env.EnumerateObject().Select(v => $"{v.Name}={v.Value.GetString()}")
                : [];

            // The helper that encodes a value is the publisher's affair.
            Assert.Equal(expected.Select(e => e.Replace("-uri-encoded.value}", ".value}", StringComparison.Ordinal)), await TestModel.ExpressionsOf(builder, resource));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Relationships_OfARecordedProgram_AreTheSameInTheSameOrder(string program)
    {
        Assert.SkipWhen(GoldenData.Folder is null, GoldenData.Missing);
        var builder = GoldenRun.Builder(program);
        GoldenModels.All[program](builder);
        var recorded = new Dictionary<string, string[]>();
        foreach (var line in File.ReadLines(Path.Combine(GoldenData.Folder, program, "snapshots.jsonl")))
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.GetProperty("data") is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty("relationships", out var relationships))
            {
                recorded[data.GetProperty("display_name").GetString()!] =
                    [.. relationships.EnumerateArray().Select(r => $"{r.GetProperty("resource_name").GetString()} {r.GetProperty("type").GetString()}")];
            }
        }

        foreach (var resource in builder.Resources.Where(r => recorded.ContainsKey(r.Name) && r is not ProjectRebuilderResource))
        {
            var relationships = resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => $"{r.Resource.Name} {r.Type}");

            Assert.Equal(recorded[resource.Name].Select(r => $"{resource.Name}: {r}"), relationships.Select(r => $"{resource.Name}: {r}"));
        }
    }
}
