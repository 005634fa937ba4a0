using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Google.Protobuf.WellKnownTypes;

namespace Aspire.Hosting.Dashboard;

/// <summary>Snapshots of the model as messages for the dashboard.</summary>
internal static class ResourceMessages
{
    /// <param name="firstSeen">UTC; the creation time of a resource whose snapshot has none, for the dashboard needs one.</param>
    public static Protos.Resource From(ResourceEvent change, DateTime firstSeen)
    {
        var snapshot = change.Snapshot;
        var created = snapshot.CreationTimeStamp ?? firstSeen;
        var icon = change.Resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault();
        var resource = new Protos.Resource
        {
            Name = change.ResourceId,
            ResourceType = snapshot.ResourceType,
            DisplayName = change.Resource.Name,
            Uid = change.ResourceId,
            State = snapshot.State?.Text ?? string.Empty,
            StateStyle = snapshot.State?.Style ?? string.Empty,
            CreatedAt = Stamp(created),
            StartedAt = Stamp(snapshot.StartTimeStamp),
            StoppedAt = Stamp(snapshot.StopTimeStamp),
            IsHidden = snapshot.IsHidden,
            SupportsDetailedTelemetry = snapshot.SupportsDetailedTelemetry,
        };
        if ((snapshot.IconName ?? icon?.IconName) is { } iconName)
        {
            resource.IconName = iconName;
        }

        if ((snapshot.IconVariant ?? icon?.IconVariant) is { } variant)
        {
            resource.IconVariant = Variant(variant);
        }

        resource.Properties.Add(OwnProperties(change, created));
        resource.Properties.Add(snapshot.Properties.Select(p => Property(snapshot.ResourceType, p)));
        resource.Environment.Add(snapshot.EnvironmentVariables.Select(e =>
            new Protos.EnvironmentVariable { Name = e.Name, Value = e.Value ?? string.Empty, IsFromSpec = e.IsFromSpec }));
        resource.Urls.Add(snapshot.Urls.Select(Url));
        resource.Volumes.Add(snapshot.Volumes.Select(v =>
            new Protos.Volume { Source = v.Source ?? string.Empty, Target = v.Target, MountType = v.MountType, IsReadOnly = v.IsReadOnly }));
        resource.HealthReports.Add(snapshot.HealthReports.Select(Report));
        resource.Relationships.Add(snapshot.Relationships.Select(r =>
            new Protos.ResourceRelationship { ResourceName = r.ResourceName, Type = r.Type }));
        resource.Commands.Add(snapshot.Commands.Select(Command));
        return resource;
    }

    /// <summary>Null, text, numbers, booleans and lists of them keep their kind; anything else becomes text.</summary>
    internal static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        Value ready => ready,
        string text => Value.ForString(text),
        bool flag => Value.ForBool(flag),
        int or long or short or byte or uint or float or double or decimal => Value.ForNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        DateTime time => Value.ForString(time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
        DateTimeOffset time => Value.ForString(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
        IDictionary map => Value.ForStruct(ToStruct(map)),
        IEnumerable list => Value.ForList([.. list.Cast<object?>().Select(ToValue)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty),
    };

    private static Struct ToStruct(IDictionary map)
    {
        var result = new Struct();
        foreach (DictionaryEntry entry in map)
        {
            result.Fields[Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty] = ToValue(entry.Value);
        }

        return result;
    }

    /// <summary>What every resource shows, in the order of the dashboard's details.</summary>
    private static IEnumerable<Protos.ResourceProperty> OwnProperties(ResourceEvent change, DateTime created)
    {
        var snapshot = change.Snapshot;
        return
        [
            Own(KnownProperties.Resource.Uid, change.ResourceId),
            Own(KnownProperties.Resource.Name, change.ResourceId),
            Own(KnownProperties.Resource.Type, snapshot.ResourceType),
            Own(KnownProperties.Resource.DisplayName, change.Resource.Name),
            Own(KnownProperties.Resource.State, snapshot.State?.Text),
            Own(KnownProperties.Resource.ExitCode, snapshot.ExitCode?.ToInvariant()),
            Own(KnownProperties.Resource.CreateTime, created),
            Own(KnownProperties.Resource.StartTime, snapshot.StartTimeStamp),
            Own(KnownProperties.Resource.StopTime, snapshot.StopTimeStamp),
            Own(KnownProperties.Resource.HealthState, snapshot.HealthStatus?.ToString()),
        ];

        static Protos.ResourceProperty Own(string name, object? value) => new() { Name = name, Value = ToValue(value), IsSensitive = false };
    }

    /// <summary>A property without a display name gets the one that its kind of resource usually has.</summary>
    private static Protos.ResourceProperty Property(string resourceType, ResourcePropertySnapshot property)
    {
        var known = property.DisplayName is null ? PropertyDisplay.Of(resourceType, property.Name) : null;
        var message = new Protos.ResourceProperty
        {
            Name = property.Name,
            Value = ToValue(property.Value),
            IsSensitive = property.IsSensitive,
            IsHighlighted = property.IsHighlighted || known is not null,
        };
        if ((property.DisplayName ?? known?.Name) is { } displayName)
        {
            message.DisplayName = displayName;
        }

        if ((property.SortOrder ?? known?.Order) is { } order)
        {
            message.SortOrder = order;
        }

        return message;
    }

    private static Protos.Url Url(UrlSnapshot url) => new()
    {
        EndpointName = url.Name ?? string.Empty,
        FullUrl = url.Url,
        IsInternal = url.IsInternal,
        IsInactive = url.IsInactive,
        DisplayProperties = new Protos.UrlDisplayProperties
        {
            DisplayName = url.DisplayProperties.DisplayName,
            SortOrder = url.DisplayProperties.SortOrder,
        },
    };

    private static Protos.HealthReport Report(HealthReportSnapshot report)
    {
        var message = new Protos.HealthReport
        {
            Key = report.Name,
            Description = report.Description ?? string.Empty,
            Exception = report.ExceptionText ?? string.Empty,
            LastRunAt = Stamp(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy => Protos.HealthStatus.Healthy,
                Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded => Protos.HealthStatus.Degraded,
                _ => Protos.HealthStatus.Unhealthy,
            };
        }

        return message;
    }

    private static Protos.ResourceCommand Command(ResourceCommandSnapshot command) => new()
    {
        Name = command.Name,
        DisplayName = command.DisplayName,
        DisplayDescription = command.DisplayDescription ?? string.Empty,
        ConfirmationMessage = command.ConfirmationMessage ?? string.Empty,
        Parameter = ToValue(command.Parameter),
        IconName = command.IconName ?? string.Empty,
        IconVariant = Variant(command.IconVariant ?? IconVariant.Regular),
        IsHighlighted = command.IsHighlighted,
        State = command.State switch
        {
            ResourceCommandState.Enabled => Protos.ResourceCommandState.Enabled,
            ResourceCommandState.Disabled => Protos.ResourceCommandState.Disabled,
            _ => Protos.ResourceCommandState.Hidden,
        },
        ArgumentInputs = { InteractionMessages.Inputs(command.Arguments) },
    };

    private static Protos.IconVariant Variant(IconVariant variant) =>
        variant == IconVariant.Filled ? Protos.IconVariant.Filled : Protos.IconVariant.Regular;

    private static Timestamp? Stamp(DateTime? time) => time is { } value ? Timestamp.FromDateTime(value.ToUniversalTime()) : null;
}
