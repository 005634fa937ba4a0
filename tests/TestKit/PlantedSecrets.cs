using System.Text;

namespace Slipway.TestKit;

/// <summary>Secrets in every place of a request where clients put them, each another, so that a leak says where it came from.</summary>
public static class PlantedSecrets
{
    /// <summary>By where they are sent.</summary>
    public static IReadOnlyDictionary<string, string> InRequests { get; } = new Dictionary<string, string>
    {
        ["Authorization"] = "plantedbearer-4f1b2b0b822c",
        ["X-Api-Key"] = "UGxhbnRlZEtleVNlY3JldDEyMzQ1Njc4OTAxMjM0NTY",
        ["Cookie"] = "plantedcookie-9f86d081884c",
        ["Referer"] = "planteduserinfo-7d659a2feaa0",
        ["query"] = "plantedquery-c55ad015a3bf",
        ["body"] = "plantedbody-15d6c15b0f00",
    };

    public static HttpRequestMessage Request(HttpMethod method, string path, string? body = null)
    {
        var request = new HttpRequestMessage(method, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}access_token={InRequests["query"]}&cursor={InRequests["query"]}");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {InRequests["Authorization"]}");
        request.Headers.TryAddWithoutValidation("X-Api-Key", $"planted1.{InRequests["X-Api-Key"]}");
        request.Headers.TryAddWithoutValidation("Cookie", $"session={InRequests["Cookie"]}");
        request.Headers.TryAddWithoutValidation("Referer", $"https://me:{InRequests["Referer"]}@example.org/");
        if (body is not null)
            request.Content = new StringContent(body.Replace("SECRET", InRequests["body"], StringComparison.Ordinal), Encoding.UTF8, "application/json");
        return request;
    }

    /// <returns><c>Cookie in stdout: …text around it…</c>, for each secret and each output that has it.</returns>
    public static IEnumerable<string> Leaks(IEnumerable<KeyValuePair<string, string>> secrets, IEnumerable<(string Name, string Text)> outputs)
    {
        var texts = outputs.ToArray();
        foreach (var (place, secret) in secrets)
        {
            foreach (var (name, text) in texts)
            {
                if (text.IndexOf(secret, StringComparison.Ordinal) is var at and >= 0)
                    yield return $"{place} in {name}: {text[Math.Max(0, at - 200)..Math.Min(text.Length, at + secret.Length + 50)]}";
            }
        }
    }
}
