using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Api.Access;

namespace Slipway.Api.Tests.Access;

public sealed class AccessControlTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private static readonly string[] s_open = ["/", "/alive", "/health", "/health/detailed", "/health/liveness", "/health/readiness", "/health/startup", "/openapi/v1.json"];

    private readonly Replica _a = replicas.A;

    private RouteEndpoint[] Endpoints => [.. _a.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    [Fact]
    public void EveryEndpointNamesItsScopeOrIsOpenToEverybodyOnPurpose()
    {
        Assert.All(Endpoints, endpoint => Assert.True(
            endpoint.Metadata.GetMetadata<RequiredScope>() is not null ^ endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null,
            $"{endpoint.DisplayName} needs exactly one of RequireScope and AllowAnonymous."));
        Assert.Equal(s_open, Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EveryOtherEndpointRefusesWhoeverHasNoCredentialOrLacksItsScope()
    {
        var keys = new Dictionary<string, string>();
        foreach (var scope in Scopes.All)
        {
            // All but the one.
            keys[scope] = (await _a.CreateKeyAsync([.. Scopes.All.Where(other => other != scope)])).Credential;
        }

        var guarded = Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<RequiredScope>() is not null).ToArray();
        Assert.True(guarded.Length >= 14);
        foreach (var endpoint in guarded)
        {
            var method = new HttpMethod(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
            var scope = endpoint.Metadata.GetMetadata<RequiredScope>()!.Scope;
            var path = endpoint.RoutePattern.RawText!.Replace("{id:guid}", "0198c0de-0000-7000-8000-000000000000", StringComparison.Ordinal)
                .Replace("{name}", "x", StringComparison.Ordinal).Replace("{prefix}", "abcd", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
            Assert.True(method == HttpMethod.Get || scope is Scopes.ReleasesWrite or Scopes.AccessManage, $"{endpoint.DisplayName} changes something with {scope}.");

            var nobody = await _a.AsAsync(null, method, path);
            var lacking = await _a.AsAsync(keys[scope], method, path);

            nobody.IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
            Assert.Contains("ApiKey realm=\"slipway\"", nobody.Headers["WWW-Authenticate"], StringComparison.Ordinal);
            Assert.False(nobody.Headers.ContainsKey("X-Slipway-Client"));
            lacking.IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
            Assert.Equal((scope, $"key:{keys[scope].Split('.')[0]}"), (lacking.Text("scope"), lacking.Headers["X-Slipway-Client"]));
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/index.html")]
    public async Task WhatIsOpenNeedsNoCredentialAndAWrongOneDoesNoHarm(string path)
    {
        Assert.Equal(HttpStatusCode.OK, (await _a.GetAsAsync(null, path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _a.GetAsAsync("wrong", path)).Status);
    }

    [Fact]
    public async Task TwoCredentialsAreRefusedWhicheverIsRight()
    {
        (await _a.GetAsAsync(Requests.FirstKey, "/applications", ("X-Api-Key", "first.other"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
        (await _a.GetAsAsync(Requests.FirstKey, "/applications", ("Authorization", "Bearer x"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
    }

    [Fact]
    public async Task AKeyInTheAddressOrInAnotherSchemeIsNone()
    {
        (await _a.GetAsAsync(null, $"/applications?X-Api-Key={Requests.FirstKey}&api_key={Requests.FirstKey}")).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
        (await _a.GetAsAsync(null, "/applications", ("Authorization", $"ApiKey {Requests.FirstKey}"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
        (await _a.GetAsAsync(null, "/applications", ("Authorization", $"Bearer {Requests.FirstKey}"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-refused");
    }

    [Fact]
    public async Task AClaimedClientIsNotBelieved()
    {
        (await _a.GetAsAsync(null, "/applications", ("X-Slipway-Client", "key:first"), ("X-Slipway-Actor", "ada"))).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
        Assert.Equal("key:first", (await _a.GetAsAsync(Requests.FirstKey, "/applications", ("X-Slipway-Client", "key:other"))).Headers["X-Slipway-Client"]);
    }

    [Fact]
    public async Task TheDocumentNamesBothCredentialsAndEachOperationsScopeAndRefusals()
    {
        var document = (await _a.GetAsAsync(null, "/openapi/v1.json")).Json;
        var schemes = document.GetProperty("components").GetProperty("securitySchemes");

        Assert.Equal(("apiKey", "header", "X-Api-Key"), (schemes.GetProperty("apiKey").GetProperty("type").GetString(), schemes.GetProperty("apiKey").GetProperty("in").GetString(), schemes.GetProperty("apiKey").GetProperty("name").GetString()));
        Assert.Equal(("http", "bearer"), (schemes.GetProperty("bearer").GetProperty("type").GetString(), schemes.GetProperty("bearer").GetProperty("scheme").GetString()));
        foreach (var operation in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Select(operation => operation.Value))
        {
            var scopes = operation.GetProperty("security").EnumerateArray().SelectMany(need => need.EnumerateObject()).ToDictionary(need => need.Name, need => need.Value[0].GetString());
            Assert.Equal(["apiKey", "bearer"], scopes.Keys.Order(StringComparer.Ordinal));
            var scope = Assert.Single(scopes.Values.Distinct());
            Assert.Contains(scope, Scopes.All);
            Assert.Contains($"`{scope}`", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.All(["401", "403", "429"], status => Assert.True(operation.GetProperty("responses").GetProperty(status).GetProperty("content").TryGetProperty("application/problem+json", out _)));
        }
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("PATCH", "/applications", 405)]
    public async Task WhatIsNoRouteIsAnsweredAsSuch(string method, string path, int status) =>
        Assert.Equal(status, (int)(await _a.AsAsync(null, new HttpMethod(method), path)).Status);
}
