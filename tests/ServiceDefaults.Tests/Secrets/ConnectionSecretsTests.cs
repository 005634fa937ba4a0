using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Tests.Secrets;

public sealed class ConnectionSecretsTests
{
    [Theory]
    [InlineData("Host=db;Username=u;Password=s3cret;Database=d", "s3cret", "Host=db;Username=u;Password=***;Database=d")]
    [InlineData("Host=db;Password=\"a;b\";Database=d", "a;b", "Host=db;Password=***;Database=d")]
    [InlineData("Host=db;Pwd='it s';Database=d", "it s", "Host=db;Pwd=***;Database=d")]
    [InlineData("Host=db;password = a,b", "a,b", "Host=db;password = ***")]
    [InlineData("cache:6379,password=s3=cret,ssl=true", "s3=cret", "cache:6379,password=***,ssl=true")]
    [InlineData("postgres://me:s3cret@db:5432/x", "s3cret", "postgres://me:***@db:5432/x")]
    [InlineData("redis://:s3cret@cache:6379", "s3cret", "redis://:***@cache:6379")]
    [InlineData("Host=db;Database=d", null, "Host=db;Database=d")]
    [InlineData("http://host:80/a", null, "http://host:80/a")]
    public void ConnectionString_OfEachForm_GivesAndHidesItsPassword(string text, string? secret, string redacted)
    {
        Assert.Equal(secret is null ? [] : [secret], ConnectionSecrets.In(text));
        Assert.Equal(redacted, ConnectionSecrets.Redact(text));
    }
}
