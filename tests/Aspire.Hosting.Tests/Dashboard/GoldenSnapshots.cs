using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Tests.Dashboard;

/// <summary>What the official resource service sent for a resource, turned back into the snapshot that it was made from.</summary>
internal static class GoldenSnapshots
{
    /// <summary>Stands for every masked time.</summary>
    public static readonly DateTime Time = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    /// <summary>Properties that the service derives from other parts of the snapshot.</summary>
    private static readonly HashSet<string> s_derived =
    [
        "resource.uid", "resource.name", "resource.type", "resource.displayName", "resource.state", "resource.exitCode",
        "resource.createTime", "resource.startTime", "resource.stopTime", "resource.healthState",
    ];

    public static ResourceEvent Event(JsonNode golden)
    {
        var resource = new TestResource(Text(golden["display_name"])!);
        var properties = golden["properties"]!.AsArray();
        var snapshot = new CustomResourceSnapshot
        {
            ResourceType = Text(golden["resource_type"])!,
            State = Property("resource.state") is { } state ? new ResourceStateSnapshot(state, Null(golden["state_style"])) : null,
            ExitCode = Property("resource.exitCode") is { } code ? int.Parse(code, System.Globalization.CultureInfo.InvariantCulture) : null,
            CreationTimeStamp = Time,
            StartTimeStamp = golden["started_at"] is null ? null : Time,
            StopTimeStamp = golden["stopped_at"] is null ? null : Time,
            IsHidden = golden["is_hidden"]!.GetValue<bool>(),
            IconName = Text(golden["icon_name"]),
            IconVariant = Icon(golden["icon_variant"]),
            Properties = [.. properties.Where(p => !s_derived.Contains(Text(p!["name"])!)).Select(p => ToProperty(p!))],
            EnvironmentVariables = [.. Each("environment", e => new EnvironmentVariableSnapshot(Text(e["name"])!, Text(e["value"] ?? e["INHERITED"]), e["is_from_spec"]!.GetValue<bool>()))],
            Urls = [.. Each("urls", ToUrl)],
            Volumes = [.. Each("volumes", v => new VolumeSnapshot(Null(v["source"]), Text(v["target"])!, Text(v["mount_type"])!, v["is_read_only"]!.GetValue<bool>()))],
            Relationships = [.. Each("relationships", r => new RelationshipSnapshot(Text(r["resource_name"])!, Text(r["type"])!))],
            Commands = [.. Each("commands", ToCommand)],
            HealthReports = [.. Each("health_reports", ToReport)],
        };
        return new ResourceEvent(resource, Text(golden["name"])!, snapshot);

        IEnumerable<T> Each<T>(string list, Func<JsonNode, T> convert) => golden[list]!.AsArray().Select(n => convert(n!));

        string? Property(string name) => Text(properties.Single(p => Text(p!["name"]) == name)!["value"]);
    }

    private static ResourcePropertySnapshot ToProperty(JsonNode property) => new(Text(property["name"])!, Value(property["value"]))
    {
        IsSensitive = property["is_sensitive"]!.GetValue<bool>(),
    };

    private static object? Value(JsonNode? value) => value switch
    {
        null => null,
        JsonArray list => list.Select(Value).ToImmutableArray(),
        JsonValue number when number.TryGetValue<int>(out var whole) => whole,
        _ => value.GetValue<string>(),
    };

    private static UrlSnapshot ToUrl(JsonNode url) => new(Null(url["endpoint_name"]), Text(url["full_url"])!, url["is_internal"]!.GetValue<bool>())
    {
        IsInactive = url["is_inactive"]!.GetValue<bool>(),
        DisplayProperties = new UrlDisplayPropertiesSnapshot(
            Text(url["display_properties"]!["display_name"])!,
            url["display_properties"]!["sort_order"]!.GetValue<int>()),
    };

    private static ResourceCommandSnapshot ToCommand(JsonNode command) => new(
        Text(command["name"])!,
        Text(command["state"]) switch
        {
            "RESOURCE_COMMAND_STATE_ENABLED" => ResourceCommandState.Enabled,
            "RESOURCE_COMMAND_STATE_DISABLED" => ResourceCommandState.Disabled,
            _ => ResourceCommandState.Hidden,
        },
        Text(command["display_name"])!,
        Null(command["display_description"]),
        null,
        Null(command["confirmation_message"]),
        Null(command["icon_name"]),
        Icon(command["icon_variant"]),
        command["is_highlighted"]!.GetValue<bool>());

    private static HealthReportSnapshot ToReport(JsonNode report) => new(
        Text(report["key"])!,
        Text(report["status"]) switch
        {
            null => null,
            "HEALTH_STATUS_HEALTHY" => HealthStatus.Healthy,
            "HEALTH_STATUS_DEGRADED" => HealthStatus.Degraded,
            _ => HealthStatus.Unhealthy,
        },
        Null(report["description"]),
        Null(report["exception"]))
    {
        LastRunAt = report["last_run_at"] is null ? null : Time,
    };

    private static IconVariant? Icon(JsonNode? variant) => Text(variant) switch
    {
        null => null,
        "ICON_VARIANT_FILLED" => IconVariant.Filled,
        _ => IconVariant.Regular,
    };

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static string? Null(JsonNode? node) => Text(node) is { Length: > 0 } text ? text : null;
}
