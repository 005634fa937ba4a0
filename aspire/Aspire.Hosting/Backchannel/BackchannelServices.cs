using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Backchannel;

internal static class BackchannelServices
{
    public static IServiceCollection AddBackchannels(this IServiceCollection services)
    {
        services.AddSingleton<BackchannelLog>();
        services.AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<BackchannelLog>());
        services.AddSingleton<AppHostAddresses>();
        services.AddSingleton<ResourceLogLines>();
        services.AddSingleton<ResourceWait>();
        services.AddSingleton<AppHostMethods>();
        services.AddSingleton<AuxiliaryMethods>();
        services.AddSingleton<CommandLineWatch>();
        services.AddHostedService<BackchannelLifecycle>();
        return services;
    }
}
