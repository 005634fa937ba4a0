using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.AppHost.Welcome;

/// <summary>Says where the application is and what to try next, once its front door is healthy.</summary>
internal static class WelcomeMessage
{
    public static IResourceBuilder<ProjectResource> WithWelcome(this IResourceBuilder<ProjectResource> gateway)
    {
        gateway.ApplicationBuilder.Eventing.Subscribe<ResourceReadyEvent>(gateway.Resource, (ready, _) =>
        {
            var url = gateway.GetEndpoint("http").Url;
            ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slipway").LogInformation(
                """
                The application is ready.

                  Gateway    {Gateway}
                  API page   {Gateway}/docs
                  Try        curl -s {Gateway}/applications
                             curl -s -X POST {Gateway}/applications -H 'content-type: application/json' -d '<json>'  with {Example}

                Ctrl+C stops everything.
                """,
                url,
                url,
                url,
                url,
                """{"name":"shop","description":"My first application"}""");
            return Task.CompletedTask;
        });
        return gateway;
    }
}
