using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>The addresses that a web service is to listen on, which the server itself reads late and with a stack trace.</summary>
internal static class ServerAddresses
{
    public static IEnumerable<string> Errors(IConfiguration configuration)
    {
        var urls = Several(configuration, "urls").Select(static url => ("urls", url))
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Where(static endpoint => endpoint["Url"] is not null)
                .Select(static endpoint => ($"{endpoint.Path}:Url", endpoint["Url"]!)));
        foreach (var (key, url) in urls)
        {
            if (!IsAddress(url))
                yield return $"{key}: '{url}' is not allowed; allowed: an address such as http://0.0.0.0:8080.";
        }

        foreach (var key in new[] { "http_ports", "https_ports" })
        {
            foreach (var port in Several(configuration, key))
            {
                if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    yield return $"{key}: '{port}' is not allowed; allowed: 0 to 65535.";
            }
        }
    }

    private static string[] Several(IConfiguration configuration, string key) =>
        configuration[key]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static bool IsAddress(string url)
    {
        try
        {
            BindingAddress.Parse(url);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
