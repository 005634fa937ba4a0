using System.Net;
using Aspire.Hosting.Dashboard.Grpc;
using Aspire.Hosting.Dashboard.Protos;

namespace Aspire.Hosting.Tests.Dashboard;

public class GrpcRoutesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unary_AnswersWithMessageAndStatusTrailer()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        var answer = await client.UnaryAsync(
            "GetApplicationInformation",
            new ApplicationInformationRequest(),
            ApplicationInformationResponse.Parser,
            Cancellation);

        Assert.Equal("Feed", answer.ApplicationName);
        Assert.Equal("13.5.0", answer.MinDashboardVersion);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("the-ke")]
    [InlineData("the-key2")]
    public async Task AnyMethod_WithoutTheKey_IsUnauthenticated(string? key)
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation, key);

        using var response = await client.SendAsync("WatchResources", Content(new WatchResourcesRequest()), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("16", GrpcClient.StatusOf(response));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task UnknownMethod_IsUnimplemented()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        using var response = await client.SendAsync("UploadFile", Content(new UploadFileChunk()), Cancellation);

        Assert.Equal("12", GrpcClient.StatusOf(response));
    }

    [Fact]
    public async Task OtherContent_IsRefused()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        using var response = await client.SendAsync("GetApplicationInformation", new StringContent("{}"), Cancellation);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData(1, null, "12")]
    [InlineData(0, GrpcFraming.MaxReceivedBytes + 1, "8")]
    [InlineData(0, -1, "8")]
    [InlineData(0, 50, "13")]
    public async Task BrokenFrame_EndsTheCallWithItsStatus(byte flag, int? length, string status)
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        var frame = GrpcClient.Frame(new ResourceCommandRequest { CommandName = "stop", ResourceName = "a" }, flag, length);

        using var response = await client.SendAsync("ExecuteResourceCommand", new ByteArrayContent(frame), Cancellation);

        Assert.Equal(status, GrpcClient.StatusOf(response));
    }

    [Fact]
    public async Task GarbageMessage_IsAnInvalidArgument()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        using var response = await client.SendAsync("ExecuteResourceCommand", new ByteArrayContent([0, 0, 0, 0, 2, 0xFF, 0xFF]), Cancellation);

        Assert.Equal("3", GrpcClient.StatusOf(response));
    }

    [Fact]
    public async Task MessageInManySmallPieces_IsPutTogether()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        await feed.PublishAsync(new TestResource("box"), "Running");
        var frame = GrpcClient.Frame(new ResourceCommandRequest { CommandName = "nope", ResourceName = "box" });

        using var response = await client.SendAsync("ExecuteResourceCommand", new DribblingContent(frame), Cancellation);
        var body = await response.Content.ReadAsByteArrayAsync(Cancellation);

        Assert.Equal("0", GrpcClient.StatusOf(response));
        Assert.Equal("Command 'nope' not available for resource 'box'.", ResourceCommandResponse.Parser.ParseFrom(body, 5, body.Length - 5).Message);
    }

    [Fact]
    public async Task Stream_WithADeadline_EndsWithDeadlineExceeded()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);

        using var response = await client.SendAsync("WatchResources", Content(new WatchResourcesRequest()), Cancellation, timeout: "50m");
        await response.Content.ReadAsByteArrayAsync(Cancellation);

        Assert.Equal("4", GrpcClient.StatusOf(response));
    }

    [Fact]
    public async Task OpenStreams_EndOrderlyWhenTheServiceStops()
    {
        await using var feed = new ApplicationFeed();
        using var client = await feed.ConnectAsync(Cancellation);
        using var resources = await client.SendAsync("WatchResources", Content(new WatchResourcesRequest()), Cancellation);
        using var interactions = await client.SendAsync("WatchInteractions", new EndlessContent(), Cancellation);

        await feed.Host.StopAsync();

        await resources.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal("0", GrpcClient.StatusOf(resources));
    }

    private static ByteArrayContent Content(Google.Protobuf.IMessage message) => new(GrpcClient.Frame(message));

    /// <summary>One byte per write and flush.</summary>
    private sealed class DribblingContent(byte[] content) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var value in content)
            {
                await stream.WriteAsync(new[] { value }, Cancellation);
                await stream.FlushAsync(Cancellation);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>A request body that stays open until the call is over.</summary>
internal sealed class EndlessContent : HttpContent
{
    private readonly TaskCompletionSource _end = new();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.FlushAsync(TestContext.Current.CancellationToken);
        await _end.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _end.TrySetCanceled();
        base.Dispose(disposing);
    }
}
