using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Slipway.Gateway.Forwarding;

/// <summary>Lets gRPC calls be silent: Kestrel's least rate of a request body (240 bytes a second) would end a quiet stream after five seconds.</summary>
/// <remarks>The activity timeout still bounds the silence. All other bodies keep the rate: it protects from clients that only hold connections.</remarks>
internal static class SilentStreams
{
    public static void UseSilentStreams(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true
            && context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        return next(context);
    });
}
