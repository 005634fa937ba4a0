using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Tests.Golden;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Tests.Dashboard;

public class ResourceMessagesTests
{
    private static readonly JsonFormatter s_formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true));

    public static TheoryData<string> Programs() => GoldenData.Folder is { } folder
        ? [.. Directory.GetFiles(folder, "snapshots.jsonl", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order()]
        : [string.Empty];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Snapshot_OfTheOfficialHost_GivesTheSameMessage(string program)
    {
        Assert.SkipWhen(program.Length == 0, GoldenData.Missing);
        var compared = 0;
        foreach (var line in File.ReadLines(Path.Combine(GoldenData.Folder!, program)).Select(l => JsonNode.Parse(l)!))
        {
            if (line["kind"]!.GetValue<string>() is not ("upsert" or "initial"))
            {
                continue;
            }

            var expected = line["data"]!;
            var actual = JsonNode.Parse(s_formatter.Format(ResourceMessages.From(GoldenSnapshots.Event(expected), GoldenSnapshots.Time)))!;

            Assert.Equal(Canonical(expected), Canonical(actual));
            compared++;
        }

        Assert.NotEqual(0, compared);
    }

    [Fact]
    public void Resource_WithoutACreationTime_GetsTheTimeOfTheService()
    {
        var snapshot = new CustomResourceSnapshot { ResourceType = "Custom", Properties = [] };

        var message = ResourceMessages.From(new ResourceEvent(new TestResource("a"), "a", snapshot), GoldenSnapshots.Time);

        Assert.Equal(Timestamp.FromDateTime(GoldenSnapshots.Time), message.CreatedAt);
    }

    [Fact]
    public void Resource_WithAnIconAnnotation_ShowsIt()
    {
        var resource = new TestResource("a");
        resource.Annotations.Add(new ResourceIconAnnotation("Database"));
        var snapshot = new CustomResourceSnapshot { ResourceType = "Custom", Properties = [] };

        var message = ResourceMessages.From(new ResourceEvent(resource, "a", snapshot), GoldenSnapshots.Time);

        Assert.Equal(("Database", Aspire.Hosting.Dashboard.Protos.IconVariant.Filled), (message.IconName, message.IconVariant));
    }

    [Fact]
    public void Property_WithItsOwnDisplay_KeepsIt()
    {
        var snapshot = new CustomResourceSnapshot
        {
            ResourceType = "Executable",
            Properties = [new ResourcePropertySnapshot("executable.path", "x") { DisplayName = "Program", SortOrder = 9 }],
        };

        var property = ResourceMessages.From(new ResourceEvent(new TestResource("a"), "a", snapshot), GoldenSnapshots.Time).Properties[^1];

        Assert.Equal(("Program", 9, false), (property.DisplayName, property.SortOrder, property.IsHighlighted));
    }

    [Fact]
    public void Value_KeepsItsKind()
    {
        Assert.Equal(Value.KindOneofCase.NullValue, ResourceMessages.ToValue(null).KindCase);
        Assert.Equal("text", ResourceMessages.ToValue("text").StringValue);
        Assert.Equal(5432, ResourceMessages.ToValue(5432).NumberValue);
        Assert.True(ResourceMessages.ToValue(true).BoolValue);
        Assert.Equal(["1", "null"], ResourceMessages.ToValue(new object?[] { 1, null }).ListValue.Values.Select(v => v.ToString()));
        Assert.Equal("2026-01-02T03:04:05.0000000Z", ResourceMessages.ToValue(GoldenSnapshots.Time).StringValue);
        Assert.Equal(1, ResourceMessages.ToValue(new Dictionary<string, int> { ["a"] = 1 }).StructValue.Fields["a"].NumberValue);
        Assert.Equal("Grpc", ResourceMessages.ToValue(OtlpProtocol.Grpc).StringValue);
    }

    /// <summary>Sorted members; times and ids as the recordings mask them; the prompts of parameter commands, which are not offered, left out.</summary>
    private static string Canonical(JsonNode? node, string? name = null) => node switch
    {
        JsonObject value => "{" + string.Join(",\n", value
            .Where(m => m.Key != "argument_inputs")
            .Select(m => (Key: m.Key == "INHERITED" ? "value" : m.Key, m.Value))
            .OrderBy(m => m.Key, StringComparer.Ordinal)
            .Select(m => $"{m.Key}:{Canonical(m.Value, m.Key)}")) + "}",
        JsonArray value => "[" + string.Join(",", value.Select(v => Canonical(v))) + "]",
        null => "null",
        _ when name == "uid" => "ID",
        _ => node.ToJsonString() is "\"2026-01-02T03:04:05Z\"" or "\"2026-01-02T03:04:05.0000000Z\"" ? "\"TIME\"" : node.ToJsonString(),
    };
}
