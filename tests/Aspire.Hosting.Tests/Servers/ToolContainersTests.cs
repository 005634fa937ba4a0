using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Postgres;
using Aspire.Hosting.Redis;

namespace Aspire.Hosting.Tests.Servers;

/// <summary>Web interfaces beside the servers: one for all servers, told where they are.</summary>
public sealed class ToolContainersTests : IAsyncDisposable
{
    private readonly ServerModel _model = new();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task PgAdmin_ForTwoServers_IsOneContainerThatKnowsBoth()
    {
        _model.Builder.AddPostgres("one", password: _model.Secret("s1", "it's")).WithPgAdmin();
        _model.Builder.AddPostgres("two", _model.Builder.AddParameter("user", "admin"), _model.Secret("s2", "x")).WithPgAdmin(tool => tool.WithHostPort(5050));
        var tool = Assert.Single(_model.Builder.Resources.OfType<PgAdminContainerResource>());
        Assert.Equal(5050, Assert.Single(tool.Annotations.OfType<EndpointAnnotation>()).Port);
        var servers = await PostgresBuilderExtensions.PgAdminServersAsync(
            _model.Builder.Resources.OfType<PostgresServerResource>(),
            TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(servers);
        var both = document.RootElement.GetProperty("Servers");
        Assert.Equal("one", both.GetProperty("1").GetProperty("Host").GetString());
        Assert.Equal(@"echo 'it'\''s'", both.GetProperty("1").GetProperty("PasswordExecCommand").GetString());
        Assert.Equal("admin", both.GetProperty("2").GetProperty("Username").GetString());
        Assert.Equal(5432, both.GetProperty("2").GetProperty("Port").GetInt32());
    }

    [Fact]
    public async Task RedisCommander_ForTwoServers_IsOneContainerThatKnowsBoth()
    {
        _model.Builder.AddRedis("one", password: _model.Secret("s1", "pw")).WithRedisCommander();
        _model.Builder.AddRedis("two").WithPassword(null).WithRedisCommander();
        Assert.Single(_model.Builder.Resources.OfType<RedisCommanderResource>());
        Assert.Equal("one:one:6379:0:pw,two:two:6379:0", await RedisBuilderExtensions.CommanderHostsAsync(
            _model.Builder.Resources.OfType<RedisResource>(),
            TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("18.3", "/var/lib/postgresql")]
    [InlineData("18-alpine", "/var/lib/postgresql")]
    [InlineData("17.6", "/var/lib/postgresql/data")]
    [InlineData("latest", "/var/lib/postgresql/data")]
    public void DataVolume_FollowsTheImagesMajorVersion(string tag, string target)
    {
        var server = _model.Builder.AddPostgres("pg").WithImageTag(tag).WithDataVolume("v");
        Assert.Equal(target, Assert.Single(server.Resource.Annotations.OfType<ContainerMountAnnotation>()).Target);
    }

    [Fact]
    public void DataVolume_ReadOnly_LeavesRedisWithoutSnapshots()
    {
        var before = _model.Builder.AddRedis("plain").Resource.Annotations.Count;
        var redis = _model.Builder.AddRedis("cache").WithDataVolume("v", isReadOnly: true);
        Assert.Equal(before + 1, redis.Resource.Annotations.Count);
    }
}
