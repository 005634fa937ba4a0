using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Backchannel;

/// <summary>Snapshots as the command line reads them: names in camel case, secrets left out.</summary>
internal static class ResourceDescriptions
{
    public static Dictionary<string, object?> Of(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        return new Dictionary<string, object?>
        {
            ["name"] = change.ResourceId,
            ["displayName"] = change.Resource.Name,
            ["resourceType"] = snapshot.ResourceType,
            ["type"] = snapshot.ResourceType,
            ["state"] = snapshot.State?.Text,
            ["stateStyle"] = snapshot.State?.Style,
            ["healthStatus"] = snapshot.HealthStatus?.ToString(),
            ["exitCode"] = snapshot.ExitCode,
            ["createdAt"] = snapshot.CreationTimeStamp,
            ["startedAt"] = snapshot.StartTimeStamp,
            ["stoppedAt"] = snapshot.StopTimeStamp,
            ["isHidden"] = snapshot.IsHidden,
            ["urls"] = snapshot.Urls.Select(Url).ToArray(),
            ["relationships"] = snapshot.Relationships.Select(r => new { resourceName = r.ResourceName, type = r.Type }).ToArray(),
            ["healthReports"] = snapshot.HealthReports
                .Select(r => new { name = r.Name, status = r.Status?.ToString(), description = r.Description, exceptionText = r.ExceptionText }).ToArray(),
            ["volumes"] = snapshot.Volumes
                .Select(v => new { source = v.Source, target = v.Target, mountType = v.MountType, isReadOnly = v.IsReadOnly }).ToArray(),
            ["environmentVariables"] = snapshot.EnvironmentVariables
                .Where(e => e.IsFromSpec).Select(e => new { name = e.Name, value = e.Value, isFromSpec = e.IsFromSpec }).ToArray(),
            ["properties"] = snapshot.Properties.DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.IsSensitive ? null : Text(p.Value)),
            ["commands"] = snapshot.Commands.Select(Command).ToArray(),
        };
    }

    private static object Command(ResourceCommandSnapshot command) => new
    {
        name = command.Name,
        displayName = command.DisplayName,
        description = command.DisplayDescription,
        state = command.State.ToString(),
        argumentInputs = command.Arguments.Select(a => new
        {
            name = a.Name,
            label = a.EffectiveLabel,
            description = a.Description,
            enableDescriptionMarkdown = a.EnableDescriptionMarkdown,
            inputType = a.InputType.ToString(),
            required = a.Required,
            placeholder = a.Placeholder,
            value = a.InputType == InputType.SecretText ? null : a.Value,
            options = a.Options?.ToDictionary(o => o.Key, o => o.Value),
            allowCustomChoice = a.AllowCustomChoice,
            disabled = a.Disabled,
            maxLength = a.MaxLength,
        }).ToArray(),
    };

    private static object Url(UrlSnapshot url) => new
    {
        name = url.Name ?? string.Empty,
        url = url.Url,
        isInternal = url.IsInternal,
        isInactive = url.IsInactive,
        displayProperties = new { displayName = url.DisplayProperties.DisplayName, sortOrder = url.DisplayProperties.SortOrder },
    };

    private static string? Text(object? value) => value switch
    {
        null => null,
        string text => text,
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(Text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
