using System.Net;
using Slipway.Api.Releases;

namespace Slipway.Api.Tests.Releases;

public sealed class InputTests(TwoReplicas replicas) : IClassFixture<TwoReplicas>
{
    private readonly Replica _a = replicas.A;

    [Fact]
    public async Task AllErrorsOfABodyAreToldAtOnceByTheirPath()
    {
        await _a.RegisterAsync("errors");

        var refused = await _a.PostTextAsync("/applications/errors/releases", """
            {
              "version": "../1", "schemaVersion": -1, "configurationDigest": "md5:1", "notes": 5, "typo": 1, "strange name": 2,
              "artifacts": [ { "name": "web", "image": " ", "digest": "sha256:ABC" }, 7, { "name": "-", "extra": null } ]
            }
            """);

        refused.IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        Assert.Equal(
            [
                "$.artifacts[0].digest", "$.artifacts[0].image", "$.artifacts[1]", "$.artifacts[2].digest", "$.artifacts[2].extra", "$.artifacts[2].image",
                "$.artifacts[2].name", "$.configurationDigest", "$.notes", "$.schemaVersion", "$.typo", "$.version", "$[\"strange name\"]",
            ],
            refused.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("[]", "$", "must be an object")]
    [InlineData("{}", "$.name", "is required")]
    [InlineData("""{"name":null}""", "$.name", "is required")]
    [InlineData("""{"name":"9lives"}""", "$.name", Application.NameRule)]
    [InlineData("""{"name":"a\u0000"}""", "$.name", "must not contain the character U+0000")]
    [InlineData("""{"name":"\ud800"}""", "$.name", "must be a text")]
    [InlineData("""{"name":"a","description":"\ud800"}""", "$.description", "must be a text")]
    [InlineData("""{"name":"a","\ud800":1}""", null, null)]
    [InlineData("""{"name":"a","b\udc00":{}}""", null, null)]
    [InlineData("""{"name":"ends-"}""", "$.name", Application.NameRule)]
    [InlineData("""{"name":"a\n"}x""", null, null)]
    [InlineData("""{"name":"a","name":"b"}""", null, null)]
    [InlineData("{", null, null)]
    [InlineData("", null, null)]
    public async Task ABadApplicationIsRefused(string body, string? path, string? message)
    {
        var refused = await _a.PostTextAsync("/applications", body);

        if (path is null)
        {
            refused.IsProblem(HttpStatusCode.BadRequest, "releases:malformed-json");
            return;
        }

        refused.IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        Assert.Equal(message, refused.Json.GetProperty("errors").GetProperty(path)[0].GetString());
    }

    [Fact]
    public async Task WhatIsTooLongOrTooLargeOrNoJsonIsRefused()
    {
        (await _a.PostAsync("/applications", new { name = new string('a', 64) })).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");
        (await _a.PostAsync("/applications", new { name = "a", description = new string('ä', 300_000) })).IsProblem(HttpStatusCode.RequestEntityTooLarge, "releases:too-large");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _a.PostTextAsync("/applications", "name=a", "text/plain")).Status);
        (await _a.SendAsync(HttpMethod.Post, "/applications", new ByteArrayContent("{}"u8.ToArray()))).IsProblem(HttpStatusCode.UnsupportedMediaType, "releases:not-json");
    }

    [Theory]
    [InlineData("QR")]
    [InlineData("YXBwbGljYXRpb25zOmF")]
    public async Task ACursorThatIsNoCanonicalTextIsRefused(string cursor) =>
        (await _a.GetAsync($"/applications?cursor={cursor}")).IsProblem(HttpStatusCode.BadRequest, "releases:invalid");

    [Theory]
    [InlineData("GET", "/applications/no-such", 404)]
    [InlineData("GET", "/applications/%C3%A4", 404)]
    [InlineData("GET", "/applications/a/releases/%20", 404)]
    [InlineData("GET", "/releases/00000000-0000-0000-0000-000000000000", 404)]
    [InlineData("GET", "/releases/7", 404)]
    [InlineData("DELETE", "/applications", 405)]
    public async Task WhatIsNotThereIsAProblemToo(string method, string path, int status)
    {
        var answer = await _a.SendAsync(new HttpMethod(method), path, null);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task TheDocumentDescribesEveryRouteAndItsExamplesAreAccepted()
    {
        var document = await _a.GetAsync("/openapi/v1.json");
        var page = await _a.GetAsync("/docs/index.html");

        Assert.StartsWith("3.1", document.Text("openapi"), StringComparison.Ordinal);
        Assert.Equal(
            [
                "/access/keys", "/access/keys/{prefix}", "/access/keys/{prefix}/revoke", "/access/keys/{prefix}/rotate", "/applications", "/applications/{name}",
                "/applications/{name}/releases", "/applications/{name}/releases/bulk", "/applications/{name}/releases/{version}", "/audit", "/releases/{id}", "/releases/{id}/transitions",
            ],
            document.Json.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.Equal((HttpStatusCode.OK, true), (page.Status, page.Raw.Contains("Slipway Api", StringComparison.Ordinal)));

        var schemas = document.Json.GetProperty("components").GetProperty("schemas");
        string Example(string schema) => schemas.GetProperty(schema).GetProperty("examples")[0].GetRawText();
        Assert.Equal(HttpStatusCode.Created, (await _a.PostTextAsync("/applications", Example(nameof(RegisterApplicationRequest)))).Status);
        var release = await _a.PostTextAsync("/applications/shop/releases", Example(nameof(RecordReleaseRequest)));
        Assert.Equal(HttpStatusCode.Created, release.Status);
        Assert.Equal(HttpStatusCode.OK, (await _a.PostTextAsync($"/releases/{release.Text("id")}/transitions", Example(nameof(MoveReleaseRequest)))).Status);
        var several = Example(nameof(RecordReleasesRequest)).Replace("1.4.0", "1.5.0", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await _a.PostTextAsync("/applications/shop/releases/bulk", several)).Status);
        Assert.Contains("\"rolled-back\"", schemas.GetProperty(nameof(ReleaseState)).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void InstanceOf_ResourceAttributes_IsTheInstanceId()
    {
        Assert.Equal("k3x", ServedBy.InstanceOf("service.instance.id=k3x"));
        Assert.Null(ServedBy.InstanceOf("service.name=api"));
        Assert.Null(ServedBy.InstanceOf("service.instance.id=a%0d%0ab"));
        Assert.Null(ServedBy.InstanceOf(null));
    }
}
