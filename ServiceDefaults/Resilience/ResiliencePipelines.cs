using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>One pipeline per client and authority, so that one service that is down doesn't stop requests to another.</summary>
internal sealed class ResiliencePipelines(IOptions<HttpResilienceOptions> options, TimeProvider clock, ILogger<ResiliencePipelines> logger)
{
    public static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("Slipway.Request");

    /// <summary>A client that asks for ever new authorities shares one pipeline for those beyond this many.</summary>
    private const int MaxPipelines = 256;

    private readonly ConcurrentDictionary<(string Client, string Authority), ResiliencePipeline<HttpResponseMessage>> _pipelines = new();

    public ResiliencePipeline<HttpResponseMessage> For(string client, Uri? target)
    {
        var authority = target is { IsAbsoluteUri: true } ? target.Authority : "";
        var key = (client, authority);
        if (!_pipelines.ContainsKey(key) && _pipelines.Count >= MaxPipelines)
            key = (client, "");
        return _pipelines.GetOrAdd(key, key => Build(key.Authority));
    }

    private ResiliencePipeline<HttpResponseMessage> Build(string authority)
    {
        var settings = options.Value;
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { Name = authority, TimeProvider = clock };
        pipeline.AddTimeout(settings.TotalTimeout);
        if (settings.MaxRetries > 0)
            pipeline.AddRetry(Retry(settings));
        return pipeline
            .AddCircuitBreaker(Breaker(settings, authority))
            .AddTimeout(settings.AttemptTimeout)
            .Build();
    }

    private RetryStrategyOptions<HttpResponseMessage> Retry(HttpResilienceOptions settings) => new()
    {
        MaxRetryAttempts = settings.MaxRetries,
        Delay = settings.RetryDelay,
        MaxDelay = settings.MaxRetryDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = arguments => ValueTask.FromResult(
            RetryRules.IsTransient(arguments.Outcome.Result, arguments.Outcome.Exception)
            && RetryRules.MayRepeat(arguments.Context.Properties.GetValue(Request, null!))),
        // Null lets the exponential delay stand.
        DelayGenerator = arguments => ValueTask.FromResult(
            RetryRules.RetryAfter(arguments.Outcome.Result, clock) is { } after ? Min(after, settings.MaxRetryDelay) : (TimeSpan?)null),
        OnRetry = arguments =>
        {
            var request = arguments.Context.Properties.GetValue(Request, null!);
            logger.Retrying(
                request.Method.Method, request.RequestUri, arguments.AttemptNumber + 1, arguments.RetryDelay.TotalMilliseconds, Outcome(arguments.Outcome));
            arguments.Outcome.Result?.Dispose();
            return default;
        },
    };

    private CircuitBreakerStrategyOptions<HttpResponseMessage> Breaker(HttpResilienceOptions settings, string authority) => new()
    {
        FailureRatio = settings.BreakerFailureRatio,
        MinimumThroughput = settings.BreakerMinimumAttempts,
        SamplingDuration = settings.BreakerWindow,
        BreakDuration = settings.BreakerPause,
        ShouldHandle = static arguments => ValueTask.FromResult(RetryRules.IsFailure(arguments.Outcome.Result, arguments.Outcome.Exception)),
        OnOpened = arguments =>
        {
            logger.BreakerOpened(authority, arguments.BreakDuration.TotalSeconds, Outcome(arguments.Outcome));
            return default;
        },
        OnClosed = _ =>
        {
            logger.BreakerClosed(authority);
            return default;
        },
    };

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Outcome(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is { } exception ? exception.Message : $"status {(int?)outcome.Result?.StatusCode}";
}
