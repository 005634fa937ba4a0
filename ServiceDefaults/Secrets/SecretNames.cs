namespace Slipway.ServiceDefaults.Secrets;

/// <summary>Which settings hold secrets, by their names.</summary>
internal static class SecretNames
{
    private const string ConnectionStrings = "ConnectionStrings:";

    private static readonly string[] s_endings = ["Password", "Passphrase", "Secret", "Token", "ApiKey", "Key", "Pepper", "Credential", "Credentials", "Pwd"];

    /// <param name="key">In configuration: <c>Internal:Key</c>, <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</param>
    public static bool IsSecret(string key)
    {
        var name = key.AsSpan(key.LastIndexOf(':') + 1);
        if (name.Equals("OTEL_EXPORTER_OTLP_HEADERS", StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var ending in s_endings)
        {
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    public static bool IsConnectionString(string key) => key.StartsWith(ConnectionStrings, StringComparison.OrdinalIgnoreCase);
}
