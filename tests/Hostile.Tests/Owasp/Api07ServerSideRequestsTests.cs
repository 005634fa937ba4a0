using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Api.Tests;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>
/// API7:2023. No request makes a service fetch an address: the only ones that are fetched, the destinations' and that of the signing keys, stand in the
/// configuration. Here an address is written wherever one could be taken for such.
/// </summary>
public sealed class Api07ServerSideRequestsTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task NoAddressOfARequestIsEverConnectedTo()
    {
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}");
        var gateway = service.Gateway;
        var header = Convert.ToBase64String(Encoding.ASCII.GetBytes($$"""{"alg":"RS256","kid":"http://{{host}}/k","jku":"http://{{host}}/jwks","x5u":"http://{{host}}/x"}""")).TrimEnd('=');

        await gateway.PostAsync(Requests.FirstKey, "/applications", new { name = "fetching", description = $"http://{host}/" });
        var recorded = await gateway.PostAsync(Requests.FirstKey, "/applications/fetching/releases", new { version = "1", artifacts = new[] { new { name = "web", image = $"http://{host}/file", digest = Requests.Digest } } });
        await gateway.GetAsync(null, "/applications", ("Authorization", $"Bearer {header}.e30.c2ln"));
        foreach (var name in new[] { "Host", "X-Forwarded-Host", "X-Original-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "Referer", "Origin", "X-Forwarded-Server" })
            await gateway.GetAsync(Requests.FirstKey, $"/applications?callback=http://{host}/", (name, name == "Forwarded" ? $"host=\"{host}\"" : name is "Referer" or "Origin" or "X-Original-URL" ? $"http://{host}/" : host));
        using (var raw = new RawConnection(gateway.Address, TimeSpan.FromSeconds(20)))
        {
            foreach (var target in new[] { $"http://{host}/applications", $"/applications/..//{host}/", $"//{host}/applications", $"/applications/http://{host}/" })
                Assert.InRange(raw.Exchange(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Api-Key: {Requests.FirstKey}\r\n\r\n"), isHead: false, ends: false, keeps: false).Status, 200, 499);
        }

        Assert.Equal(HttpStatusCode.Created, recorded.Status);
        Assert.False(trap.Pending(), "Somebody connected to an address that stands in a request.");
    }
}
