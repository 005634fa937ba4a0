using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>Mistakes in the model that no run could survive.</summary>
internal static class ModelValidation
{
    /// <exception cref="InvalidOperationException">An endpoint contradicts itself or its resource.</exception>
    /// <exception cref="DistributedApplicationException">Resources wait for each other in a circle.</exception>
    public static void Validate(IReadOnlyCollection<AppResource> resources, DistributedApplicationModel model)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Model.Annotations.OfType<EndpointAnnotation>())
            {
                if (resource.Kind == AppResourceKind.Container)
                {
                    ValidateContainerEndpoint(resource.Name, endpoint);
                }
                else
                {
                    ValidateProcessEndpoint(resource, endpoint);
                }
            }
        }

        if (WaitCycle.Find(model) is { } cycle)
        {
            throw new DistributedApplicationException(
                $"Resources wait for each other, so none of them could ever start: {string.Join(" waits for ", cycle.Select(n => $"'{n}'"))}. Remove one of these waits.");
        }
    }

    private static void ValidateContainerEndpoint(string resource, EndpointAnnotation endpoint)
    {
        if (endpoint.TargetPort is null)
        {
            throw new InvalidOperationException($"The endpoint '{endpoint.Name}' for container resource '{resource}' must specify the TargetPort value");
        }
    }

    private static void ValidateProcessEndpoint(AppResource resource, EndpointAnnotation endpoint)
    {
        if (endpoint.IsProxied)
        {
            if (endpoint.Port is { } port && endpoint.TargetPort == port)
            {
                throw new InvalidOperationException(
                    $"The endpoint '{endpoint.Name}' for resource '{resource.Name}' requested a proxy (IsProxied is true). Non-container resources cannot be proxied when both TargetPort and Port are specified with the same value.");
            }

            if (resource.Instances.Count > 1 && endpoint.TargetPort is not null)
            {
                throw new InvalidOperationException(
                    $"Resource '{resource.Name}' can have multiple replicas, and it uses endpoint '{endpoint.Name}' that has TargetPort property set. Each replica must have a unique port; setting TargetPort is not allowed.");
            }

            return;
        }

        if (endpoint.Port is { } publicPort && endpoint.TargetPort is { } targetPort && publicPort != targetPort)
        {
            throw new InvalidOperationException(
                $"The endpoint '{endpoint.Name}' for resource '{resource.Name}' is not using a proxy, and it has a value of Port property that is different from the value of TargetPort property. For proxy-less endpoints they must match.");
        }

        if (resource.Instances.Count > 1)
        {
            throw new InvalidOperationException(
                $"Resource '{resource.Name}' uses multiple replicas and a proxy-less endpoint '{endpoint.Name}'. These features do not work together.");
        }
    }
}

/// <summary>Finds waits that lead back to where they started.</summary>
internal static class WaitCycle
{
    /// <returns>Names along the circle, the first one again at the end; null: there is none.</returns>
    public static IReadOnlyList<string>? Find(DistributedApplicationModel model)
    {
        var edges = model.Resources.ToDictionary(r => r.Name, Dependencies, StringComparer.OrdinalIgnoreCase);
        var done = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return edges.Keys.Select(name => Visit(name, [])).FirstOrDefault(cycle => cycle is not null);

        List<string>? Visit(string name, List<string> path)
        {
            var start = path.FindIndex(n => ResourceNotificationService.NamesEqual(n, name));
            if (start >= 0)
            {
                return [.. path[start..], path[start]];
            }

            if (!done.Contains(name) && edges.TryGetValue(name, out var dependencies))
            {
                path.Add(name);
                foreach (var dependency in dependencies)
                {
                    if (Visit(dependency, path) is { } cycle)
                    {
                        return cycle;
                    }
                }

                path.RemoveAt(path.Count - 1);
                done.Add(name);
            }

            return null;
        }
    }

    /// <summary>A database, which has no life of its own, is ready no sooner than its server.</summary>
    private static string[] Dependencies(IResource resource)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().Where(w => w.Resource is not IResourceWithoutLifetime).Select(w => w.Resource.Name);
        return resource is IResourceWithParent { Parent: { } parent } && !AppResource.TryGetKind(resource, out _)
            ? [.. waits, parent.Name]
            : [.. waits];
    }
}
