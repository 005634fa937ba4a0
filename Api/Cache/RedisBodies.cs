using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Slipway.Api.Cache;

/// <summary>Bodies in Redis, asked within a bounded time and skipped while it fails; never an exception.</summary>
internal sealed class RedisBodies(
    IServiceProvider services, IOptions<CacheOptions> options, IMeterFactory meters, TimeProvider clock, ILogger<RedisBodies> logger)
    : IHostedService
{
    private readonly Circuit _circuit = new(options.Value.SkipFor, clock);
    private readonly Lock _connecting = new();
    private Task<IConnectionMultiplexer>? _client;

    /// <summary>True while Redis isn't asked.</summary>
    public bool IsSkipped => _circuit.IsOpen;

    /// <summary>Begins to connect and doesn't wait: connecting blocks for seconds when Redis is away.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        meters.Create(CacheMetrics.MeterName).CreateObservableGauge(
            "slipway.api.cache.circuit", () => IsSkipped ? 1 : 0, "{state}", "1 while Redis isn't asked because it failed.");
        Client();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The outcome is hit, miss, skipped or failed; the body is null but for a hit.</summary>
    public async Task<(byte[]? Body, string Outcome)> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var (value, outcome) = await AskAsync(redis => redis.StringGetAsync(key), cancellationToken);
        return outcome is not null ? (null, outcome) : value.IsNull ? (null, "miss") : ((byte[]?)value, "hit");
    }

    public async Task WriteAsync(string key, byte[] body, CancellationToken cancellationToken) =>
        await AskAsync(redis => redis.StringSetAsync(key, body, options.Value.KeepFor), cancellationToken);

    /// <returns>With an outcome when there is no answer.</returns>
    private async Task<(T? Answer, string? Outcome)> AskAsync<T>(Func<IDatabase, Task<T>> ask, CancellationToken cancellationToken)
    {
        var client = Client();
        if (!client.IsCompleted || !_circuit.TryEnter())
        {
            return (default, "skipped");
        }

        try
        {
            var redis = (await client).GetDatabase();
            // A command has no timeout of its own while the connection lives; what still comes then is dropped.
            var answer = await ask(redis).WaitAsync(options.Value.Timeout, clock, cancellationToken);
            if (_circuit.Succeed())
            {
                logger.CacheAnswersAgain();
            }

            return (answer, null);
        }
        catch (Exception problem) when (problem is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (_circuit.Fail())
            {
                logger.CacheFailed(options.Value.SkipFor.TotalSeconds, problem.Message);
            }

            return (default, "failed");
        }
    }

    private Task<IConnectionMultiplexer> Client()
    {
        lock (_connecting)
        {
            return _client = _client is null or { IsFaulted: true } ? Task.Run(services.GetRequiredService<IConnectionMultiplexer>) : _client;
        }
    }
}
