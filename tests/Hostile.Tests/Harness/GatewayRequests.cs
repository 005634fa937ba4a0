using System.Net;
using System.Net.Http.Json;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Hostile.Tests.Harness;

/// <summary>Requests through the Gateway with a credential of the test's choice.</summary>
internal static class GatewayRequests
{
    /// <param name="gateway">That is asked.</param>
    /// <param name="key">Null: none.</param>
    /// <param name="method">GET, POST and so on.</param>
    /// <param name="path">And query.</param>
    /// <param name="body">Becomes JSON, unless it is content already; null: none.</param>
    /// <param name="headers">Sent as they are.</param>
    public static async Task<Answer> AsAsync(this RunningGateway gateway, string? key, HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body)) };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("X-Api-Key", key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Answer.ReadAsync(response);
    }

    public static Task<Answer> GetAsync(this RunningGateway gateway, string? key, string path, params (string Name, string Value)[] headers) =>
        gateway.AsAsync(key, HttpMethod.Get, path, null, headers);

    public static Task<Answer> PostAsync(this RunningGateway gateway, string? key, string path, object body, params (string Name, string Value)[] headers) =>
        gateway.AsAsync(key, HttpMethod.Post, path, body, headers);

    /// <returns>Prefix and whole credential of a new key.</returns>
    public static async Task<(string Prefix, string Credential)> CreateKeyAsync(this RunningGateway gateway, params string[] scopes)
    {
        var answer = await gateway.PostAsync(Requests.FirstKey, "/access/keys", new { name = "a test's own", scopes });
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Raw);
        return (answer.Json.GetProperty("key").GetProperty("prefix").GetString()!, answer.Text("credential"));
    }
}
