using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <exception cref="DistributedApplicationException">At start: the URL comes from a parameter and is not valid.</exception>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<ExternalServiceResource> externalService)
        where TDestination : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(externalService);
        var service = externalService.Resource;
        builder.WithReferenceRelationship(service);
        var flags = ReferenceEnvironmentInjectionAnnotation.FlagsOf(builder.Resource);
        return builder.WithEnvironment(service.Uri is null
            ? context => AddParameterizedServiceAsync(context, service, builder.Resource, flags)
            : context => AddFixedService(context, service, flags));
    }

    private static Task AddFixedService(EnvironmentCallbackContext context, ExternalServiceResource service, ReferenceEnvironmentInjectionFlags flags)
    {
        var url = service.Uri!.ToString();
        if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
        {
            context.EnvironmentVariables[EnvironmentNames.EncodeUpper(service.Name)] = url;
        }

        if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
        {
            context.EnvironmentVariables[$"services__{service.Name}__{service.Uri.Scheme}__0"] = url;
        }

        return Task.CompletedTask;
    }

    /// <summary>The scheme in the names comes from the value, which publishing doesn't know.</summary>
    private static async Task AddParameterizedServiceAsync(
        EnvironmentCallbackContext context,
        ExternalServiceResource service,
        IResource target,
        ReferenceEnvironmentInjectionFlags flags)
    {
        var discovery = $"services__{service.Name}__default__0";
        var endpoint = EnvironmentNames.EncodeUpper(service.Name);
        if (context.ExecutionContext.IsRunMode)
        {
            var uri = await ReadUrlAsync(service, target, context.CancellationToken);
            discovery = $"services__{service.Name}__{uri.Scheme}__0";
            endpoint = $"{endpoint}_{EnvironmentNames.EncodeUpper(uri.Scheme)}";
        }

        if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
        {
            context.EnvironmentVariables[discovery] = service.UrlParameter!;
        }

        if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
        {
            context.EnvironmentVariables[endpoint] = service.UrlParameter!;
        }
    }

    private static async Task<Uri> ReadUrlAsync(ExternalServiceResource service, IResource target, CancellationToken cancellationToken)
    {
        var url = await service.UrlParameter!.GetValueAsync(cancellationToken);
        return ExternalServiceResource.UrlIsValidForExternalService(url, out var uri, out var reason)
            ? uri
            : throw new DistributedApplicationException(
                $"The URL parameter '{service.UrlParameter.Name}' for source resource '{service.Name}' is invalid while configuring target resource '{target.Name}': {reason}");
    }
}
