using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using Slipway.Api.Access.Guessing;
using Slipway.Api.Access.Keys;
using Slipway.Api.Access.Tokens;

namespace Slipway.Api.Access;

/// <summary>Who may use the Api; configuration section <c>Access</c>.</summary>
internal sealed class AccessOptions
{
    public const string Section = "Access";

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) whose X-Forwarded-For is believed: the Gateway's. What is configured is added to loopback, the
    /// default: whoever can connect from there is on this machine. Private networks are not in it, since every neighbour there could
    /// choose the address that its guesses count on. At most 100.
    /// </summary>
    [MaxLength(100)]
    public IList<string> TrustedProxies { get; set; } = ["127.0.0.0/8", "::1"];

    /// <summary>How often last uses of keys and refusals are written down. A key's last use is written at most once a minute whatever this says.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan RecordEvery { get; set; } = TimeSpan.FromMinutes(1);

    [ValidateObjectMembers]
    public KeyOptions Keys { get; set; } = new();

    [ValidateObjectMembers]
    public GuessOptions Guessing { get; set; } = new();

    [ValidateObjectMembers]
    public JwtOptions Jwt { get; set; } = new();

    /// <summary>Reads <c>10.1.2.3</c> as a network of one address.</summary>
    public static bool TryParseProxy(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }
}

[OptionsValidator]
internal sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;

/// <summary>What attributes can't say.</summary>
internal sealed class AccessOptionsRules(IHostEnvironment environment) : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var errors = options.TrustedProxies.Where(static proxy => !AccessOptions.TryParseProxy(proxy, out _))
            .Select(static proxy => $"{AccessOptions.Section}:TrustedProxies: '{proxy}' is neither an IP address nor a network such as 10.0.0.0/8.")
            .Concat(options.Jwt.Errors(environment.IsDevelopment()).Select(static error => $"{AccessOptions.Section}:Jwt:{error}"))
            .ToArray();
        return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
