using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Gateway.Edge.Caching;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class SharedCacheTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Cache-Control:public,%20max-age=60", true)]
    [InlineData("Cache-Control:s-maxage=60", true)]
    [InlineData("Cache-Control:max-age=60", true)]
    [InlineData("Cache-Control:max-age=0,%20s-maxage=60", true)]
    [InlineData("Cache-Control:max-age=60,%20s-maxage=0", false)]
    [InlineData("Cache-Control:public,%20max-age=60&status=404", true)]
    [InlineData("X-Nothing:1", false)]
    [InlineData("Cache-Control:public", false)]
    [InlineData("Cache-Control:no-store,%20max-age=60", false)]
    [InlineData("Cache-Control:no-cache,%20max-age=60", false)]
    [InlineData("Cache-Control:private,%20max-age=60", false)]
    [InlineData("Cache-Control:max-age=60&header=Set-Cookie:a=b", false)]
    [InlineData("Cache-Control:max-age=60&header=Vary:*", false)]
    [InlineData("Cache-Control:max-age=60&header=Vary:Cookie", false)]
    [InlineData("Cache-Control:max-age=60&header=Age:61", false)]
    [InlineData("Cache-Control:max-age=60&status=500", false)]
    [InlineData("Cache-Control:max-age=60&status=206&header=Content-Range:bytes%200-0/9", false)]
    [InlineData("Cache-Control:max-age=nonsense", false)]
    public async Task OnlyWhatAllowsItIsAnsweredFromTheCache(string answering, bool cached)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        var path = $"/applications/answer/x?body=text&header={answering}";
        using var first = await Get(gateway, path);
        using var second = await Get(gateway, path);
        Assert.Equal(cached ? 1 : 2, backend.State.Runs["x"]);
        Assert.Equal(cached || first.Headers.Age is not null, second.Headers.Age is not null);
        Assert.Equal(first.StatusCode, second.StatusCode);
        Assert.Equal("text", await second.Content.ReadAsStringAsync(Cancellation));
        Assert.NotEqual(first.Headers.GetValues("X-Correlation-ID").Single(), second.Headers.GetValues("X-Correlation-ID").Single());
    }

    [Theory]
    [InlineData("Authorization", "Cache-Control:max-age=60", false)]
    [InlineData("X-Api-Key", "Cache-Control:max-age=60", false)]
    [InlineData("Cookie", "Cache-Control:max-age=60", false)]
    [InlineData("Authorization", "Cache-Control:public,%20max-age=60", true)]
    [InlineData("X-Api-Key", "Cache-Control:s-maxage=60", true)]
    public async Task AnAnswerToCredentialsIsForOthersOnlyIfItSaysSo(string credential, string answering, bool shared)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        var path = $"/applications/answer/x?header={answering}";
        using var mine = await Get(gateway, path, (credential, "one"));
        using var theirs = await Get(gateway, path, (credential, "two"));
        using var anonymous = await Get(gateway, path);
        Assert.Equal(shared ? 1 : 3, backend.State.Runs["x"]);
        // Nor does one with credentials get what was stored without.
        using var again = await Get(gateway, path, (credential, "three"));
        Assert.Equal(shared ? 1 : 4, backend.State.Runs["x"]);
    }

    [Fact]
    public async Task VariantsAreKeptApart()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60&header=Vary:Accept-Language,%20X-Mode";
        foreach (var (language, run) in new[] { ("de", "1"), ("en", "2"), ("de", "1"), ("en", "2") })
        {
            using var answer = await Get(gateway, path, ("Accept-Language", language));
            Assert.Equal((language, run), (language, answer.Headers.GetValues("X-Run").Single()));
        }

        using var other = await Get(gateway, path, ("Accept-Language", "de"), ("X-Mode", "dark"));
        Assert.Equal("3", other.Headers.GetValues("X-Run").Single());
    }

    [Fact]
    public async Task AddressesAreKeptApartByHostCaseAndQuery()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string query = "?header=Cache-Control:max-age=60";
        foreach (var url in new[] { "http://a.example:{0}/applications/answer/x", "http://b.example:{0}/applications/answer/x", "http://a.example:{0}/Applications/answer/x" })
            (await Get(gateway, string.Format(url, gateway.Http.Port) + query)).Dispose();
        (await Get(gateway, $"http://a.example:{gateway.Http.Port}/applications/answer/x{query}&y=1")).Dispose();
        Assert.Equal(4, backend.State.Runs["x"]);
        (await Get(gateway, $"http://A.example:{gateway.Http.Port}/applications/answer/x{query}")).Dispose();
        Assert.Equal(4, backend.State.Runs["x"]);
    }

    [Fact]
    public async Task AClientThatHasItAlreadyGets304FromTheCache()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60&header=ETag:%22v1%22";
        (await Get(gateway, path)).Dispose();
        foreach (var (tag, status) in new[] { ("\"v1\"", 304), ("W/\"v1\"", 304), ("\"v0\", \"v1\"", 304), ("*", 304), ("\"v2\"", 200) })
        {
            using var answer = await Get(gateway, path, ("If-None-Match", tag));
            Assert.Equal((tag, status), (tag, (int)answer.StatusCode));
            Assert.Equal("\"v1\"", answer.Headers.ETag?.Tag);
            Assert.NotNull(answer.Headers.Age);
        }

        Assert.Equal(1, backend.State.Runs["x"]);
    }

    [Fact]
    public async Task AStaleAnswerIsAskedAboutAndSentAgainWhenItIsStillGood()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        // Old enough on arrival to be stale a second later.
        const string path = "/applications/answer/x?body=kept&header=Cache-Control:max-age=60&header=Age:59&header=ETag:%22v1%22";
        (await Get(gateway, path)).Dispose();
        HttpResponseMessage? renewed = null;
        await Wait.Until(async () =>
        {
            renewed?.Dispose();
            renewed = await Get(gateway, path);
            return backend.State.Runs["x"] == 2;
        }, "the answer turns stale and is asked about");
        Assert.Equal((HttpStatusCode.OK, "kept"), (renewed!.StatusCode, await renewed.Content.ReadAsStringAsync(Cancellation)));
        // The 304's own headers are over the old ones.
        Assert.Equal("2", renewed.Headers.GetValues("X-Run").Single());
        Assert.Single(renewed.Headers.GetValues("X-Served-By"));
        renewed.Dispose();
    }

    [Theory]
    [InlineData("no-cache")]
    [InlineData("max-age=0")]
    [InlineData("min-fresh=60")]
    [InlineData("no-store")]
    public async Task AClientThatWantsNoStoredAnswerGetsNone(string asked)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60&header=Age:1";
        (await Get(gateway, path)).Dispose();
        (await Get(gateway, path, ("Cache-Control", asked))).Dispose();
        Assert.Equal(2, backend.State.Runs["x"]);
    }

    [Theory]
    [InlineData("GET", HttpStatusCode.OK)]
    [InlineData("HEAD", HttpStatusCode.OK)]
    public async Task OnlyIfCachedAsksNobody(string method, HttpStatusCode whenCached)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60";
        Assert.Equal(HttpStatusCode.GatewayTimeout, await OnlyIfCached());
        (await Get(gateway, path)).Dispose();
        Assert.Equal(whenCached, await OnlyIfCached());
        Assert.Equal(1, backend.State.Runs["x"]);

        async Task<HttpStatusCode> OnlyIfCached()
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { CacheControl = new CacheControlHeaderValue { OnlyIfCached = true } } };
            using var answer = await gateway.Client().SendAsync(request, Cancellation);
            Assert.Equal(method == "HEAD" || answer.StatusCode != HttpStatusCode.OK, (await answer.Content.ReadAsStringAsync(Cancellation)) != "x");
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("PUT", 200, true)]
    [InlineData("DELETE", 204, true)]
    [InlineData("POST", 409, false)]
    public async Task AWriteThatSucceedsMakesTheStoredAnswerInvalid(string method, int status, bool invalid)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60";
        (await Get(gateway, path)).Dispose();
        using var write = new HttpRequestMessage(
            new HttpMethod(method), $"/applications/answer/writer?body=&status={status}&header=Location:{Uri.EscapeDataString(path)}");
        using var written = await gateway.Client().SendAsync(write, Cancellation);
        Assert.Equal(status, (int)written.StatusCode);
        (await Get(gateway, path)).Dispose();
        Assert.Equal(invalid ? 2 : 1, backend.State.Runs["x"]);
    }

    [Fact]
    public async Task AWriteToTheSameAddressMakesItsStoredAnswerInvalid()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?header=Cache-Control:max-age=60";
        (await Get(gateway, path)).Dispose();
        (await gateway.Client().PutAsync(path, null, Cancellation)).Dispose();
        using var again = await Get(gateway, path);
        Assert.Equal("3", again.Headers.GetValues("X-Run").Single());
    }

    [Fact]
    public async Task AnAnswerThatBreaksOffIsNotStored()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [("Gateway:Connections:HoldTime", "00:00:00")]);
        const string path = "/applications/half/x?told=true";
        using var response = await gateway.Client().GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("public, max-age=60", response.Headers.CacheControl?.ToString());
        backend.State.NextEvent.Release(2);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Cancellation));
        using var again = await Get(gateway, path);
        Assert.Equal("first half, second half", await again.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task WhatIsStoredIsNotTheCompressedFormOfOneClient()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        const string path = "/applications/answer/x?times=500&body=slipway.&header=Cache-Control:max-age=60";
        using var compressed = await Get(gateway, path, ("Accept-Encoding", "br"));
        Assert.Equal(["br"], compressed.Content.Headers.ContentEncoding);
        using var plain = await Get(gateway, path);
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal(4000, (await plain.Content.ReadAsByteArrayAsync(Cancellation)).Length);
        using var again = await Get(gateway, path, ("Accept-Encoding", "gzip"));
        Assert.Equal(["gzip"], again.Content.Headers.ContentEncoding);
        Assert.Equal(1, backend.State.Runs["x"]);
    }

    [Fact]
    public async Task TheCacheStaysWithinItsBoundAndKeepsWhatIsUsed()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start(
            [backend.Address], settings: [("Gateway:Cache:MaxBytes", "65536"), ("Gateway:Cache:MaxEntryBytes", "20000")]);
        const string query = "?times=1000&body=0123456789&header=Cache-Control:max-age=60";
        (await Get(gateway, "/applications/answer/used" + query)).Dispose();
        for (var i = 0; i < 20; i++)
        {
            (await Get(gateway, $"/applications/answer/{i}" + query)).Dispose();
            (await Get(gateway, "/applications/answer/used" + query)).Dispose();
        }

        Assert.InRange(gateway.Services.GetRequiredService<CacheStore>().Bytes, 1, 65536);
        Assert.Equal(1, backend.State.Runs["used"]);
        const string large = "/applications/answer/large?times=1000&body=0123456789012345678901234567890&header=Cache-Control:max-age=60";
        (await Get(gateway, large)).Dispose();
        (await Get(gateway, large)).Dispose();
        Assert.Equal(2, backend.State.Runs["large"]);
    }

    [Fact]
    public async Task ItCanBeTurnedOff()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [("Gateway:Cache:Enabled", "false")]);
        (await Get(gateway, "/applications/answer/x?header=Cache-Control:max-age=60")).Dispose();
        (await Get(gateway, "/applications/answer/x?header=Cache-Control:max-age=60")).Dispose();
        Assert.Equal(2, backend.State.Runs["x"]);
    }

    private static async Task<HttpResponseMessage> Get(EdgeGateway gateway, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await gateway.Client().SendAsync(request, Cancellation);
    }
}
