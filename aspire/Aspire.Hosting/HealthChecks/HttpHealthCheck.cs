using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.HealthChecks;

/// <summary>Healthy when a GET answers with the expected status.</summary>
/// <param name="address">Null while the address is not known.</param>
internal sealed class HttpHealthCheck(Func<HttpClient> client, Func<CancellationToken, ValueTask<Uri?>> address, int expectedStatus) : IHealthCheck
{
    /// <summary>Adds the check and silences the log of its client, which would say the same every few seconds.</summary>
    public static void Register(IServiceCollection services, string key, int expectedStatus, Func<CancellationToken, ValueTask<Uri?>> address)
    {
        services.AddHttpClient();
        services.AddLogging(logging => logging.AddFilter($"System.Net.Http.HttpClient.{key}", LogLevel.None));
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            provider => new HttpHealthCheck(() => provider.GetRequiredService<IHttpClientFactory>().CreateClient(key), address, expectedStatus),
            failureStatus: null,
            tags: null));
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Uri? uri = null;
        try
        {
            uri = await address(cancellationToken);
            if (uri is null)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "The endpoint has no address yet.");
            }

            using var http = client();
            using var response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (int)response.StatusCode == expectedStatus
                ? HealthCheckResult.Healthy()
                : new HealthCheckResult(context.Registration.FailureStatus, $"Request to {uri} returned {Text(response.StatusCode)}");
        }
        catch (Exception exception)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, Describe(uri, exception, cancellationToken), exception);
        }
    }

    private static string Text(HttpStatusCode status) => string.Create(CultureInfo.InvariantCulture, $"{(int)status} {status}");

    private static string Describe(Uri? uri, Exception exception, CancellationToken cancellationToken) => exception switch
    {
        _ when uri is null => exception.Message,
        OperationCanceledException when cancellationToken.IsCancellationRequested => $"Health check for {uri} was canceled",
        OperationCanceledException => $"Request to {uri} timed out",
        HttpRequestException => $"Failed to connect to {uri}",
        _ => $"Health check failed for {uri}",
    };
}
