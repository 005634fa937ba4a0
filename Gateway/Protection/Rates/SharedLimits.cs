using Microsoft.Extensions.Options;
using Slipway.ServiceDefaults.Health;
using StackExchange.Redis;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>What is known of the Redis that all Gateways count in.</summary>
internal enum SharedState
{
    /// <summary>There is no connection string; each Gateway counts for itself.</summary>
    NotConfigured,

    /// <summary>It does not answer, or has not yet.</summary>
    Away,

    /// <summary>It answers.</summary>
    Answers,
}

/// <summary>Asks Redis within a bounded time, and not at all once it has failed; a loop beside the requests finds out when it is back.</summary>
/// <remarks>
/// A Redis that hangs costs the requests under way <see cref="SharedLimitOptions.Timeout"/> once. No request is ever the one that tries it again,
/// and none waits for it at start.
/// </remarks>
internal sealed class SharedLimits(
    IServiceProvider services, IConfiguration configuration, IOptions<GatewayOptions> options, LocalLimits local, BackgroundLoops loops, TimeProvider clock,
    ProtectionMetrics metrics, ILogger<SharedLimits> logger) : BackgroundService
{
    public const string ConnectionName = "cache";

    /// <summary>How often the loop beats while there is nothing to do.</summary>
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_silentFor = TimeSpan.FromSeconds(90);

    private readonly SharedLimitOptions _options = options.Value.Limits.Shared;
    private readonly bool _configured = options.Value.Limits.Enabled && !string.IsNullOrEmpty(configuration.GetConnectionString(ConnectionName));
    private readonly SemaphoreSlim _failed = new(0);
    private IDatabase? _redis;
    private bool _reported;

    /// <summary>Set while requests may ask Redis.</summary>
    private volatile IDatabase? _answering;

    public SharedState State => !_configured ? SharedState.NotConfigured : _answering is null ? SharedState.Away : SharedState.Answers;

    /// <param name="limits">All or none are used.</param>
    /// <param name="requests">How many at once.</param>
    /// <returns>Null: Redis can't be asked, or did not answer in time.</returns>
    public async ValueTask<LimitDecision?> DecideAsync(AppliedLimits limits, int requests)
    {
        if (_answering is not { } redis)
            return null;
        try
        {
            var keys = limits.Keys();
            // A command has no timeout of its own while the connection lives; what still comes then is dropped.
            var decision = await LimitScript.RunAsync(redis, limits, keys, requests).WaitAsync(_options.Timeout, clock);
            local.Follow(keys, decision.Debts);
            return decision;
        }
        catch (Exception problem) when (problem is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            Fail(problem);
            return null;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_configured)
            return;
        using var loop = loops.Enter("limits-redis", s_silentFor);
        Task? probe = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            loop.Beat();
            if (_answering is null && (probe = await TryAgain(probe, stoppingToken)) is { } pending)
                await ((Task)Task.WhenAny(pending, Task.Delay(_options.ProbeInterval, clock, stoppingToken))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else if (_answering is null)
                await Task.Delay(_options.ProbeInterval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else
                await ((Task)_failed.WaitAsync(s_round, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>The question that Redis has not answered yet: another would only lie in the same queue.</returns>
    private async Task<Task?> TryAgain(Task? probe, CancellationToken stoppingToken)
    {
        probe ??= Task.Run(Probe, CancellationToken.None);
        try
        {
            await probe.WaitAsync(_options.Timeout, clock, stoppingToken);
            _answering = _redis;
            _reported = false;
            logger.SharedLimitsAnswer();
            return null;
        }
        catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
        {
            Report(problem);
            return probe.IsCompleted ? null : probe;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Connecting blocks for seconds when Redis is away, so it happens here, on no request's time.</summary>
    private async Task Probe()
    {
        _redis ??= services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        await LimitScript.ProbeAsync(_redis);
    }

    private void Fail(Exception problem)
    {
        metrics.SharedFailed();
        if (Interlocked.Exchange(ref _answering!, null) is null)
            return;
        Report(problem);
        _failed.Release();
    }

    /// <summary>Once until it answers again.</summary>
    private void Report(Exception problem)
    {
        if (Interlocked.Exchange(ref _reported, true))
            return;
        logger.SharedLimitsAway(problem.Message);
    }

    public override void Dispose()
    {
        base.Dispose();
        _failed.Dispose();
    }
}
