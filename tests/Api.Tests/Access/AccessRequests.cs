using System.Net;
using System.Net.Http.Json;

namespace Slipway.Api.Tests.Access;

/// <summary>Requests with a credential of the test's choice, none of which is <see cref="Requests.FirstKey"/>.</summary>
internal static class AccessRequests
{
    public static async Task<Answer> AsAsync(this Replica replica, string? key, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = replica.Client.BaseAddress };
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public static Task<Answer> GetAsAsync(this Replica replica, string? key, string path, params (string Name, string Value)[] headers) =>
        replica.AsAsync(key, HttpMethod.Get, path, null, headers);

    /// <summary>Makes a key with the first key's rights.</summary>
    /// <returns>Its prefix and the whole credential.</returns>
    public static async Task<(string Prefix, string Credential)> CreateKeyAsync(this Replica replica, params string[] scopes)
    {
        var answer = await replica.PostAsync("/access/keys", new { name = "a test's own", scopes });
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Raw);
        return (answer.Json.GetProperty("key").GetProperty("prefix").GetString()!, answer.Text("credential"));
    }

    public static async Task RevokeAsync(this Replica replica, string prefix)
    {
        var answer = await replica.PostAsync($"/access/keys/{prefix}/revoke", new { reason = "test" });
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Raw);
    }
}
