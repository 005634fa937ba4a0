using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.AppHost.Welcome;

/// <summary>Says where the application is and what to try next, once its front door is healthy.</summary>
internal static partial class WelcomeMessage
{
    private const string ExampleBody = """{"name":"shop","description":"My first application"}""";

    public static IResourceBuilder<ProjectResource> WithWelcome(this IResourceBuilder<ProjectResource> gateway)
    {
        gateway.ApplicationBuilder.Eventing.Subscribe<ResourceReadyEvent>(gateway.Resource, (ready, _) =>
        {
            var logger = ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slipway");
            Ready(logger, gateway.GetEndpoint("http").Url, ExampleBody);
            return Task.CompletedTask;
        });
        return gateway;
    }

    [LoggerMessage(1, LogLevel.Information, """
        The application is ready.

          Gateway    {Gateway}
          API page   {Gateway}/docs
          Register   curl -s -X POST {Gateway}/applications -H 'content-type: application/json' -d '{Body}'
          List       curl -s {Gateway}/applications

        Ctrl+C stops everything.
        """)]
    private static partial void Ready(ILogger logger, string gateway, string body);
}
