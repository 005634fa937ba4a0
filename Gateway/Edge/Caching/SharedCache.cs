using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Slipway.Gateway.Edge.Caching;

/// <summary>What the cache is about to do with the answer to one request.</summary>
/// <param name="Key">Of the address.</param>
internal sealed record CacheAttempt(string Key)
{
    /// <summary>A stored answer that is asked about; null: none.</summary>
    public CacheEntry? Stale { get; init; }

    /// <summary>The answer to the question was 304: the stored answer is good again.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Where the answer is being copied to; null: it may not be stored.</summary>
    public CacheCapture? Capture { get; set; }

    /// <summary>What will be stored, as it stood before compression and others changed it; its body is still to come. Null: nothing.</summary>
    public CacheEntry? Entry { get; init; }

    /// <summary>What the answer says of its length; null: nothing.</summary>
    public long? Length { get; init; }
}

/// <summary>A shared cache (RFC 9111) for GET and HEAD, before the forwarding of requests.</summary>
/// <remarks>
/// Not ASP.NET Core's response caching: behind a proxy that would store an answer that broke off half-way as if it were whole, ignores that a
/// write makes stored answers invalid, and never asks a destination whether a stored answer is still good. Costs one look at Cache-Control for
/// an answer that does not allow it.
/// </remarks>
internal sealed class SharedCache(RequestDelegate next, CacheStore store, EdgeMetrics metrics, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return HttpMethods.IsOptions(request.Method) || HttpMethods.IsTrace(request.Method) ? next(context) : Write(context);
        // Upgrades and parts are not answers to keep, nor kept ones to give.
        if (request.Headers.Range.Count > 0 || request.Headers.Upgrade.Count > 0)
            return next(context);
        return Read(context);
    }

    /// <summary>Of the address, with the scheme and the host that the client used: the answer may depend on both.</summary>
    internal static string Key(HttpRequest request) =>
        UriHelper.BuildAbsolute(request.Scheme, new HostString(request.Host.Value?.ToLowerInvariant() ?? ""), request.PathBase, request.Path, request.QueryString);

    private async Task Read(HttpContext context)
    {
        var headers = context.Request.Headers;
        var says = headers.CacheControl.Count > 0 ? context.Request.GetTypedHeaders().CacheControl : null;
        if (says?.NoStore == true)
        {
            await next(context);
            return;
        }

        if (says is null && headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase))
            says = new CacheControlHeaderValue { NoCache = true };
        var entry = store.IsEmpty ? null : Usable(context, Key(context.Request));
        if (entry is not null && CacheRules.IsFresh(entry, says, clock.GetUtcNow()))
        {
            metrics.Cache("hit");
            await Send(context, entry);
            return;
        }

        if (says?.OnlyIfCached == true)
        {
            // RFC 9111 section 5.2.1.7.
            context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
            await next(context);
        else
            await Fetch(context, entry, says?.NoCache != true);
    }

    private CacheEntry? Usable(HttpContext context, string key)
    {
        var entry = store.Find(key, context.Request.Headers);
        return entry is null || (!entry.IsForAll && CacheRules.HasCredentials(context.Request.Headers)) ? null : entry;
    }

    /// <summary>Forwards; asks about the stale answer if there is one. A client that wants no stored answer gets none confirmed either.</summary>
    private async Task Fetch(HttpContext context, CacheEntry? stale, bool mayConfirm)
    {
        var isAsking = mayConfirm && stale is not null && (stale.Tag ?? stale.LastModified) is not null;
        var headers = context.Request.Headers;
        var (tags, since) = (headers.IfNoneMatch, headers.IfModifiedSince);
        if (isAsking)
        {
            context.Features.Set(new CacheAttempt(Key(context.Request)) { Stale = stale });
            headers.IfNoneMatch = stale!.Tag is { } tag ? tag : StringValues.Empty;
            headers.IfModifiedSince = stale.Tag is null ? stale.LastModified : StringValues.Empty;
        }

        try
        {
            await next(context);
        }
        finally
        {
            if (isAsking)
                (headers.IfNoneMatch, headers.IfModifiedSince) = (tags, since);
            CacheTransform.Release(context);
        }

        if (context.Features.Get<CacheAttempt>() is { Capture: { } capture } attempt)
            await Settle(context, attempt, capture);
    }

    private Task Settle(HttpContext context, CacheAttempt attempt, CacheCapture capture)
    {
        var response = context.Response;
        if (attempt is { IsConfirmed: true, Stale: { } stale })
        {
            var renewed = Renew(stale, response.Headers);
            store.Put(attempt.Key, renewed, context.Request.Headers);
            metrics.Cache("revalidated");
            return Send(context, renewed);
        }

        // Whole, and the one that the headers promised: an answer that broke off must not look whole to the next client.
        if (attempt.Entry is { } entry && capture.Copy is { } body && (attempt.Length ?? body.Length) == body.Length
            && context.Features.Get<IForwarderErrorFeature>() is null && !context.RequestAborted.IsCancellationRequested)
        {
            store.Put(attempt.Key, entry with { Body = body }, context.Request.Headers);
            metrics.Cache("stored");
        }

        return Task.CompletedTask;
    }

    /// <summary>The stored answer with the headers of the 304 over its own (RFC 9111 section 3.2); a 304 without a lifetime leaves the old one.</summary>
    private CacheEntry Renew(CacheEntry stale, IHeaderDictionary confirmation)
    {
        var merged = new HeaderDictionary();
        foreach (var (name, value) in stale.Headers)
            merged[name] = value;
        foreach (var (name, value) in CacheRules.Stored(confirmation))
        {
            if (!name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                merged[name] = value;
        }

        var now = clock.GetUtcNow();
        var rule = CacheRules.MayStore(stale.Status, merged, hasCredentials: false) ?? (TimeSpan.Zero, stale.IsForAll);
        return stale with
        {
            Headers = [.. merged],
            StoredAt = now,
            AgeWhenStored = CacheRules.AgeOnArrival(confirmation, now),
            Lifetime = rule.Lifetime,
            IsForAll = rule.IsForAll,
        };
    }

    private Task Send(HttpContext context, CacheEntry entry)
    {
        var response = context.Response;
        foreach (var (name, value) in entry.Headers)
            response.Headers[name] = value;
        response.Headers.Age = CacheRules.Seconds(entry.Age(clock.GetUtcNow()));
        if (entry.Status == StatusCodes.Status200OK && CacheRules.IsNotModified(entry, context.Request.Headers))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.Headers.ContentType = StringValues.Empty;
            response.ContentLength = null;
            return Task.CompletedTask;
        }

        // An empty answer with an error's status would be given a body further out.
        if (context.Features.Get<Microsoft.AspNetCore.Diagnostics.IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
        response.StatusCode = entry.Status;
        response.ContentLength = entry.Body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(entry.Body, context.RequestAborted).AsTask();
    }

    /// <summary>A write that succeeded makes what is stored about its address invalid, and about those that it names on this host (section 4.4).</summary>
    private async Task Write(HttpContext context)
    {
        await next(context);
        if (store.IsEmpty || context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            return;
        var key = Key(context.Request);
        store.Remove(key);
        // A request of HTTP/1.0 may name no host; nothing can be told from its address.
        if (!Uri.TryCreate(key, UriKind.Absolute, out var here))
            return;
        foreach (var named in new[] { context.Response.Headers.Location.ToString(), context.Response.Headers.ContentLocation.ToString() })
        {
            if (named.Length > 0 && Uri.TryCreate(here, named, out var address) && address.Authority == here.Authority)
                store.Remove(address.AbsoluteUri);
        }
    }
}
