using System.Net;

namespace Slipway.Gateway.Edge.Tls;

/// <summary>Which of the addresses that Kestrel binds are https, read from where Kestrel reads them.</summary>
/// <remarks>
/// Kestrel tells an endpoint's port, not its scheme, where its TLS can be set. Addresses with port 0 are told apart by their order.
/// </remarks>
internal sealed class HttpsAddresses
{
    private readonly List<(bool IsHttps, int Port)> _addresses;
    private int _free;

    public HttpsAddresses(IConfiguration configuration) =>
        _addresses = [.. Read(configuration).Select(BindingAddress.Parse)
            .Select(static address => (address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase), address.Port))];

    /// <summary>Of the first https address; null when there is none.</summary>
    public int? Port => _addresses.Where(static address => address.IsHttps).Select(static address => (int?)address.Port).FirstOrDefault();

    /// <summary>To be asked once for each endpoint, in Kestrel's order.</summary>
    public bool IsHttps(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint { Port: var port })
            return false;
        if (port != 0)
            return _addresses.Any(address => address.IsHttps && address.Port == port);
        var free = _addresses.Where(static address => address.Port == 0).ToList();
        return free.Count > 0 && free[_free++ % free.Count].IsHttps;
    }

    /// <summary>Endpoints of Kestrel's own section go before addresses, and those before bare ports.</summary>
    private static IEnumerable<string> Read(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>().ToList();
        if (endpoints.Count > 0)
            return endpoints;
        if (configuration["urls"] is { Length: > 0 } urls)
            return Split(urls);
        return
        [
            .. Split(configuration["http_ports"]).Select(static port => $"http://*:{port}"),
            .. Split(configuration["https_ports"]).Select(static port => $"https://*:{port}"),
        ];
    }

    private static string[] Split(string? list) => (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
