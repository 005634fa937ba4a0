using Microsoft.Extensions.Configuration;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>Passwords in connection strings and keys of our own must not be guessable.</summary>
/// <remarks>A connection string without a password passes: trust may come from a certificate, a socket or the network.</remarks>
internal sealed class StrongSecrets : IProductionRule
{
    private static readonly string[] s_keys = ["Internal:Key", "Health:DetailedKey"];

    public IEnumerable<string> Refusals(IConfiguration configuration)
    {
        foreach (var (key, value) in configuration.GetSection("ConnectionStrings").AsEnumerable())
        {
            foreach (var password in value is null ? [] : ConnectionSecrets.In(value))
            {
                if (SecretStrength.Weakness(password) is { } weakness)
                    yield return Text(key, $"its password is weak: {weakness}");
            }
        }

        foreach (var key in s_keys)
        {
            if (configuration[key] is { Length: > 0 } secret && SecretStrength.Weakness(secret) is { } weakness)
                yield return Text(key, $"it is weak: {weakness}");
        }
    }

    private static string Text(string key, string what) => $"{key}: {what}. Make another, for example by: openssl rand -hex 24";
}
