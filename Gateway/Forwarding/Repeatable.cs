using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Gateway.Forwarding;

/// <summary>Whether a request that was sent may be sent once more.</summary>
internal enum Repeatable
{
    No,

    /// <summary>The method is idempotent (RFC 9110 section 9.2.2) and there is no body.</summary>
    ByMethod,

    /// <summary>
    /// The client gave an <c>Idempotency-Key</c> (draft-ietf-httpapi-idempotency-key-header): whoever has carried the request out answers the
    /// repeated one with the same answer. The body is kept.
    /// </summary>
    ByKey,
}

/// <summary>Tells it, and keeps the body where that is needed.</summary>
internal static class RepeatableRequests
{
    private const string KeyHeader = "Idempotency-Key";

    /// <exception cref="BadHttpRequestException">The body could not be read.</exception>
    public static async ValueTask<Repeatable> KindOf(HttpContext context, int maxKeptBody)
    {
        var request = context.Request;
        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        if (!hasBody && IsIdempotent(request.Method))
            return Repeatable.ByMethod;
        if ((!HttpMethods.IsPost(request.Method) && !HttpMethods.IsPatch(request.Method)) || !HasKey(request.Headers))
            return Repeatable.No;
        if (!hasBody)
            return Repeatable.ByKey;
        if (!(request.ContentLength <= maxKeptBody))
            return Repeatable.No;

        var body = new byte[(int)request.ContentLength.Value];
        await request.Body.ReadExactlyAsync(body, context.RequestAborted);
        request.Body = new MemoryStream(body, writable: false);
        return Repeatable.ByKey;
    }

    public static void Rewind(HttpRequest request)
    {
        if (request.Body.CanSeek)
            request.Body.Position = 0;
    }

    /// <summary>Answers that may be long in coming on purpose.</summary>
    public static bool MayBeSilent(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true
        || context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static bool IsIdempotent(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method)
        || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method);

    /// <summary>One quoted, non-empty text, as the draft wants it. What only looks like a key is refused by the service, but may not be repeated here.</summary>
    private static bool HasKey(IHeaderDictionary headers) =>
        headers[KeyHeader] is [{ Length: > 2 and <= 512 } key] && key[0] == '"' && key[^1] == '"';
}
