using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Everything that is known of one instance of a resource at one moment.</summary>
[DebuggerDisplay("{ResourceType,nq} {State?.Text,nq} {HealthStatus}")]
public sealed record CustomResourceSnapshot
{
    private readonly ImmutableArray<HealthReportSnapshot> _healthReports = [];
    private readonly ResourceStateSnapshot? _state;

    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>UTC.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    /// <summary>UTC; null: not started yet.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>UTC; null: not stopped.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>Null: nobody has set a state yet.</summary>
    public ResourceStateSnapshot? State
    {
        get => _state;
        init
        {
            _state = value;
            HealthStatus = ComputeHealthStatus(_healthReports, value?.Text);
        }
    }

    public int? ExitCode { get; init; }

    /// <summary>The worst report while running; null in any other state.</summary>
    public HealthStatus? HealthStatus { get; private set; }

    public ImmutableArray<HealthReportSnapshot> HealthReports
    {
        get => _healthReports;
        internal init
        {
            _healthReports = value;
            HealthStatus = ComputeHealthStatus(value, _state?.Text);
        }
    }

    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<VolumeSnapshot> Volumes { get; init; } = [];

    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    public bool IsHidden { get; init; }

    public string? IconName { get; init; }

    public IconVariant? IconVariant { get; init; }

    /// <summary>Grows with each publication for the instance.</summary>
    internal long Version { get; init; }

    /// <summary>Set once the resource became ready; its task ends when the handlers of that event have ended.</summary>
    internal EventSnapshot? ResourceReadyEvent { get; init; }

    internal bool SupportsDetailedTelemetry { get; init; }

    /// <summary>Running without reports is healthy; a report that has not come yet counts as unhealthy.</summary>
    internal static HealthStatus? ComputeHealthStatus(ImmutableArray<HealthReportSnapshot> reports, string? state)
    {
        if (state != KnownResourceStates.Running)
        {
            return null;
        }

        return reports.IsDefaultOrEmpty
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : reports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
    }
}

internal sealed record EventSnapshot(Task EventTask);

/// <param name="Text">See <see cref="KnownResourceStates"/>.</param>
/// <param name="Style">See <see cref="KnownResourceStateStyles"/>; null: the dashboard decides.</param>
[DebuggerDisplay("{Text}")]
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <param name="Value">Null: not known, or empty.</param>
/// <param name="IsFromSpec">Set by the model, not inherited.</param>
[DebuggerDisplay("{Name}")]
public sealed record EnvironmentVariableSnapshot(string Name, string? Value, bool IsFromSpec);

/// <param name="Name">Endpoint; null: not of an endpoint.</param>
/// <param name="IsInternal">Shown only in the details.</param>
[DebuggerDisplay("{Name}: {Url}")]
public sealed record UrlSnapshot(string? Name, string Url, bool IsInternal)
{
    public UrlDisplayPropertiesSnapshot DisplayProperties { get; init; } = new();

    /// <summary>Not reachable yet; the dashboard leaves it out.</summary>
    public bool IsInactive { get; init; }
}

public sealed record UrlDisplayPropertiesSnapshot(string DisplayName = "", int SortOrder = 0);

/// <param name="MountType"><c>bind</c> or <c>volume</c>.</param>
public sealed record VolumeSnapshot(string? Source, string Target, string MountType, bool IsReadOnly);

public sealed record RelationshipSnapshot(string ResourceName, string Type);

[DebuggerDisplay("{Name}")]
public sealed record ResourcePropertySnapshot(string Name, object? Value)
{
    public string? DisplayName { get; init; }

    /// <summary>Masked until somebody asks to see it.</summary>
    public bool IsSensitive { get; init; }

    public bool IsHighlighted { get; init; }

    public int? SortOrder { get; init; }
}

[DebuggerDisplay("{Name} {State}")]
public sealed record ResourceCommandSnapshot(
    string Name,
    ResourceCommandState State,
    string DisplayName,
    string? DisplayDescription,
    object? Parameter,
    string? ConfirmationMessage,
    string? IconName,
    IconVariant? IconVariant,
    bool IsHighlighted)
{
    /// <summary>Asked before the command runs.</summary>
    internal IReadOnlyList<InteractionInput> Arguments { get; init; } = [];
}

/// <param name="Status">Null: no report yet.</param>
[DebuggerDisplay("{Name} {Status}")]
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText)
{
    /// <summary>UTC; null: not run yet.</summary>
    public DateTime? LastRunAt { get; init; }
}

/// <summary>A change of one instance of a resource.</summary>
public class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    /// <summary>Name of the instance; equals the resource's name where there is only one and the orchestrator does not run it.</summary>
    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}
