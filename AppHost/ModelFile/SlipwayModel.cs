using System.Globalization;

namespace Slipway.AppHost.ModelFile;

/// <summary>The file as a whole.</summary>
/// <param name="Version">Of this format; readers refuse one that they don't know.</param>
/// <param name="Resources">By name, in the order of the model.</param>
internal sealed record SlipwayModel(int Version, IReadOnlyDictionary<string, SlipwayResource> Resources)
{
    public static SlipwayModel From(DistributedApplicationModel model)
    {
        var jobs = model.Resources.SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
            .Where(w => w.WaitType == WaitType.WaitForCompletion)
            .Select(w => w.Resource.Name)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new SlipwayModel(1, model.Resources
            .Where(r => r is not (ParameterResource or ConnectionStringResource) && !IsLeftOut(r))
            .ToDictionary(r => r.Name, r => SlipwayResource.From(r, jobs.Contains(r.Name))));
    }

    private static bool IsLeftOut(IResource resource) =>
        resource.Annotations.OfType<ManifestPublishingCallbackAnnotation>().LastOrDefault() == ManifestPublishingCallbackAnnotation.Ignore;
}

/// <param name="Parent">The resource that this one lives in, as a database in its server; null: none.</param>
/// <param name="RunsToCompletion">A job: others wait for its end.</param>
/// <param name="Lifetime"><c>session</c> or <c>persistent</c>; null: not a container.</param>
/// <param name="ExternalEndpoints">Names of the endpoints that the outside may reach.</param>
internal sealed record SlipwayResource(
    string? Parent,
    int Replicas,
    bool RunsToCompletion,
    bool ExplicitStart,
    string? Lifetime,
    IReadOnlyList<SlipwayWait> WaitsFor,
    IReadOnlyList<SlipwayHealthCheck> HealthChecks,
    IReadOnlyList<string> ExternalEndpoints)
{
    public static SlipwayResource From(IResource resource, bool runsToCompletion) => new(
        (resource as IResourceWithParent)?.Parent.Name,
        resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1,
        runsToCompletion,
        resource.Annotations.OfType<ExplicitStartupAnnotation>().Any(),
        LifetimeOf(resource),
        [.. resource.Annotations.OfType<WaitAnnotation>().Select(SlipwayWait.From)],
        [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => SlipwayHealthCheck.From(resource, h.Key))],
        [.. resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.IsExternal).Select(e => e.Name)]);

    private static string? LifetimeOf(IResource resource) => resource is not ContainerResource
        ? null
        : (resource.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime ?? ContainerLifetime.Session)
            .ToString().ToLowerInvariant();
}

/// <param name="Until"><c>healthy</c>, <c>started</c> or <c>completed</c>.</param>
/// <param name="ExitCode">Only with <c>completed</c>.</param>
internal sealed record SlipwayWait(string Resource, string Until, int? ExitCode)
{
    public static SlipwayWait From(WaitAnnotation wait) => wait.WaitType switch
    {
        WaitType.WaitForCompletion => new(wait.Resource.Name, "completed", wait.ExitCode),
        WaitType.WaitUntilStarted => new(wait.Resource.Name, "started", null),
        _ => new(wait.Resource.Name, "healthy", null),
    };
}

/// <param name="Key">Of the registration in the AppHost.</param>
/// <param name="Endpoint">Null, as the two after it, when the check is not an HTTP probe.</param>
internal sealed record SlipwayHealthCheck(string Key, string? Endpoint, string? Path, int? StatusCode)
{
    /// <summary>WithHttpHealthCheck names its registration <c>api_http_/health_200_check</c>.</summary>
    public static SlipwayHealthCheck From(IResource resource, string key)
    {
        var prefix = resource.Name + "_";
        const string suffix = "_check";
        // In postgres_check the two share their underscore.
        if (key.Length > prefix.Length + suffix.Length && key.StartsWith(prefix, StringComparison.Ordinal) && key.EndsWith(suffix, StringComparison.Ordinal))
        {
            var middle = key[prefix.Length..^suffix.Length];
            var path = middle.IndexOf("_/", StringComparison.Ordinal);
            var status = middle.LastIndexOf('_');
            if (path > 0 && status > path && int.TryParse(middle[(status + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                return new(key, middle[..path], middle[(path + 1)..status], code);
            }
        }

        return new(key, null, null, null);
    }
}
