using System.Globalization;

namespace Aspire.Hosting.Redis;

/// <summary>What a check needs of a connection string such as <c>localhost:6379,password=secret,ssl=true</c>.</summary>
/// <param name="User">Null: the default user.</param>
/// <param name="Password">Null: none is sent.</param>
internal sealed record RedisAddress(string Host, int Port, string? User, string? Password, bool Tls)
{
    private const int DefaultPort = 6379;
    private const int DefaultTlsPort = 6380;

    /// <summary>The first server of the list; options that a check does not need are passed over.</summary>
    /// <exception cref="FormatException">No server is named, or its port is not a number from 1 to 65535.</exception>
    public static RedisAddress Parse(string connectionString)
    {
        string? server = null;
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                server ??= part;
            }
            else
            {
                options[part[..equals].Trim()] = part[(equals + 1)..];
            }
        }

        if (server is null)
        {
            throw new FormatException("The connection string names no server.");
        }

        var tls = options.TryGetValue("ssl", out var ssl) && bool.TryParse(ssl, out var enabled) && enabled;
        var (host, port) = Split(server, tls ? DefaultTlsPort : DefaultPort);
        return new RedisAddress(host, port, NonEmpty(options, "user"), NonEmpty(options, "password"), tls);
    }

    private static (string Host, int Port) Split(string server, int defaultPort)
    {
        var colon = server.LastIndexOf(':');
        if (colon < 0 || server.EndsWith(']'))
        {
            return (server.Trim('[', ']'), defaultPort);
        }

        return int.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (server[..colon].Trim('[', ']'), port)
            : throw new FormatException($"'{server}' has no valid port.");
    }

    private static string? NonEmpty(Dictionary<string, string> options, string name) =>
        options.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
