using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Slipway.Benchmarks.Whole;

namespace Slipway.Benchmarks.Faults;

/// <summary>Sends requests at a steady rate whatever becomes of the ones before, as many clients do; one in five is a write.</summary>
internal sealed class SteadyLoad(WholeApplication whole, int requestsPerSecond) : IDisposable
{
    private const int OneWriteIn = 5;
    private const string Digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    /// <summary>After which the client gives a request up.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = whole.NewClient();

    public Ledger Ledger { get; } = new();

    /// <summary>Goes on until it is ended, and returns when every request has been answered or given up.</summary>
    /// <param name="run">A number that no other run of this database had: versions are made of it.</param>
    /// <param name="ended">Ends it.</param>
    public async Task RunAsync(int run, CancellationToken ended)
    {
        var start = Stopwatch.GetTimestamp();
        var underWay = new List<Task>();
        for (var number = 0; !ended.IsCancellationRequested; number++)
        {
            var due = TimeSpan.FromSeconds(number / (double)requestsPerSecond);
            var early = due - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            var version = number % OneWriteIn == 0 ? string.Create(CultureInfo.InvariantCulture, $"{run}.0.{number}") : null;
            underWay.Add(Task.Run(() => SendAsync(version), CancellationToken.None));
            underWay.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(underWay);
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync(string? version)
    {
        var sent = Stopwatch.GetTimestamp();
        var outcome = await OutcomeAsync(version);
        Ledger.Add(new Ledger.Entry(sent, Stopwatch.GetTimestamp(), version is not null, outcome, version));
    }

    private async Task<Outcome> OutcomeAsync(string? version)
    {
        using var limit = new CancellationTokenSource(s_patience);
        using var request = version is null
            ? new HttpRequestMessage(HttpMethod.Get, $"/applications/{WholeApplication.Registered}")
            : new HttpRequestMessage(HttpMethod.Post, $"/applications/{WholeApplication.Registered}/releases")
            {
                Content = JsonContent.Create(new
                {
                    version,
                    artifacts = new[] { new { name = "web", image = $"registry.example/web:{version}", digest = Digest } },
                    configurationDigest = Digest,
                    schemaVersion = 3,
                    notes = "",
                }),
                // As any client that means it: what was sent may be sent again without being done twice.
                Headers = { { "Idempotency-Key", $"\"{version}\"" } },
            };
        try
        {
            using var answer = await _client.SendAsync(request, limit.Token);
            return answer switch
            {
                { IsSuccessStatusCode: true } => answer.Headers.Contains("Cache-Status") && answer.Headers.GetValues("Cache-Status").Any(status => status.Contains("ttl=-", StringComparison.Ordinal))
                    ? Outcome.Stale
                    : Outcome.Answered,
                { StatusCode: HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, Headers.RetryAfter: not null } => Outcome.Refused,
                _ => Outcome.Failed,
            };
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            return Outcome.Failed;
        }
    }
}
