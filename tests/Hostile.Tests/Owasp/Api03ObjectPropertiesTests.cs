using System.Net;
using Slipway.Api.Tests;
using Slipway.Gateway.Tests.Harness;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API3:2023. Nothing may be set that isn't asked for, and nothing is told that isn't meant to be.</summary>
public sealed class Api03ObjectPropertiesTests(WholeService service) : IClassFixture<WholeService>
{
    private const string Release = """{"version":"1","artifacts":[{"name":"web","image":"i","digest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]""";

    private readonly RunningGateway _gateway = service.Gateway;

    [Theory]
    [InlineData("/applications", """{"name":"assigned","id":"0198c0de-0000-7000-8000-000000000000"}""", "$.id")]
    [InlineData("/applications", """{"name":"assigned","liveRelease":{"id":"0198c0de-0000-7000-8000-000000000000","version":"1"}}""", "$.liveRelease")]
    [InlineData("/applications/any/releases", Release + ""","state":"live"}""", "$.state")]
    [InlineData("/applications/any/releases", Release + ""","recordedAt":"2000-01-01T00:00:00Z","transitions":[]}""", "$.transitions")]
    [InlineData("/access/keys", """{"name":"k","scopes":["releases:read"],"prefix":"root","secret":"x"}""", "$.prefix")]
    [InlineData("/access/keys", """{"name":"k","scopes":["releases:read"],"createdBy":"setup"}""", "$.createdBy")]
    public async Task WhatTheServiceDecidesIsNotTakenFromARequest(string path, string body, string member)
    {
        var answer = await _gateway.PostAsync(Requests.FirstKey, path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.True(answer.Json.GetProperty("errors").TryGetProperty(member, out _), answer.Raw);
    }

    [Fact]
    public async Task ASecretIsAnsweredOnceAndNeverAgainAndItsHashNever()
    {
        var (prefix, credential) = await _gateway.CreateKeyAsync("releases:read");
        var rotated = await _gateway.PostAsync(Requests.FirstKey, $"/access/keys/{prefix}/rotate", new { });
        string[] secrets = [.. new[] { credential, rotated.Text("credential"), Requests.FirstKey }.Select(static one => one.Split('.')[1])];
        var hashes = secrets.Select(static secret => System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(secret)))
            .SelectMany(static hash => new[] { Convert.ToHexStringLower(hash), Convert.ToBase64String(hash) });

        foreach (var path in new[] { "/access/keys", $"/access/keys/{prefix}", "/audit", "/audit?action=key.rotate", "/health", "/openapi/v1.json" })
        {
            var answer = await _gateway.GetAsync(Requests.FirstKey, path);
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.All(secrets.Concat(hashes), secret => Assert.DoesNotContain(secret, answer.Raw, StringComparison.OrdinalIgnoreCase));
        }
    }
}
