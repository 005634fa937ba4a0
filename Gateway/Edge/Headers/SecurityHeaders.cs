using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Slipway.Gateway.Edge.Headers;

/// <summary>Puts the security headers on every answer, the Gateway's own and those of destinations, when its head is about to be sent.</summary>
/// <remarks>At that moment an exception handler can't clear them any more, and what the destination set is known.</remarks>
internal sealed class SecurityHeaders
{
    private readonly RequestDelegate _next;
    private readonly (string Name, StringValues Value)[] _headers;
    private readonly PathString[] _pages;
    private readonly StringValues _policy;
    private readonly StringValues _pagePolicy;
    private readonly StringValues _hsts;

    public SecurityHeaders(RequestDelegate next, IOptions<GatewayOptions> options, IHostEnvironment environment)
    {
        _next = next;
        var headers = options.Value.Headers;
        _policy = headers.ContentSecurityPolicy;
        _pagePolicy = headers.PageContentSecurityPolicy;
        _pages = [.. (headers.PagePaths ?? HeaderOptions.DefaultPagePaths).Select(static path => new PathString(path.TrimEnd('/')))];
        _hsts = environment.IsDevelopment() ? StringValues.Empty : Hsts(options.Value.Https);
        _headers =
        [
            ("X-Content-Type-Options", "nosniff"),
            // Says to old browsers what frame-ancestors says to the others.
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", headers.ReferrerPolicy),
            ("Permissions-Policy", headers.PermissionsPolicy),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            // Keeps others from embedding answers; what CORS allows is not concerned.
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ];
    }

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var (self, context) = ((SecurityHeaders, HttpContext))state;
            self.Apply(context);
            return Task.CompletedTask;
        }, (this, context));
        return _next(context);
    }

    private static string Hsts(HttpsOptions options) =>
        $"max-age={(long)options.HstsMaxAge.TotalSeconds}{(options.HstsIncludeSubdomains ? "; includeSubDomains" : "")}{(options.HstsPreload ? "; preload" : "")}";

    private void Apply(HttpContext context)
    {
        var headers = context.Response.Headers;
        foreach (var (name, value) in _headers)
            headers.TryAdd(name, value);
        var policy = IsPage(context.Request.Path) ? _pagePolicy : _policy;
        if (policy != "")
            headers.TryAdd("Content-Security-Policy", policy);

        // Over http it counts for nothing (RFC 6797 section 7.2); the Gateway alone knows whether its host has https.
        headers.Remove("Strict-Transport-Security");
        if (context.Request.IsHttps && _hsts.Count > 0)
            headers.StrictTransportSecurity = _hsts;
        headers.Remove("Server");
        headers.Remove("X-Powered-By");
    }

    private bool IsPage(PathString path)
    {
        foreach (var page in _pages)
        {
            if (path.StartsWithSegments(page, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
