using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Makes the URLs that people see: one per endpoint and those that the model adds or changes.</summary>
internal sealed class ResourceUrls(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    DistributedApplicationExecutionContext executionContext)
{
    /// <summary>Those of endpoints count as inactive until somebody listens.</summary>
    public static ImmutableArray<UrlSnapshot> Snapshots(IResource resource) =>
    [
        .. resource.Annotations.OfType<ResourceUrlAnnotation>().Select(u => new UrlSnapshot(u.Endpoint?.EndpointName, u.Url, u.IsInternal)
        {
            IsInactive = u.Endpoint is not null,
            DisplayProperties = new(u.DisplayText ?? string.Empty, u.DisplayOrder ?? 0),
        }),
    ];

    /// <summary>Call when the endpoints have their addresses. A failing callback is written to the resource's log; the start goes on.</summary>
    public async Task PublishAsync(IResource resource, CancellationToken cancellationToken)
    {
        var logger = loggers.GetLogger(resource);
        try
        {
            await CollectAsync(resource, logger, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(exception, "An error occurred while processing URLs for resource '{ResourceName}': {Message}", resource.Name, exception.Message);
        }

        await notifications.PublishUpdateAsync(resource, s => s with { Urls = Snapshots(resource) });
    }

    private async Task CollectAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var urls = new List<ResourceUrlAnnotation>();
        if (resource is IResourceWithEndpoints owner)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                if (endpoint.AllocatedEndpoint is { } allocated)
                {
                    urls.AddRange(OfEndpoint(new EndpointReference(owner, endpoint), endpoint, allocated));
                }
            }
        }

        foreach (var url in resource.Annotations.OfType<ResourceUrlAnnotation>().ToArray())
        {
            urls.Add(url);
            resource.Annotations.Remove(url);
        }

        var context = new ResourceUrlsCallbackContext(executionContext, resource, urls, cancellationToken) { Logger = logger };
        foreach (var callback in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        foreach (var url in urls)
        {
            if (url.Endpoint is { IsAllocated: true } endpoint && url.Url.StartsWith('/'))
            {
                url.Url = endpoint.Url.TrimEnd('/') + url.Url;
            }

            resource.Annotations.Add(url);
        }
    }

    /// <summary>An endpoint that listens on more than the address that others use shows the machine's name, or the host that was asked for, as well.</summary>
    private static IEnumerable<ResourceUrlAnnotation> OfEndpoint(EndpointReference reference, EndpointAnnotation endpoint, AllocatedEndpoint allocated)
    {
        var additionalHost = allocated.BindingMode != EndpointBindingMode.SingleAddress
            ? Environment.MachineName
            : string.Equals(allocated.Address, endpoint.TargetHost, StringComparison.OrdinalIgnoreCase) ? null : endpoint.TargetHost;
        var url = new ResourceUrlAnnotation { Url = allocated.UriString, Endpoint = reference };
        if (additionalHost is null)
        {
            return [url];
        }

        var additional = new ResourceUrlAnnotation { Url = $"{allocated.UriScheme}://{additionalHost}:{allocated.Port.ToInvariant()}", Endpoint = reference };
        if (!additionalHost.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [url, additional];
        }

        // The name that was asked for is the one to show.
        url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
        return [additional, url];
    }
}
