namespace Slipway.Gateway.Destinations;

/// <summary>The addresses of one endpoint of a service, as configured under <c>services:&lt;name&gt;:&lt;endpoint&gt;</c>, and what is wrong with them.</summary>
/// <param name="Addresses">Absolute http or https addresses in the order of the configuration, each once; empty when the service is unknown.</param>
/// <param name="Errors">One sentence for each value that is no address; empty when all are.</param>
internal sealed record ServiceAddresses(IReadOnlyList<Uri> Addresses, IReadOnlyList<string> Errors)
{
    /// <summary>Reads <c>services:api:http:0 = http://localhost:41234</c>, which is <c>services__api__http__0</c> in the environment.</summary>
    public static ServiceAddresses Read(IConfiguration configuration, string service, string endpoint)
    {
        var addresses = new List<Uri>();
        var errors = new List<string>();
        foreach (var entry in configuration.GetSection($"services:{service}:{endpoint}").GetChildren())
        {
            if (entry.Value is not { } value)
                errors.Add($"{entry.Path}: has no value; an address such as http://localhost:5080 is expected.");
            else if (!Uri.TryCreate(value, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                errors.Add($"{entry.Path}: '{value}' is not an absolute http or https address.");
            else if (address.PathAndQuery != "/" || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
                errors.Add($"{entry.Path}: '{value}' has more than a scheme, a host and a port.");
            else if (!addresses.Contains(address))
                addresses.Add(address);
        }

        return new ServiceAddresses(addresses, errors);
    }
}
