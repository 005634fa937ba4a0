using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Postgres;

/// <summary>The pgAdmin web interface.</summary>
public sealed class PgAdminContainerResource(string name) : ContainerResource(name);

/// <summary>The pgweb web interface.</summary>
public sealed class PgWebContainerResource : ContainerResource
{
    public PgWebContainerResource(string name)
        : base(name) => PrimaryEndpoint = new EndpointReference(this, "http");

    public EndpointReference PrimaryEndpoint { get; }
}
