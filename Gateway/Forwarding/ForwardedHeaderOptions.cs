using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Slipway.Gateway.Forwarding;

/// <summary>Whose word about the client is taken.</summary>
internal sealed class ForwardedHeaderOptions : IValidatableObject
{
    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of proxies before the Gateway whose X-Forwarded-For, -Proto and -Host are believed. Empty, the
    /// default: nobody's; what a client sends in them is dropped.
    /// </summary>
    public IList<string> TrustedProxies { get; set; } = [];

    /// <summary>True sends the client's Host header on, so that links and redirects made by the service lead back to the Gateway.</summary>
    public bool KeepHost { get; set; } = true;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var proxy in TrustedProxies)
        {
            if (!TryParse(proxy, out _))
                yield return new ValidationResult($"TrustedProxies: '{proxy}' is neither an IP address nor a network such as 10.0.0.0/8.", [nameof(TrustedProxies)]);
        }
    }

    /// <summary>Reads <c>10.1.2.3</c> as a network of one address.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }
}
