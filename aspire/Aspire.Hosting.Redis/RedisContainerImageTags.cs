namespace Aspire.Hosting.Redis;

/// <summary>Images that the containers start from.</summary>
internal static class RedisContainerImageTags
{
    public const string Registry = "docker.io";
    public const string Image = "library/redis";
    public const string Tag = "8.6";

    public const string RedisCommanderRegistry = "ghcr.io";
    public const string RedisCommanderImage = "joeferner/redis-commander";
    public const string RedisCommanderTag = "latest";

    public const string RedisInsightRegistry = "docker.io";
    public const string RedisInsightImage = "redis/redisinsight";
    public const string RedisInsightTag = "3.0";
}
