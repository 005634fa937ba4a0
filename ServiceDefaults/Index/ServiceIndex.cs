using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slipway.ServiceDefaults.Health;

namespace Slipway.ServiceDefaults.Index;

/// <summary>What a service says of itself at <c>/</c>.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Version">Of its build.</param>
/// <param name="Environment">Development, Production, …</param>
/// <param name="Links">By what they lead to.</param>
public sealed record ServiceIndex(string Service, string Version, string Environment, IReadOnlyDictionary<string, string> Links)
{
    /// <param name="context">Of the request.</param>
    /// <param name="links">What the service offers beside its health.</param>
    public static JsonHttpResult<ServiceIndex> For(HttpContext context, params ReadOnlySpan<(string Name, string Path)> links)
    {
        var all = new Dictionary<string, string> { ["health"] = Telemetry.ProbePaths.Health };
        foreach (var (name, path) in links)
            all.Add(name, path);
        var environment = context.RequestServices.GetRequiredService<IHostEnvironment>();
        return TypedResults.Json(new ServiceIndex(environment.ApplicationName, HealthDetails.VersionOf(), environment.EnvironmentName, all));
    }
}
