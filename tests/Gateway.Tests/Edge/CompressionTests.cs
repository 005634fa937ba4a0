using System.IO.Compression;
using System.Text;
using Slipway.Gateway.Tests.Harness;

namespace Slipway.Gateway.Tests.Edge;

public sealed class CompressionTests
{
    private const string Long = "/applications/answer/x?times=500&body=slipway.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task ALongTextIsCompressedAndVaries(string coding)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        using var answer = await Get(gateway, Long, coding);
        Assert.Equal([coding], answer.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        await using Stream plain = coding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        Assert.Equal(string.Concat(Enumerable.Repeat("slipway.", 500)), await reader.ReadToEndAsync(Cancellation));
    }

    [Theory]
    [InlineData("&header=Cache-Control:no-store", null)]
    [InlineData("&header=Cache-Control:private,%20no-transform", null)]
    [InlineData("&header=Set-Cookie:sid%3D1", null)]
    [InlineData("&header=Content-Encoding:identity", null)]
    [InlineData("&header=Content-Range:bytes%200-9/100&status=206", null)]
    [InlineData("&header=Content-Type:text/event-stream", null)]
    [InlineData("&header=Content-Type:application/grpc", null)]
    [InlineData("&header=Content-Type:image/png", null)]
    [InlineData("&header=ETag:%22v1%22", null)]
    [InlineData("", "X-Api-Key")]
    [InlineData("", "Authorization")]
    [InlineData("", "Cookie")]
    public async Task WhatIsSecretOrMustStayAsItIsIsNotCompressed(string answering, string? credential)
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        using var answer = await Get(gateway, Long + answering, "br, gzip", credential);
        Assert.DoesNotContain(answer.Content.Headers.ContentEncoding, coding => coding is "br" or "gzip");
        Assert.Equal(500 * "slipway.".Length, (await answer.Content.ReadAsByteArrayAsync(Cancellation)).Length);
    }

    [Fact]
    public async Task AShortAnswerOfKnownLengthStaysAsItIs()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address]);
        using var answer = await Get(gateway, "/applications/answer/x?header=Content-Length:1", "br");
        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task ASafePathIsCompressedForEverybodyAndItsTagTurnsWeak()
    {
        await using var backend = await LocalBackend.Start();
        await using var gateway = await EdgeGateway.Start([backend.Address], settings: [("Gateway:Compression:SafePaths:0", "/applications/answer")]);
        using var answer = await Get(gateway, Long + "&header=ETag:%22v1%22", "br", "X-Api-Key");
        Assert.Equal(["br"], answer.Content.Headers.ContentEncoding);
        Assert.Equal("W/\"v1\"", answer.Headers.ETag?.ToString());
    }

    private static async Task<HttpResponseMessage> Get(EdgeGateway gateway, string path, string coding, string? credential = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.ParseAdd(coding);
        if (credential is not null)
            request.Headers.TryAddWithoutValidation(credential, "sid=1");
        return await gateway.Client().SendAsync(request, Cancellation);
    }
}
