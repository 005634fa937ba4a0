namespace Slipway.Gateway.Destinations;

/// <summary>The addresses of one endpoint of a service, as configured under <c>services:&lt;name&gt;:&lt;endpoint&gt;</c>, and what is wrong with them.</summary>
/// <remarks>The same forms as service discovery in ServiceDefaults, but every error is told, and the whole is refused for one.</remarks>
/// <param name="Addresses">Absolute http or https addresses in the order of the configuration, each once; empty when the service is unknown.</param>
/// <param name="Errors">One sentence for each value that is no address; empty when all are.</param>
internal sealed record DestinationAddresses(IReadOnlyList<Uri> Addresses, IReadOnlyList<string> Errors)
{
    /// <summary>
    /// Reads <c>services:api:http:0 = http://localhost:41234</c>, which is <c>services__api__http__0</c> in the environment; also a single value
    /// without a number, and <c>host:port</c>.
    /// </summary>
    public static DestinationAddresses Read(IConfiguration configuration, string service, string endpoint)
    {
        var section = configuration.GetSection("services").GetSection(service).GetSection(endpoint);
        var addresses = new List<Uri>();
        var errors = new List<string>();
        foreach (var entry in string.IsNullOrWhiteSpace(section.Value) ? section.GetChildren().Where(child => child.Exists()) : [section])
        {
            var value = entry.Value ?? "";
            var url = value.Contains("://", StringComparison.Ordinal) ? value : $"{(endpoint == "https" ? endpoint : "http")}://{value}";
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                errors.Add($"{entry.Path}: '{value}' is neither an http or https address nor host:port.");
            else if (address.PathAndQuery != "/" || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
                errors.Add($"{entry.Path}: '{value}' has more than a scheme, a host and a port.");
            else if (!addresses.Contains(address))
                addresses.Add(address);
        }

        return new DestinationAddresses(addresses, errors);
    }
}
