using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.AppHost.Welcome;

/// <summary>Says where the application is and what to try next, once its front door is healthy.</summary>
internal static partial class WelcomeMessage
{
    private const string ExampleBody = """{"name":"shop","description":"My first application"}""";

    /// <param name="gateway">The front door.</param>
    /// <param name="firstKeySecret">Shown once: at the start that has made the key.</param>
    public static IResourceBuilder<ProjectResource> WithWelcome(this IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ParameterResource> firstKeySecret)
    {
        var since = TimeProvider.System.GetUtcNow();
        gateway.ApplicationBuilder.Eventing.Subscribe<ResourceReadyEvent>(gateway.Resource, async (ready, cancellationToken) =>
        {
            var logger = ready.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slipway");
            var url = gateway.GetEndpoint("http").Url;
            var secret = await firstKeySecret.Resource.GetValueAsync(cancellationToken);
            var key = await FirstKey.DescribeAsync(new Uri(url), $"first.{secret}", since, cancellationToken);
            Ready(logger, url, key, ExampleBody);
        });
        return gateway;
    }

    [LoggerMessage(1, LogLevel.Information, """
        The application is ready.

          Gateway    {Gateway}
          API page   {Gateway}/docs
          API key    {Key}

        With the key in the variable KEY:

          Register   curl -s -X POST {Gateway}/applications -H "X-Api-Key: $KEY" -H 'content-type: application/json' -d '{Body}'
          List       curl -s {Gateway}/applications -H "X-Api-Key: $KEY"

        Ctrl+C stops everything.
        """)]
    private static partial void Ready(ILogger logger, string gateway, string key, string body);
}
