using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Resilience;

/// <summary>The registration of Microsoft.Extensions.Http.Resilience by its name, so that a change to that package changes a using.</summary>
public static class ResilienceExtensions
{
    /// <summary>
    /// Total timeout, retries of idempotent requests, circuit breaker, attempt timeout; each with the bounds of <see cref="HttpResilienceOptions"/>.
    /// Refusals are <c>BrokenCircuitException</c>, timeouts <c>TimeoutRejectedException</c>.
    /// </summary>
    public static IHttpClientBuilder AddStandardResilienceHandler(this IHttpClientBuilder http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Services.AddHttpResilience();
        // The defaults of all clients have no name of their own.
        var client = http.Name ?? "";
        return http.AddHttpMessageHandler(services => new ResilienceHandler(client, services.GetRequiredService<ResiliencePipelines>()));
    }

    internal static void AddHttpResilience(this IServiceCollection services)
    {
        services.TryAddSingleton<ResiliencePipelines>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<HttpResilienceOptions>, HttpResilienceOptionsValidator>());
        services.AddOptionsWithValidateOnStart<HttpResilienceOptions>()
            .BindConfiguration(HttpResilienceOptions.Section)
            .Validate(
                static options => options.AttemptTimeout <= options.TotalTimeout,
                $"{HttpResilienceOptions.Section}:{nameof(HttpResilienceOptions.AttemptTimeout)} must not exceed {nameof(HttpResilienceOptions.TotalTimeout)}.");
    }
}
