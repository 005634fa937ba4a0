namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a reference puts into the environment of the resource that refers.</summary>
[Flags]
public enum ReferenceEnvironmentInjectionFlags
{
    None = 0,

    /// <summary><c>ConnectionStrings__db</c>.</summary>
    ConnectionString = 1 << 0,

    /// <summary><c>DB_HOST</c>, <c>DB_PORT</c> and so on.</summary>
    ConnectionProperties = 1 << 1,

    /// <summary><c>services__api__http__0</c>.</summary>
    ServiceDiscovery = 1 << 2,

    /// <summary><c>API_HTTP</c>.</summary>
    Endpoints = 1 << 3,

    All = ConnectionString | ConnectionProperties | ServiceDiscovery | Endpoints,
}

public class ReferenceEnvironmentInjectionAnnotation(ReferenceEnvironmentInjectionFlags flags) : IResourceAnnotation
{
    public ReferenceEnvironmentInjectionFlags Flags { get; } = flags;

    internal static ReferenceEnvironmentInjectionFlags FlagsOf(IResource resource) =>
        resource.TryGetLastAnnotation<ReferenceEnvironmentInjectionAnnotation>(out var annotation)
            ? annotation.Flags
            : ReferenceEnvironmentInjectionFlags.All;
}

/// <summary>Which endpoints of one resource are referred to; there is one annotation per resource referred to.</summary>
public class EndpointReferenceAnnotation(IResourceWithEndpoints resource) : IResourceAnnotation
{
    public IResourceWithEndpoints Resource { get; } = resource ?? throw new ArgumentNullException(nameof(resource));

    public bool UseAllEndpoints { get; set; }

    public HashSet<string> EndpointNames { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>One more part of a connection string that those who refer to it receive.</summary>
public sealed class ConnectionPropertyAnnotation(string name, ReferenceExpression value) : IResourceAnnotation
{
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    public ReferenceExpression Value { get; } = value ?? throw new ArgumentNullException(nameof(value));
}

/// <summary>All endpoints speak HTTP/2 from the first byte.</summary>
public sealed class Http2ServiceAnnotation : IResourceAnnotation;

/// <summary>The resource gets no start, stop and restart commands.</summary>
internal sealed class ExcludeLifecycleCommandsAnnotation : IResourceAnnotation;

/// <summary>Publishing leaves ASPNETCORE_FORWARDEDHEADERS_ENABLED out.</summary>
internal sealed class DisableForwardedHeadersAnnotation : IResourceAnnotation;

/// <summary>Says which endpoints count for ASPNETCORE_URLS and the like; several must all agree.</summary>
internal sealed class EndpointEnvironmentInjectionFilterAnnotation(Func<EndpointAnnotation, bool> filter) : IResourceAnnotation
{
    public Func<EndpointAnnotation, bool> Filter { get; } = filter;
}

/// <summary>Switches the proxy off for all endpoints of the resource.</summary>
internal sealed class ProxySupportAnnotation : IResourceAnnotation
{
    public required bool ProxyEnabled { get; init; }
}
