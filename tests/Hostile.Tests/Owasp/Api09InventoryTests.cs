using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Api.Access;
using Slipway.Api.Tests;
using Slipway.Hostile.Tests.Generated;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API9:2023. What is served stands in the document, and what stands there is served; what is for inside isn't reachable from outside.</summary>
public sealed class Api09InventoryTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task TheDocumentAndTheEndpointsAreTheSameAndAllAreReached()
    {
        var served = service.Api.Services.GetServices<EndpointDataSource>().SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.Metadata.GetMetadata<RequiredScope>() is not null)
            .Select(static endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single()} {endpoint.RoutePattern.RawText!.TrimEnd('/').Replace(":guid", "", StringComparison.Ordinal)}");
        var operations = (await HostileSetUp.DescriptionAsync(service)).Operations;

        Assert.Equal(served.Order(StringComparer.Ordinal), operations.Select(static operation => operation.ToString()).Order(StringComparer.Ordinal));
        foreach (var operation in operations)
        {
            var answer = await service.Gateway.AsAsync(null, new HttpMethod(operation.Method), Api05FunctionLevelAuthorizationTests.Concrete(operation.Path), operation.Body is null ? null : new { });
            Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{operation}: {answer.Raw}");
        }
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/maintenance")]
    [InlineData("/pause")]
    [InlineData("/internal")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/openapi/internal.json")]
    [InlineData("/v0/applications")]
    [InlineData("/applications/%2e%2e/metrics")]
    [InlineData("/docs/..%2fmetrics")]
    public async Task WhatIsForInsideIsNotThere(string path) => Assert.Equal(HttpStatusCode.NotFound, (await service.Gateway.GetAsync(Requests.FirstKey, path)).Status);

    [Fact]
    public async Task DetailsOfHealthNeedTheirOwnKey() =>
        (await service.Gateway.GetAsync(Requests.FirstKey, "/health/detailed")).IsProblem(HttpStatusCode.Forbidden, "health:no-key-set");
}
