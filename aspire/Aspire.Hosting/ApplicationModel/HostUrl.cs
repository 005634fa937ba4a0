namespace Aspire.Hosting.ApplicationModel;

/// <summary>An address of this machine; containers reach it under another name.</summary>
internal sealed record HostUrl(string Url) : IValueProvider, IManifestExpressionProvider
{
    /// <summary>Name of the host inside containers, as Docker Desktop made it common.</summary>
    internal const string ContainerHostName = "host.docker.internal";

    public string ValueExpression => Url;

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default)
    {
        var isForContainer = context.GetNetwork() == KnownNetworkIdentifiers.DefaultAspireContainerNetwork;
        if (!isForContainer || !Uri.TryCreate(Url, UriKind.Absolute, out var uri) || !uri.IsLoopback)
        {
            return new(Url);
        }

        var address = new UriBuilder(uri) { Host = ContainerHostName }.Uri.ToString();
        return new(Url.EndsWith('/') ? address : address.TrimEnd('/'));
    }
}
