using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Gateway.Configuration;

/// <summary>Every page of the web could read answers with the credentials of whoever opened it.</summary>
internal sealed class OpenCors : IProductionRule
{
    private const string Origins = "Gateway:Cors:Origins";

    public IEnumerable<string> Refusals(IConfiguration configuration) => configuration.GetSection(Origins).AsEnumerable()
        .Where(static origin => origin.Value?.Trim() is "*" or "null" or "http://*" or "https://*")
        .Select(static origin => $"{origin.Key}: '{origin.Value}' lets every page of the web read answers. List the origins.");
}
