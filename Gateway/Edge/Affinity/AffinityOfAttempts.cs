using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Edge.Affinity;

/// <summary>Session affinity within retries: a failed attempt leaves no trace, so that its successor's cookie is sent.</summary>
/// <remarks>
/// YARP 2.1 notes in the request's items that the cookie led to a destination, and then sends no new one, although the next attempt goes to
/// another destination. The note's key is private; it is the one that the attempt added.
/// </remarks>
internal static class AffinityOfAttempts
{
    public static void UseAffinityOfAttempts(this IReverseProxyApplicationBuilder pipeline, AffinityOptions options)
    {
        if (!options.Enabled)
            return;
        pipeline.Use(static async (context, next) =>
        {
            var before = context.Items.Keys.ToHashSet();
            await next(context);
            if (context.Response.HasStarted || context.Features.Get<IForwarderErrorFeature>() is null)
                return;
            foreach (var added in context.Items.Keys.Where(key => !before.Contains(key)).ToList())
                context.Items.Remove(added);
        });
        pipeline.UseSessionAffinity();
    }
}
