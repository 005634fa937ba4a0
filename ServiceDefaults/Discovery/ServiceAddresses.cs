using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Slipway.ServiceDefaults.Discovery;

/// <summary>
/// The addresses of services by name, from configuration: <c>services:{name}:{end point or scheme}:{n}</c> or, for a single one,
/// <c>services:{name}:{end point or scheme}</c>. A value is a URL or <c>host:port</c>.
/// </summary>
/// <remarks>
/// The rules are those of Microsoft.Extensions.ServiceDiscovery: a host <c>_endpoint.name</c> takes that end point; without one, <c>default</c>
/// and then each scheme in the URI's order is tried; of the addresses found only those of the best scheme count.
/// </remarks>
public sealed class ServiceAddresses : IDisposable
{
    /// <summary>Names asked for are made up by callers; beyond this many the cache starts anew.</summary>
    private const int MaxCached = 1024;

    private readonly IConfiguration _configuration;
    private readonly ConcurrentDictionary<string, Rotation> _cache = new(StringComparer.OrdinalIgnoreCase);
    private readonly IDisposable _reload;

    public ServiceAddresses(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _configuration = configuration;
        _reload = ChangeToken.OnChange(configuration.GetReloadToken, _cache.Clear);
    }

    /// <summary>All addresses that <paramref name="logical"/> may stand for, with its path and query; empty when configuration names none.</summary>
    /// <exception cref="InvalidOperationException">A configured value is no address; the message names its key.</exception>
    public IReadOnlyList<Uri> Find(Uri logical)
    {
        ArgumentNullException.ThrowIfNull(logical);
        return [.. RotationOf(logical).Addresses.Select(address => Apply(address, logical))];
    }

    /// <summary>
    /// The next address in turn. Where configuration names none it is <paramref name="logical"/> itself, with the first scheme of several.
    /// </summary>
    /// <exception cref="InvalidOperationException">A configured value is no address; the message names its key.</exception>
    public Uri Next(Uri logical)
    {
        ArgumentNullException.ThrowIfNull(logical);
        if (RotationOf(logical).Next() is { } address)
            return Apply(address, logical);

        return logical.Scheme.Contains('+', StringComparison.Ordinal)
            ? new UriBuilder(logical) { Scheme = SchemesOf(logical)[0] }.Uri
            : logical;
    }

    public void Dispose() => _reload.Dispose();

    private static string[] SchemesOf(Uri logical) => logical.Scheme.Split('+');

    private static Uri Apply(Uri address, Uri logical) =>
        new UriBuilder(logical) { Scheme = address.Scheme, Host = address.Host, Port = address.Port }.Uri;

    private Rotation RotationOf(Uri logical)
    {
        if (_cache.Count >= MaxCached)
            _cache.Clear();
        return _cache.GetOrAdd($"{logical.Scheme}://{logical.Host}", (_, uri) => new Rotation(Read(uri)), logical);
    }

    private Uri[] Read(Uri logical)
    {
        var schemes = SchemesOf(logical);
        var (endpoint, service) = Split(logical.Host);
        var section = _configuration.GetSection("services").GetSection(service);
        string[] candidates = endpoint is null ? ["default", .. schemes] : [endpoint];
        var named = candidates.Select(section.GetSection).FirstOrDefault(candidate => candidate.Exists());
        if (named is null)
            return [];

        var values = string.IsNullOrWhiteSpace(named.Value) ? named.GetChildren() : [named];
        var addresses = values.Select(value => Parse(value, schemes[0])).ToArray();
        var best = schemes.FirstOrDefault(scheme => addresses.Any(address => address.Scheme == scheme));
        return [.. addresses.Where(address => address.Scheme == best)];
    }

    /// <summary><c>_dashboard.api</c> is end point <c>dashboard</c> of <c>api</c>; any other host is a service's name.</summary>
    private static (string? Endpoint, string Service) Split(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host.StartsWith('_') && dot > 1 && dot < host.Length - 1 ? (host[1..dot], host[(dot + 1)..]) : (null, host);
    }

    private static Uri Parse(IConfigurationSection section, string defaultScheme)
    {
        var value = section.Value ?? "";
        var url = value.Contains("://", StringComparison.Ordinal) ? value : $"{defaultScheme}://{value}";
        return Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Host.Length > 0
            ? address
            : throw new InvalidOperationException($"Service discovery: '{value}' in '{section.Path}' is neither a URL nor host:port.");
    }

    private sealed class Rotation(Uri[] addresses)
    {
        private int _turn = -1;

        public Uri[] Addresses => addresses;

        public Uri? Next() =>
            addresses.Length == 0 ? null : addresses[(uint)Interlocked.Increment(ref _turn) % (uint)addresses.Length];
    }
}
