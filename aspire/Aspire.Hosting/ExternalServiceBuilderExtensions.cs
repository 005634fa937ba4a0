using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Services that run elsewhere as resources.</summary>
public static class ExternalServiceBuilderExtensions
{
    /// <exception cref="ArgumentException">The address is not absolute, or has a query or a fragment.</exception>
    public static IResourceBuilder<ExternalServiceResource> AddExternalService(this IDistributedApplicationBuilder builder, string name, string url)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(url);
        return ExternalServiceResource.UrlIsValidForExternalService(url, out var uri, out var message)
            ? Add(builder, new ExternalServiceResource(name, uri))
            : throw new ArgumentException($"The external service URL '{url}' is invalid: {message}", nameof(url));
    }

    /// <inheritdoc cref="AddExternalService(IDistributedApplicationBuilder, string, string)"/>
    public static IResourceBuilder<ExternalServiceResource> AddExternalService(this IDistributedApplicationBuilder builder, string name, Uri uri)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return Add(builder, new ExternalServiceResource(name, uri));
    }

    public static IResourceBuilder<ExternalServiceResource> AddExternalService(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource> urlParameter)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(urlParameter);
        return Add(builder, new ExternalServiceResource(name, urlParameter.Resource));
    }

    /// <summary>The service is healthy when a GET answers with the status.</summary>
    /// <param name="path">Null: the address as it is.</param>
    /// <param name="statusCode">Null: 200.</param>
    /// <exception cref="ArgumentException">The path is not relative, or the address is not http.</exception>
    public static IResourceBuilder<ExternalServiceResource> WithHttpHealthCheck(
        this IResourceBuilder<ExternalServiceResource> builder,
        string? path = null,
        int? statusCode = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var service = builder.Resource;
        if (path is not null && !Uri.IsWellFormedUriString(path, UriKind.Relative))
        {
            throw new ArgumentException($"The path '{path}' is not a valid relative URL.", nameof(path));
        }

        if (service.Uri is { } fixedUri && !EndpointAnnotation.IsHttpScheme(fixedUri.Scheme))
        {
            throw new ArgumentException(
                $"The URL '{fixedUri}' for external service '{service.Name}' cannot be used for HTTP health checks because it has a non-HTTP scheme.",
                nameof(builder));
        }

        var expected = statusCode ?? 200;
        var key = $"{service.Name}_external{(path is null ? string.Empty : "_" + path)}_{expected.ToInvariant()}_check";
        HttpHealthCheck.Register(builder.ApplicationBuilder.Services, key, expected, async cancellationToken =>
        {
            var uri = service.Uri ?? await ReadUrlAsync(service, cancellationToken);
            return path is null ? uri : new Uri(uri, path);
        });
        return builder.WithHealthCheck(key);
    }

    private static IResourceBuilder<ExternalServiceResource> Add(IDistributedApplicationBuilder builder, ExternalServiceResource service)
    {
        var added = builder.AddResource(service)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = KnownResourceTypes.ExternalService,
                State = KnownResourceStates.Waiting,
                Properties = [],
            })
            .ExcludeFromManifest()
            .OnInitializeResource(StartAsync);
        return service.Uri is { } uri
            ? added.WithUrl(uri.ToString())
            : added.WithUrl(ReferenceExpression.Create($"{service.UrlParameter!}"));
    }

    /// <summary>The service has no life of its own here: it runs as soon as its address is known.</summary>
    private static async Task StartAsync(ExternalServiceResource service, InitializeResourceEvent @event, CancellationToken cancellationToken)
    {
        Uri uri;
        try
        {
            uri = service.Uri ?? await ReadUrlAsync(service, cancellationToken);
        }
        catch (DistributedApplicationException exception)
        {
            @event.Logger.LogError("{Message}", exception.Message);
            await @event.Notifications.PublishUpdateAsync(service, s => s with { State = KnownResourceStates.FailedToStart });
            return;
        }

        await @event.Eventing.PublishAsync(new BeforeResourceStartedEvent(service, @event.Services), cancellationToken);
        await @event.Notifications.PublishUpdateAsync(service, s => s with
        {
            State = KnownResourceStates.Running,
            Properties = [.. s.Properties.Where(p => p.Name != KnownProperties.Resource.Source), new(KnownProperties.Resource.Source, uri.Host)],
            Urls = s.Urls.Any(u => u.Url == uri.ToString()) ? s.Urls : s.Urls.Add(new UrlSnapshot(Name: null, uri.ToString(), IsInternal: false)),
        });
    }

    private static async Task<Uri> ReadUrlAsync(ExternalServiceResource service, CancellationToken cancellationToken)
    {
        var parameter = service.UrlParameter!;
        var url = await parameter.GetValueAsync(cancellationToken);
        return ExternalServiceResource.UrlIsValidForExternalService(url, out var uri, out var message)
            ? uri
            : throw new DistributedApplicationException($"The value for URL parameter '{parameter.Name}' is invalid: {message}");
    }
}
