using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Edge.Compression;

/// <summary>Compresses what gives no secret away by its length (BREACH), and nothing that must stay as it is.</summary>
/// <remarks>
/// An attacker who can put text into an answer and see its length learns what else stands in it, guess by guess. So nothing is compressed that
/// says of itself that it is secret (no-store, Set-Cookie), nor the answer to a request with credentials unless its path is marked as safe.
/// A strong entity tag names the bytes (RFC 9110 section 8.8.3): such an answer is left alone where a later If-Match may need the tag.
/// </remarks>
internal sealed class SafeCompression : ResponseCompressionProvider
{
    private readonly CompressionOptions _options;
    private readonly PathString[] _safe;

    public SafeCompression(IServiceProvider services, IOptions<ResponseCompressionOptions> compression, IOptions<GatewayOptions> options)
        : base(services, compression)
    {
        _options = options.Value.Compression;
        _safe = [.. (_options.SafePaths ?? CompressionOptions.DefaultSafePaths).Select(static path => new PathString(path.TrimEnd('/')))];
    }

    public override bool ShouldCompressResponse(HttpContext context)
    {
        var response = context.Response;
        if (response.ContentLength < _options.MinBytes || response.Headers.SetCookie.Count > 0 || ForbidsIt(response.Headers.CacheControl.ToString()))
            return false;
        if (!IsSafe(context.Request.Path) && (HasCredentials(context.Request.Headers) || IsStrong(response.Headers.ETag.ToString())))
            return false;
        if (!base.ShouldCompressResponse(context))
            return false;
        if (IsStrong(response.Headers.ETag.ToString()) && GetCompressionProvider(context) is not null)
            response.Headers.ETag = "W/" + response.Headers.ETag;
        return true;
    }

    private static bool ForbidsIt(string cacheControl) =>
        cacheControl.Contains("no-store", StringComparison.OrdinalIgnoreCase) || cacheControl.Contains("no-transform", StringComparison.OrdinalIgnoreCase);

    private static bool HasCredentials(IHeaderDictionary headers) =>
        headers.Authorization.Count > 0 || headers.Cookie.Count > 0 || headers.ContainsKey("X-Api-Key");

    private static bool IsStrong(string tag) => tag.StartsWith('"');

    private bool IsSafe(PathString path)
    {
        foreach (var safe in _safe)
        {
            if (path.StartsWithSegments(safe, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}

internal static class CompressionRegistration
{
    public static void AddSafeCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(static compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/problem+json", "application/yaml", "image/svg+xml"];
        });
        services.AddSingleton<IResponseCompressionProvider, SafeCompression>();
    }
}
