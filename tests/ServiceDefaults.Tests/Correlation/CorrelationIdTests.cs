using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.ServiceDefaults.Tests.Correlation;

public sealed partial class CorrelationIdTests
{
    [Theory]
    [InlineData("order-4711")]
    [InlineData("0198c2f4-7d2e-7c31-9a55-2f1f6d1f2b11")]
    [InlineData("a.b_c:d")]
    public async Task AWellFormedIdIsKeptSentBackAndSentOn(string id)
    {
        await using var service = await StartAsync();

        using var response = await SendAsync(service, "/echo", id);

        Assert.Equal(id, Assert.Single(response.Headers.GetValues("X-Correlation-ID")));
        Assert.Equal(id, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("two words")]
    [InlineData("<script>")]
    [InlineData("{\"json\":1}")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123X")]
    public async Task AnyOtherIsReplacedByTheTracesId(string? id)
    {
        await using var service = await StartAsync();

        using var response = await SendAsync(service, "/echo", id);

        var made = Assert.Single(response.Headers.GetValues("X-Correlation-ID"));
        Assert.Matches("^[0-9a-f]{32}$", made);
        Assert.Equal(made, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TwoIdsInOneRequestAreNone()
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo");
        request.Headers.Add("X-Correlation-ID", ["a", "b"]);

        using var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(response.Headers.GetValues("X-Correlation-ID")));
    }

    [Fact]
    public async Task EveryLogLineAndEveryProblemOfTheRequestCarriesIt()
    {
        var lines = new ScopeLog();
        await using var service = await StartAsync(lines);

        using var response = await SendAsync(service, "/fail", "quote-me");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("quote-me", Assert.Single(response.Headers.GetValues("X-Correlation-ID")));
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("quote-me", problem.GetProperty("correlationId").GetString());
        Assert.Equal(["quote-me"], lines.IdsOf("about to fail"));
        Assert.Equal(["quote-me"], lines.IdsOf("An unhandled exception has occurred while executing the request."));
    }

    [LoggerMessage(1, LogLevel.Information, "about to fail")]
    private static partial void AboutToFail(ILogger logger);

    private static Task<TestService> StartAsync(ScopeLog? log = null) => TestService.StartAsync(
        builder =>
        {
            if (log is not null)
                builder.Logging.AddProvider(log);
        },
        app =>
        {
            app.MapGet("/echo", (HttpContext context) => context.Request.Headers["X-Correlation-ID"].ToString());
            app.MapGet("/fail", (ILogger<CorrelationIdTests> logger) =>
            {
                AboutToFail(logger);
                throw new InvalidOperationException("as asked");
            });
        });

    private static async Task<HttpResponseMessage> SendAsync(TestService service, string path, string? id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (id is not null)
            request.Headers.TryAddWithoutValidation("X-Correlation-ID", id);
        return await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Keeps each line with the correlation ids of the scopes around it.</summary>
    private sealed class ScopeLog : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConcurrentQueue<(string Line, string[] Ids)> _lines = new();
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public string[] IdsOf(string line) => _lines.Single(l => l.Line == line).Ids;

        public ILogger CreateLogger(string categoryName) => new Log(this);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose()
        {
        }

        private sealed class Log(ScopeLog owner) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var ids = new List<string>();
                owner._scopes.ForEachScope(
                    static (scope, ids) => ids.AddRange((scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                        .Where(member => member.Key == "correlationId")
                        .Select(member => (string)member.Value!)),
                    ids);
                owner._lines.Enqueue((formatter(state, exception), [.. ids]));
            }
        }
    }
}
