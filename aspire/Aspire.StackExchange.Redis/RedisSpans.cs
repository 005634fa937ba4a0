using System.Diagnostics;
using System.Net;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Turns what the profiler saw of a command into a span, by OpenTelemetry's conventions for database clients (Redis).</summary>
internal static class RedisSpans
{
    private static readonly ActivitySource s_source = new(RedisInstrumentation.SourceName);

    /// <summary>False while nobody listens; then commands need not be profiled.</summary>
    public static bool Wanted => s_source.HasListeners();

    /// <summary>Emits a span with the command's own start and duration. The profiler doesn't tell whether the command failed.</summary>
    public static void Emit(IProfiledCommand command, ActivityContext parent)
    {
        var start = command.CommandCreated;
        var span = s_source.StartActivity(command.Command, ActivityKind.Client, parent, startTime: start);
        if (span is null)
            return;

        span.SetTag("db.system.name", "redis");
        span.SetTag("db.operation.name", command.Command);
        if (command.Db >= 0)
            span.SetTag("db.namespace", command.Db.ToString());
        SetServer(span, command.EndPoint);

        span.SetEndTime(start + Real(command.ElapsedTime));
        span.Stop();
    }

    private static void SetServer(Activity span, EndPoint? server)
    {
        switch (server)
        {
            case IPEndPoint ip:
                span.SetTag("server.address", ip.Address.ToString());
                span.SetTag("server.port", ip.Port);
                span.SetTag("network.peer.address", ip.Address.ToString());
                span.SetTag("network.peer.port", ip.Port);
                break;
            case DnsEndPoint dns:
                span.SetTag("server.address", dns.Host);
                span.SetTag("server.port", dns.Port);
                break;
        }
    }

    /// <summary>
    /// StackExchange.Redis 1.2.6 counts stopwatch ticks and calls them 100 ns, which is only so where the stopwatch runs at 10 MHz (Windows).
    /// </summary>
    private static TimeSpan Real(TimeSpan elapsed) => Stopwatch.GetElapsedTime(0, Math.Max(elapsed.Ticks, 0));
}
