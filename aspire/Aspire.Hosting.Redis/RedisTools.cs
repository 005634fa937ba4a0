using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Redis;

/// <summary>The Redis Commander web interface.</summary>
public class RedisCommanderResource : ContainerResource
{
    public RedisCommanderResource(string name)
        : base(name) => PrimaryEndpoint = new EndpointReference(this, "http");

    public EndpointReference PrimaryEndpoint { get; }
}

/// <summary>The Redis Insight web interface.</summary>
public class RedisInsightResource : ContainerResource
{
    public RedisInsightResource(string name)
        : base(name) => PrimaryEndpoint = new EndpointReference(this, "http");

    public EndpointReference PrimaryEndpoint { get; }
}
