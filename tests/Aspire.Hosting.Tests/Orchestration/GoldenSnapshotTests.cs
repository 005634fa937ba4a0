using System.Text.Json.Nodes;
using Aspire.Hosting.Dashboard.Protos;
using Aspire.Hosting.Tests.Dashboard;
using Aspire.Hosting.Tests.Golden;
using Google.Protobuf;

namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>What the dashboard is shown of each resource of a recorded program once it has settled, compared with the official host's recordings.</summary>
[Collection(nameof(GoldenRuns))]
public sealed class GoldenSnapshotTests(GoldenPrograms programs)
{
    /// <summary>Before the recorded programs were told to stop; milliseconds.</summary>
    private const int RecordedUntil = 11_500;

    private static readonly JsonFormatter s_json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true));
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Masked in the recordings, or derived from what is.</summary>
    private static readonly HashSet<string> s_varying = ["resource.createTime", "resource.startTime", "resource.stopTime", "executable.pid"];

    [Theory]
    [InlineData("04-executables")]
    [InlineData("05-references")]
    public async Task Resources_OfARecordedProgram_AreShownTheSame(string name)
    {
        var program = await programs.GetAsync(name, TestContext.Current.CancellationToken);
        var recorded = Recorded(program);
        await using var host = GoldenHost.Start(program);
        var shown = await WatchUntilSettledAsync(host, recorded);
        var executables = await host.ListAsync("executables");
        var mask = new GoldenMask(program, GoldenHost.Bundle!, executables.Values, (await host.ListAsync("services")).Values);
        mask.AddTargetPorts((await host.ListAsync("endpoints")).Values, executables.Values);

        mask.AddNames(shown);

        var differences = new List<string>();
        foreach (var (resource, expected) in recorded.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var actual = shown.TryGetValue(resource, out var found) ? Lines(found, mask.Apply) : ["(not shown)"];
            var wanted = Lines(expected, static text => text);
            differences.AddRange(wanted.Except(actual).Select(l => $"{resource} - {l}").Concat(actual.Except(wanted).Select(l => $"{resource} + {l}")));
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences) + (differences.Count > 20 ? "\n" + host.Output : string.Empty));
    }

    /// <summary>By display name, with the number of the replica where there are several.</summary>
    private static Dictionary<string, JsonNode> Recorded(GoldenProgram program)
    {
        var last = new Dictionary<string, JsonNode>();
        foreach (var line in File.ReadLines(program.Recorded("snapshots.jsonl")).Select(l => JsonNode.Parse(l)!))
        {
            if (line["kind"]!.GetValue<string>() is "upsert" or "initial" && line["t"]!.GetValue<int>() < RecordedUntil)
            {
                last[line["data"]!["display_name"]!.GetValue<string>()] = line["data"]!;
            }
        }

        return last;
    }

    private static async Task<Dictionary<string, JsonNode>> WatchUntilSettledAsync(GoldenHost host, Dictionary<string, JsonNode> recorded)
    {
        var shown = new Dictionary<string, JsonNode>();
        try
        {
            while (true)
            {
                using var client = new GrpcClient("http://127.0.0.1:18890", "golden-key");
                try
                {
                    await foreach (var update in client.StreamAsync("WatchResources", new WatchResourcesRequest(), WatchResourcesUpdate.Parser, host.Token))
                    {
                        IEnumerable<Resource> resources = update.InitialData?.Resources ?? update.Changes.Value.Select(c => c.Upsert).Where(r => r is not null);
                        foreach (var resource in resources)
                        {
                            shown[resource.DisplayName] = JsonNode.Parse(s_json.Format(resource))!;
                        }

                        if (recorded.All(r => shown.TryGetValue(r.Key, out var found) && Summary(found) == Summary(r.Value)))
                        {
                            return shown;
                        }
                    }
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(s_pause, TimeProvider.System, host.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return shown;
        }
    }

    /// <summary>What tells that a resource has come as far as in the recording.</summary>
    private static string Summary(JsonNode resource) =>
        $"{resource["state"]} {string.Join(' ', resource["health_reports"]!.AsArray().Select(r => r!["status"]))} {string.Join(' ', resource["urls"]!.AsArray().Select(u => u!["is_inactive"]))} {Waiting(resource)}";

    private static int Waiting(JsonNode resource) =>
        resource["properties"]!.AsArray().Count(p => p!["name"]!.GetValue<string>() == "resource.waitingFor");

    private static List<string> Lines(JsonNode resource, Func<string, string> mask)
    {
        var lines = new List<string>
        {
            $"name {resource["name"]}", $"type {resource["resource_type"]}", $"state {resource["state"]}", $"style {resource["state_style"]}",
            $"hidden {resource["is_hidden"]}", $"icon {resource["icon_name"]} {resource["icon_variant"]}",
        };
        var isProject = resource["resource_type"]!.GetValue<string>() == "Project";
        lines.AddRange(resource["properties"]!.AsArray()
            .Where(p => !s_varying.Contains(p!["name"]!.GetValue<string>()) && !(isProject && p["name"]!.GetValue<string>() == "executable.args"))
            .Select((p, i) => $"property {i} {p!["name"]} {Value(p)} {p["is_sensitive"]} {p["is_highlighted"]} {p["display_name"]} {p["sort_order"]}"));
        lines.AddRange(resource["urls"]!.AsArray().Select((u, i) => $"url {i} {u!["endpoint_name"]} {u["full_url"]} {u["is_internal"]} {u["is_inactive"]} {u["display_properties"]!["display_name"]} {u["display_properties"]!["sort_order"]}"));
        lines.AddRange(resource["commands"]!.AsArray().Select((c, i) => $"command {i} {c!["name"]} {c["display_name"]} {c["state"]} {c["icon_name"]} {c["icon_variant"]} {c["is_highlighted"]} {c["display_description"]}"));
        lines.AddRange(resource["health_reports"]!.AsArray().Select((r, i) => $"health {i} {r!["key"]} {r["status"]}"));
        lines.AddRange(resource["relationships"]!.AsArray().Select((r, i) => $"relationship {i} {r!["resource_name"]} {r["type"]}"));
        var environment = resource["environment"]!.AsArray().Where(e => e!["is_from_spec"]!.GetValue<bool>()).ToArray();
        if (!environment.Any(e => e!["name"]!.GetValue<string>() == "PATH"))
        {
            lines.AddRange(environment.Select(e => $"variable {e!["name"]}={e["value"]}"));
        }

        return [.. lines.Select(l => mask(l.TrimEnd()))];
    }

    /// <summary><c>dotnet run</c> needs <c>--</c> before a profile's arguments; the assembly that is started directly does not.</summary>
    private static string Value(JsonNode property)
    {
        var text = ValueText(property["value"]).Replace("[--, ", "[", StringComparison.Ordinal);
        return property["name"]!.GetValue<string>() == "resource.appArgsSensitivity" ? text.Replace("0, ", string.Empty, StringComparison.Ordinal) : text;
    }

    /// <summary>Numbers are texts where they are masked.</summary>
    private static string ValueText(JsonNode? value) => value is JsonArray array ? "[" + string.Join(", ", array.Select(v => v?.ToString())) + "]" : value?.ToString() ?? "null";
}
