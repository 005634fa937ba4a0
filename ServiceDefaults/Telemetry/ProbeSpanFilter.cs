using System.Diagnostics;
using OpenTelemetry;

namespace Slipway.ServiceDefaults.Telemetry;

/// <summary>Drops the client spans of health probes that this service sends, such as a proxy's active health checks; exporters come after it.</summary>
internal sealed class ProbeSpanFilter : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        // Only probes of their own: one that is part of a trace belongs to its story.
        if (data.Kind == ActivityKind.Client && data.ParentSpanId == default
            && data.GetTagItem("url.full") is string url && Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && ProbePaths.Contains(uri.AbsolutePath))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
