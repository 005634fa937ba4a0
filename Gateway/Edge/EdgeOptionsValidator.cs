using Microsoft.Extensions.Options;
using Slipway.Gateway.Edge.Headers;
using Slipway.Gateway.Edge.Tls;

namespace Slipway.Gateway.Edge;

/// <summary>What attributes can't say of the edge's options.</summary>
internal sealed class EdgeOptionsValidator(TimeProvider clock) : IValidateOptions<GatewayOptions>
{
    private static readonly TimeSpan s_preloadAge = TimeSpan.FromDays(365);

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var errors = BadCertificates(options.Tls).ToList();
        foreach (var host in options.Hosts.Where(static host => !HostFilter.IsWellFormed(host)))
            errors.Add($"Hosts: '{host}' is neither a host name nor one with *. before it; ports don't belong there.");
        foreach (var path in Paths(options).Where(static path => !path.StartsWith('/')))
            errors.Add($"'{path}' is no path: it has to begin with a slash.");
        if (options.Https.HstsPreload && (!options.Https.HstsIncludeSubdomains || options.Https.HstsMaxAge < s_preloadAge))
            errors.Add("Https:HstsPreload needs HstsIncludeSubdomains and an HstsMaxAge of a year.");
        if (options.Https.Redirect == true && options.Tls.Certificates.Count == 0 && options.ForwardedHeaders.TrustedProxies.Count == 0 && options.Https.Port is null)
            errors.Add("Https:Redirect leads nowhere: there is neither a certificate nor a trusted proxy. Set Https:Port if https is served elsewhere.");
        if (options.Maintenance.StateFile is { } file && !Path.IsPathFullyQualified(file))
            errors.Add($"Maintenance:StateFile: '{file}' is no absolute path.");
        foreach (var policy in new[] { options.Headers.ContentSecurityPolicy, options.Headers.PageContentSecurityPolicy, options.Headers.ReferrerPolicy, options.Headers.PermissionsPolicy })
        {
            if (policy.Any(static c => c is < ' ' or > '~'))
                errors.Add($"Headers: '{policy}' holds characters that no header may hold.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> BadCertificates(TlsOptions options)
    {
        for (var n = 0; n < options.Certificates.Count; n++)
        {
            // That it is missing was said by its attribute.
            if (options.Certificates[n].Path.Length > 0 && ServedCertificate.Refusal(options.Certificates[n], clock.GetUtcNow()) is { } refusal)
                yield return $"{GatewayOptions.Section}:Tls:Certificates:{n}: {refusal}";
        }
    }

    private static IEnumerable<string> Paths(GatewayOptions options) => (options.Headers.PagePaths ?? []).Concat(options.Compression.SafePaths ?? []);
}
