using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Internal;

namespace Slipway.ServiceDefaults.Tests.Internal;

public sealed class InternalListenerTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("urls", "http://127.0.0.1:0")]
    [InlineData("http_ports", "0")]
    [InlineData("Kestrel:Endpoints:Web:Url", "http://127.0.0.1:0")]
    public async Task ItStandsBesideEveryWayToSetTheApplicationsOwnAddress(string key, string value)
    {
        await using var app = Build([new("Internal:Port", "0"), new(key, value)]);
        await app.StartAsync(Cancellation);

        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var application = new UriBuilder(Assert.Single(addresses)) { Host = "127.0.0.1" }.Uri;
        var listener = app.Services.GetRequiredService<InternalListener>().Address!;
        using var http = new HttpClient();
        Assert.Equal("application", await http.GetStringAsync(new Uri(application, "/own"), Cancellation));
        Assert.Equal("internal", await http.GetStringAsync(new Uri(listener, "/control"), Cancellation));
    }

    [Fact]
    public async Task NeitherSideHasTheOthersRoutesWhateverHostTheClientNames()
    {
        await using var app = Build([new("Internal:Port", "0"), new("urls", "http://127.0.0.1:0")]);
        await app.StartAsync(Cancellation);
        var application = new Uri(app.Urls.Single());
        var listener = app.Services.GetRequiredService<InternalListener>().Address!;
        using var http = new HttpClient();

        foreach (var host in new[] { application.Authority, listener.Authority, "elsewhere" })
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, new Uri(application, "/control"), host));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, new Uri(listener, "/own"), host));
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, new Uri(listener, "/health"), host));
        }
    }

    [Fact]
    public async Task ErrorsAreProblemsThereTooAndTellNothing()
    {
        await using var app = Build([new("Internal:Port", "0"), new("urls", "http://127.0.0.1:0")]);
        await app.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = app.Services.GetRequiredService<InternalListener>().Address };

        using var answer = await http.GetAsync("/broken", Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.True(JsonElement.Parse(text).TryGetProperty("correlationId", out _));
        Assert.DoesNotContain("inside", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", null, null, HttpStatusCode.Forbidden, "urn:slipway:problem:internal:no-key-set")]
    [InlineData("Production", null, Key, HttpStatusCode.Forbidden, "urn:slipway:problem:internal:no-key-set")]
    [InlineData("Production", Key, null, HttpStatusCode.Unauthorized, "urn:slipway:problem:internal:key-needed")]
    [InlineData("Production", Key, Key + "0", HttpStatusCode.Unauthorized, "urn:slipway:problem:internal:key-needed")]
    [InlineData("Production", Key, Key, HttpStatusCode.OK, null)]
    [InlineData("Development", Key, null, HttpStatusCode.Unauthorized, "urn:slipway:problem:internal:key-needed")]
    [InlineData("Development", null, null, HttpStatusCode.OK, null)]
    public async Task ControlsNeedTheKey(string environment, string? set, string? given, HttpStatusCode expected, string? problem)
    {
        await using var app = Build([new("Internal:Port", "0"), new("urls", "http://127.0.0.1:0"), new("Internal:Key", set)], environment);
        await app.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = app.Services.GetRequiredService<InternalListener>().Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/change");
        if (given is not null)
            request.Headers.Add("X-Api-Key", given);

        using var answer = await http.SendAsync(request, Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        if (problem is not null)
            Assert.Equal(problem, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task WithoutAPortThereIsNone()
    {
        await using var app = Build([new("urls", "http://127.0.0.1:0")]);
        await app.StartAsync(Cancellation);

        Assert.Null(app.Services.GetRequiredService<InternalListener>().Address);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, new Uri("/control", UriKind.Relative), null));
    }

    [Fact]
    public async Task APortInUseStopsTheStartWithItsName()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var app = Build([new("Internal:Port", $"{port}"), new("urls", "http://127.0.0.1:0")]);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation));

        Assert.Contains($"Internal:Port: 127.0.0.1:{port} is in use", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Internal:Port", "70000", "Port")]
    [InlineData("Internal:Address", "localhost", "Address")]
    [InlineData("Internal:Key", "short", "Key")]
    public async Task WrongSettingsAreRefusedAtTheStart(string key, string value, string named)
    {
        await using var app = Build([new("urls", "http://127.0.0.1:0"), new(key, value)]);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    private static WebApplication Build(KeyValuePair<string, string?>[] settings, string environment = "Production")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/own", static () => "application");
        var group = app.MapInternal();
        group.MapGet("/control", static () => "internal");
        group.MapGet("/broken", static string () => throw new InvalidOperationException("inside"));
        group.MapPost("/change", static () => "changed").RequireInternalKey();
        return app;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, Uri address, string? host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }
}
