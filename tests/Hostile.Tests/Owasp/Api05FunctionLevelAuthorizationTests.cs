using System.Net;
using Slipway.Api.Access;
using Slipway.Api.Tests;
using Slipway.Hostile.Tests.Generated;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Owasp;

/// <summary>API5:2023. Every operation of the document, with every scope that it doesn't need.</summary>
public sealed class Api05FunctionLevelAuthorizationTests(WholeService service) : IClassFixture<WholeService>
{
    [Fact]
    public async Task NoOperationIsOpenToWhoHasEveryScopeButItsOwn()
    {
        var gateway = service.Gateway;
        var operations = (await HostileSetUp.DescriptionAsync(service)).Operations;
        Assert.True(operations.Count >= 14);
        var lacking = new Dictionary<string, string>();
        foreach (var scope in Scopes.All)
            lacking[scope] = (await gateway.CreateKeyAsync([.. Scopes.All.Where(other => other != scope)])).Credential;

        foreach (var operation in operations)
        {
            var path = Concrete(operation.Path);
            var method = new HttpMethod(operation.Method);
            object? body = operation.Body is null ? null : new { };
            Assert.NotNull(operation.Scope);

            (await gateway.AsAsync(null, method, path, body)).IsProblem(HttpStatusCode.Unauthorized, "access:credential-needed");
            var refused = await gateway.AsAsync(lacking[operation.Scope], method, path, body);
            refused.IsProblem(HttpStatusCode.Forbidden, "access:scope-needed");
            Assert.Equal(operation.Scope, refused.Text("scope"));
            var admitted = await gateway.AsAsync(Requests.FirstKey, method, path, body);
            Assert.True(admitted.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden), $"{operation}: {admitted.Raw}");
        }
    }

    [Fact]
    public async Task NobodyGivesAKeyWhatHeHasNotGot()
    {
        var (_, manager) = await service.Gateway.CreateKeyAsync(Scopes.AccessManage);
        (await service.Gateway.PostAsync(manager, "/access/keys", new { name = "more", scopes = new[] { Scopes.ReleasesWrite } })).IsProblem(HttpStatusCode.Forbidden, "access:scope-not-yours");
        // Who rotates a key holds it then.
        (await service.Gateway.PostAsync(manager, "/access/keys/first/rotate", new { })).IsProblem(HttpStatusCode.Forbidden, "access:scope-not-yours");
    }

    internal static string Concrete(string path) => path.Replace("{id}", "0198c0de-0000-7000-8000-000000000000", StringComparison.Ordinal)
        .Replace("{name}", "x", StringComparison.Ordinal).Replace("{prefix}", "abcd2345", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
}
