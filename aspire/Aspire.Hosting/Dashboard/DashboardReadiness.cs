using System.Net.Security;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>The addresses of a dashboard that answers.</summary>
/// <param name="Url">Without a path.</param>
/// <param name="LoginUrl">Opens it without asking for the token; equals <paramref name="Url"/> when none is asked for.</param>
/// <param name="ApiKey">For the header <c>x-api-key</c> of its telemetry API; null: none is asked for.</param>
internal sealed record DashboardAddress(string Url, string LoginUrl, string? ApiKey);

/// <summary>Waits until the dashboard answers, then tells people where it is.</summary>
internal sealed class DashboardReadiness(
    DashboardResource dashboard,
    DashboardSettings settings,
    TimeProvider clock,
    ILogger<DistributedApplication> logger) : IDisposable
{
    /// <summary>A cold start on a busy machine takes a few seconds.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly TaskCompletionSource<DashboardAddress> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // Only asks this machine whether anybody is there; a development certificate need not be trusted for that.
        SslOptions =
        {
            RemoteCertificateValidationCallback = static (sender, _, _, errors) =>
                errors == SslPolicyErrors.None || sender is SslStream { TargetHostName: "localhost" or "127.0.0.1" or "::1" },
        },
    })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Ends when the dashboard answers; faults when it does not in time.</summary>
    public Task<DashboardAddress> GetAddressAsync(CancellationToken cancellationToken) => _address.Task.WaitAsync(cancellationToken);

    /// <summary>Called when the dashboard's process runs; prints its address once it answers.</summary>
    public async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var url = await dashboard.Pages!.GetValueAsync(cancellationToken) ?? throw new InvalidOperationException("The dashboard has no address.");
        using var deadline = new CancellationTokenSource(s_limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await WaitForAnswerAsync(url, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var message = $"The dashboard did not answer on {url} within {s_limit.TotalSeconds} seconds; its console log says why. The application runs without it.";
            logger.LogError("{Message}", message);
            _address.TrySetException(new DistributedApplicationException(message));
            return;
        }

        await PrintAsync(url, cancellationToken);
        _address.TrySetResult(new DashboardAddress(url.TrimEnd('/'), dashboard.WithLogin(url), settings.ApiKey));
    }

    public void Dispose() => _http.Dispose();

    private async Task WaitForAnswerAsync(string url, CancellationToken cancellationToken)
    {
        var health = new Uri(new Uri(url), "/health");
        while (true)
        {
            try
            {
                using var response = await _http.GetAsync(health, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
            }

            await Task.Delay(s_pause, clock, cancellationToken);
        }
    }

    private async Task PrintAsync(string url, CancellationToken cancellationToken)
    {
        var trimmed = url.TrimEnd('/');
        logger.LogInformation("Now listening on: {DashboardUrl}", trimmed);
        List<string> lines = ["Aspire Dashboard", string.Empty, $"      - Dashboard:  {trimmed}"];
        if (settings.BrowserToken is not null)
        {
            logger.LogInformation("Login to the dashboard at {DashboardLoginUrl}", dashboard.WithLogin(trimmed));
            lines.Add($"      - Login URL:  {dashboard.WithLogin(trimmed)}");
        }

        await AddAsync("OTLP/gRPC", dashboard.OtlpGrpc);
        await AddAsync("OTLP/HTTP", dashboard.OtlpHttp);
        lines.Add(string.Empty);
        logger.LogInformation("{Summary}", string.Join(Environment.NewLine, lines));

        async Task AddAsync(string label, IValueProvider? endpoint)
        {
            if (endpoint is not null)
            {
                lines.Add($"      - {label}:  {await endpoint.GetValueAsync(cancellationToken)}");
            }
        }
    }
}
