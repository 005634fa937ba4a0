using System.Net;
using System.Net.Http.Json;

namespace Slipway.AppHost.Welcome;

/// <summary>What to say of the first API key: the key itself only at the start that has made it.</summary>
internal static class FirstKey
{
    public const string Parameter = "first-api-key-secret";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <summary>Long enough to be taken, of characters that no shell treats specially.</summary>
    public static GenerateParameterDefault Default { get; } = new() { MinLength = 43, Special = false, MinLower = 1, MinUpper = 1, MinNumeric = 1 };

    /// <summary>Asks the Api when the key was made; nothing beside the data has to remember what was shown.</summary>
    /// <param name="gateway">Its address.</param>
    /// <param name="credential">The key.</param>
    /// <param name="since">The beginning of this start.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A line for people.</returns>
    public static async Task<string> DescribeAsync(Uri gateway, string credential, DateTimeOffset since, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient { BaseAddress = gateway, Timeout = s_limit, DefaultRequestHeaders = { { "X-Api-Key", credential } } };
            using var answer = await client.GetAsync("/access/keys/first", cancellationToken);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                return $"the parameter '{Parameter}' is not the first key's secret, or that key has ended: docs/howto/access.md says how to get in";
            }

            var key = answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<Made>(cancellationToken) : null;
            return key is not null && key.CreatedAt >= since
                ? $"{credential}   (with every scope; it is shown this once)"
                : $"first.SECRET, with the secret of the parameter '{Parameter}' in the dashboard";
        }
        catch (Exception problem) when (problem is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return $"the Api did not tell whether it is new ({problem.Message}); its secret is the parameter '{Parameter}' in the dashboard";
        }
    }

    private sealed record Made(DateTimeOffset CreatedAt);
}
