using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Records a client span for each Redis command that runs inside a recorded activity, as its child.</summary>
/// <remarks>
/// The client tells what a command did only some time after it has finished, through its profiler, so spans follow their parent by up to two
/// sweeps. Disposed with the tracer provider, before that flushes: nothing is lost at a normal stop.
/// </remarks>
internal sealed class RedisInstrumentation : IDisposable
{
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly List<RedisCommandRecorder> _recorders = [];
    private ITimer? _sweeps;
    private bool _disposed;

    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton<RedisInstrumentation>();
        services.AddOpenTelemetry().WithTracing(static tracing => tracing
            .AddSource(SourceName)
            .AddInstrumentation(static provider => provider.GetRequiredService<RedisInstrumentation>()));
    }

    /// <summary>Begins to record the commands of a client, until this object is disposed.</summary>
    public void Observe(IConnectionMultiplexer connection)
    {
        var recorder = new RedisCommandRecorder(connection);
        lock (_lock)
        {
            if (_disposed)
                return;
            _recorders.Add(recorder);
            if (_sweeps is null)
                StartSweeping();
        }

        connection.RegisterProfiler(recorder);
    }

    public void Dispose()
    {
        RedisCommandRecorder[] recorders;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            _sweeps?.Dispose();
            recorders = [.. _recorders];
        }

        foreach (var recorder in recorders)
            recorder.Stop();
    }

    private void StartSweeping()
    {
        // The first use of a client may lie inside a request; the timer must not carry that request's activity along.
        using var noFlow = ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow();
        _sweeps = TimeProvider.System.CreateTimer(_ => Sweep(), null, s_sweepInterval, s_sweepInterval);
    }

    private void Sweep()
    {
        RedisCommandRecorder[] recorders;
        lock (_lock)
            recorders = [.. _recorders];
        foreach (var recorder in recorders)
            Sweep(recorder);
    }

    private void Sweep(RedisCommandRecorder recorder)
    {
        try
        {
            recorder.Sweep();
        }
#pragma warning disable CA1031 // An exception that leaves a timer ends the process; telemetry must not. The recorder is set aside instead.
        catch (Exception)
#pragma warning restore CA1031
        {
            recorder.Abandon();
            lock (_lock)
                _recorders.Remove(recorder);
        }
    }
}
