using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Backchannel;

internal static class BackchannelServices
{
    public static IServiceCollection AddBackchannels(this IServiceCollection services) => services;
}
