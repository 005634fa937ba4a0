using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>Looks at an answer when its headers have come and its body has not: copies those that may be stored.</summary>
internal sealed class CacheTransform(IOptions<GatewayOptions> options, TimeProvider clock) : ITransformProvider
{
    private readonly CacheOptions _options = options.Value.Cache;

    public void Apply(TransformBuilderContext context)
    {
        if (_options.Enabled)
            context.AddResponseTransform(Look);
    }

    public void ValidateRoute(TransformRouteValidationContext context)
    {
        // Nothing is read from the route.
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
        // Nothing is read from the cluster.
    }

    /// <summary>Gives the response its own body back.</summary>
    public static void Release(HttpContext context)
    {
        if (context.Features.Get<IHttpResponseBodyFeature>() is CacheCapture capture)
            context.Features.Set(capture.Inner);
    }

    private ValueTask Look(ResponseTransformContext transform)
    {
        var (context, answer) = (transform.HttpContext, transform.ProxyResponse);
        if (answer is null || !HttpMethods.IsGet(context.Request.Method))
            return default;
        var before = context.Features.Get<CacheAttempt>();
        if (before?.Capture is not null)
        {
            // Of an attempt that failed.
            Release(context);
            before.Capture = null;
        }

        if (answer.StatusCode == HttpStatusCode.NotModified && before?.Stale is not null)
        {
            before.IsConfirmed = true;
            transform.SuppressResponseBody = true;
            Capture(context, before, silent: true);
        }
        else if (Judge(context) is { } entry)
        {
            var attempt = new CacheAttempt(SharedCache.Key(context.Request)) { Entry = entry, Length = context.Response.ContentLength };
            context.Features.Set(attempt);
            Capture(context, attempt, silent: false);
        }

        return default;
    }

    /// <returns>What may be stored, without its body; null: nothing.</returns>
    private CacheEntry? Judge(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (response.Headers.CacheControl.Count == 0 || request.Headers.Range.Count > 0 || response.ContentLength > _options.MaxEntryBytes
            || (request.Headers.CacheControl.Count > 0 && request.GetTypedHeaders().CacheControl?.NoStore == true)
            || CacheRules.MayStore(response.StatusCode, response.Headers, CacheRules.HasCredentials(request.Headers)) is not { } rule)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        return new CacheEntry(
            response.StatusCode, CacheRules.Stored(response.Headers), [], CacheRules.VaryOf(response.Headers, request.Headers),
            now, CacheRules.AgeOnArrival(response.Headers, now), rule.Lifetime, rule.IsForAll);
    }

    private void Capture(HttpContext context, CacheAttempt attempt, bool silent)
    {
        attempt.Capture = new CacheCapture(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), silent ? -1 : _options.MaxEntryBytes);
        context.Features.Set<IHttpResponseBodyFeature>(attempt.Capture);
    }
}
