using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Slipway.ServiceDefaults.Internal;

namespace Slipway.Api.Tests;

/// <summary>The Api on a free port, over real HTTP.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Replica(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Client.DefaultRequestHeaders.Add("X-Api-Key", Requests.FirstKey);
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where metrics are; null unless <c>Internal:Port</c> was set.</summary>
    public Uri? InternalAddress => _app.Services.GetRequiredService<InternalListener>().Address;

    public static async Task<Replica> StartAsync(string name, string database, string cache, params string[] settings)
    {
        var app = ApiApplication.Build([
            "--urls=http://127.0.0.1:0", $"--contentRoot={AppContext.BaseDirectory}", "--environment=Production", "--Logging:LogLevel:Default=Critical",
            $"--ConnectionStrings:opsdb={database}", $"--ConnectionStrings:cache={cache}", $"--OTEL_RESOURCE_ATTRIBUTES=service.name=api,service.instance.id={name}",
            "--Health:CacheFor=00:00:00", .. settings,
        ]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Replica(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>As SIGTERM does, with all that is done at the end.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, JsonContent.Create(body));

    public Task<Answer> PostKeyedAsync(string path, object body, string key) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body), ("Idempotency-Key", $"\"{key}\""));

    public Task<Answer> PostTextAsync(string path, string json, string contentType = "application/json") =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, contentType));

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public async Task RegisterAsync(string name) =>
        Assert.Equal(HttpStatusCode.Created, (await PostAsync("/applications", new { name })).Status);

    /// <summary>Records a release and returns its id.</summary>
    public async Task<string> RecordAsync(string application, string version)
    {
        var answer = await PostAsync($"/applications/{application}/releases", Requests.Release(version));
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return answer.Text("id");
    }

    /// <summary>Moves a release by each command in turn.</summary>
    public async Task MoveAsync(string id, params string[] commands)
    {
        foreach (var command in commands)
        {
            var answer = await PostAsync($"/releases/{id}/transitions", new { command, reason = "test" });
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Raw);
        }
    }

    public async Task<string> StateAsync(string id) => (await GetAsync($"/releases/{id}")).Text("state");
}

/// <param name="Status">Of the response.</param>
/// <param name="Json">Undefined when the body isn't JSON.</param>
/// <param name="Raw">The body.</param>
/// <param name="Headers">Names in any case.</param>
internal sealed record Answer(HttpStatusCode Status, JsonElement Json, string Raw, IReadOnlyDictionary<string, string> Headers)
{
    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new Answer(
            response.StatusCode, isJson ? JsonElement.Parse(text) : default, text,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public string Text(string property) => Json.GetProperty(property).ToString();

    public string Problem => Json.GetProperty("type").GetString()!;

    public string[] Items(string property) => [.. Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty(property).ToString())];

    public string? NextCursor => Json.GetProperty("nextCursor").GetString();

    public void IsProblem(HttpStatusCode status, string type)
    {
        Assert.True(status == Status, Raw);
        Assert.Equal($"urn:slipway:problem:{type}", Problem);
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.Equal((int)status, Json.GetProperty("status").GetInt32());
        Assert.NotEmpty(Text("title"));
        Assert.NotEmpty(Text("detail"));
    }
}

internal static class Requests
{
    public const string FirstSecret = "only-for-tests-3f9c1d7e5b2a48600d";

    /// <summary>With every scope; sent by <see cref="Replica.Client"/>.</summary>
    public const string FirstKey = $"first.{FirstSecret}";

    public const string Digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    public static object Release(string version, string notes = "") => new
    {
        version,
        artifacts = new[] { new { name = "web", image = $"registry.example/web:{version}", digest = Digest } },
        configurationDigest = Digest,
        schemaVersion = 3,
        notes,
    };
}
