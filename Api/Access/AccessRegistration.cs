using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Slipway.Api.Access.Guessing;
using Slipway.Api.Access.Keys;
using Slipway.Api.Access.Tokens;
using Slipway.ServiceDefaults.Health;

namespace Slipway.Api.Access;

internal static class AccessRegistration
{
    public static void AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>().AddSingleton<IValidateOptions<AccessOptions>, AccessOptionsRules>();
        services.AddOptionsWithValidateOnStart<AccessOptions>().BindConfiguration(AccessOptions.Section);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<AccessOptions>>(TrustProxies);
        services.AddSingleton<KeyKnowledge>().AddScoped<KeyStore>().AddSingleton<SigningKeys>().AddSingleton<TokenVerification>().AddSingleton<GuessDelays>();
        services.AddSingleton<LastUses>().AddSingleton<Refusals>().AddSingleton<AccessMetrics>().AddSingleton<Authentication>();
        services.AddHostedService<KeyFollower>().AddHostedService<AccessRecords>();
        services.AddSingleton<KeysCheck>().AddSingleton<IHealthDetail>(static provider => provider.GetRequiredService<KeysCheck>());
        services.AddHealthChecks().AddCheck<KeysCheck>("access-keys");
    }

    /// <summary>Takes the client's address from trusted proxies, and guards every endpoint that is mapped.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<AccessControl>();
    }

    /// <summary>The chain is walked from its near end as long as each hop is trusted. The list is never empty: the middleware would believe everybody then.</summary>
    private static void TrustProxies(ForwardedHeadersOptions forwarded, IOptions<AccessOptions> options)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in options.Value.TrustedProxies)
        {
            if (AccessOptions.TryParseProxy(proxy, out var network))
            {
                forwarded.KnownIPNetworks.Add(network);
            }
        }
    }
}
