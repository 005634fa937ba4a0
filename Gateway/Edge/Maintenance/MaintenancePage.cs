using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Slipway.Gateway.Edge.Maintenance;

/// <summary>What people see in maintenance: one page that loads nothing.</summary>
internal static class MaintenancePage
{
    private const string Style =
        "html{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;font:1.125rem/1.6 system-ui,sans-serif;"
        + "background:#f6f7f9;color:#1a1d21}main{max-width:34rem;padding:2rem}h1{font-size:1.75rem;line-height:1.25;margin:0 0 1rem}"
        + "@media(prefers-color-scheme:dark){body{background:#15181c;color:#eceff3}}";

    /// <summary>Allows the one style by its hash, and nothing else.</summary>
    private static readonly string s_policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Whether HTML is named, and not named as less welcome than JSON: browsers do, programs don't.</summary>
    public static bool IsPreferred(HttpRequest request)
    {
        double html = 0, json = 0;
        foreach (var accept in request.GetTypedHeaders().Accept)
        {
            var quality = accept.Quality ?? 1;
            if (accept.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
                html = Math.Max(html, quality);
            else if (accept.SubType.EndsWith("json", StringComparison.OrdinalIgnoreCase))
                json = Math.Max(json, quality);
        }

        return html > 0 && html >= json;
    }

    public static Task WriteAsync(HttpContext context, MaintenanceState state)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = s_policy;
        var body = Encoding.UTF8.GetBytes(Html(state));
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static string Html(MaintenanceState state) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Down for maintenance</title>
        <style>{Style}</style>
        </head>
        <body>
        <main>
        <h1>Down for maintenance</h1>
        <p>{(state.Message is null ? "We are working on the service." : HtmlEncoder.Default.Encode(state.Message))}</p>
        <p>Please try again in {Duration(state.RetryAfterSeconds)}.</p>
        </main>
        </body>
        </html>

        """;

    private static string Duration(int seconds) => seconds switch
    {
        < 60 => seconds == 1 ? "a second" : $"{seconds} seconds",
        < 120 => "a minute",
        < 7200 => $"{seconds / 60} minutes",
        _ => $"{seconds / 3600} hours",
    };
}
