using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Backchannel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Tests.Backchannel;

public sealed class BackchannelSocketTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bch").FullName;
    private readonly TaskCompletionSource _streamCancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BackchannelSocket _socket = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "private", "socket");

    public ValueTask InitializeAsync()
    {
        var methods = new JsonRpcMethods(new JsonSerializerOptions(JsonSerializerDefaults.Web));
        methods.Add("Echo", (arguments, _) => Task.FromResult<object?>(arguments.Get<string>(0, "text")));
        methods.Add("Fail", (_, _) => throw new InvalidOperationException("it failed"));
        methods.Add("Hang", async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return null;
        });
        methods.AddStream("Count", (arguments, cancellationToken) => CountAsync(arguments.Get<int>(0, "to"), cancellationToken));
        methods.AddStream("Endless", (_, cancellationToken) => EndlessAsync(cancellationToken));
        _socket = BackchannelSocket.Listen(SocketPath, methods, NullLogger.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        Assert.False(File.Exists(SocketPath));
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void SocketAndFolder_AreTheOwnersAlone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such file modes.");
            return;
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(SocketPath)!));
    }

    [Fact]
    public async Task Calls_OfSeveralClients_AreAnswered()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
            return (await client.CallAsync("Echo", Cancellation, $"text {i}"))["result"]!.GetValue<string>();
        }));

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"text {i}"), answers);
    }

    [Fact]
    public async Task NamedArguments_AreReadToo()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        await client.SendAsync(JsonNode.Parse("""{"jsonrpc":"2.0","id":"a","method":"Echo","params":{"text":"by name"}}""")!, Cancellation);

        Assert.Equal("""{"result":"by name","jsonrpc":"2.0","id":"a"}""", (await client.ReceiveAsync(Cancellation))!.ToJsonString());
    }

    [Fact]
    public async Task SlowCall_HoldsNobodyUp_AndCanBeCancelled()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        await client.SendAsync(JsonNode.Parse("""{"jsonrpc":"2.0","id":77,"method":"Hang"}""")!, Cancellation);
        Assert.Equal("next", (await client.CallAsync("Echo", Cancellation, "next"))["result"]!.GetValue<string>());

        await client.SendAsync(JsonNode.Parse("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":77}}""")!, Cancellation);
        var cancelled = await client.ReceiveAsync(Cancellation);

        Assert.Equal((77, -32800), (cancelled!["id"]!.GetValue<int>(), cancelled["error"]!["code"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("Nothing", -32601, "The method 'Nothing' does not exist.")]
    [InlineData("Fail", -32000, "it failed")]
    [InlineData("$/enumerator/next", -32602, "There is no stream 0.")]
    public async Task FailedCall_HasCodeAndMessage(string method, int code, string message)
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);

        var error = (await client.CallAsync(method, Cancellation))["error"]!;

        Assert.Equal((code, message), (error["code"]!.GetValue<int>(), error["message"]!.GetValue<string>()));
        Assert.Equal("still there", (await client.CallAsync("Echo", Cancellation, "still there"))["result"]!.GetValue<string>());
    }

    [Fact]
    public async Task WrongArgument_IsNamed()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);

        var error = (await client.CallAsync("Echo", Cancellation, new JsonObject()))["error"]!;

        Assert.Equal(-32602, error["code"]!.GetValue<int>());
        Assert.Contains("'text'", error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_IsReadToItsEnd()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        var opened = (await client.CallAsync("Count", Cancellation, 250))["result"]!;
        Assert.Empty(opened["values"]!.AsArray());

        var values = new List<int>();
        var finished = false;
        while (!finished)
        {
            var batch = (await client.CallAsync("$/enumerator/next", Cancellation, opened["token"]!.GetValue<long>()))["result"]!;
            Assert.InRange(batch["values"]!.AsArray().Count, 0, 100);
            values.AddRange(batch["values"]!.AsArray().Select(v => v!.GetValue<int>()));
            finished = batch["finished"]!.GetValue<bool>();
        }

        Assert.Equal(Enumerable.Range(1, 250), values);
    }

    [Fact]
    public async Task AbortedStream_IsCancelledAndGone()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        var token = (await client.CallAsync("Endless", Cancellation))["result"]!["token"]!.GetValue<long>();
        await client.CallAsync("$/enumerator/next", Cancellation, token);

        await client.CallAsync("$/enumerator/abort", Cancellation, token);

        await _streamCancelled.Task.WaitAsync(Cancellation);
        Assert.NotNull((await client.CallAsync("$/enumerator/next", Cancellation, token))["error"]);
    }

    [Fact]
    public async Task StreamOfAClientThatLeft_IsCancelled()
    {
        var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        var token = (await client.CallAsync("Endless", Cancellation))["result"]!["token"]!.GetValue<long>();
        await client.CallAsync("$/enumerator/next", Cancellation, token);

        await client.DisposeAsync();

        await _streamCancelled.Task.WaitAsync(Cancellation);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Content-Length: 999999999\r\n\r\n")]
    public async Task ClientThatSpeaksSomethingElse_IsCutOffAlone(string bytes)
    {
        await using var other = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        await client.SendRawAsync(bytes, Cancellation);

        Assert.Null(await client.ReceiveAsync(Cancellation));
        Assert.Equal("fine", (await other.CallAsync("Echo", Cancellation, "fine"))["result"]!.GetValue<string>());
    }

    [Fact]
    public async Task NoCall_IsAnInvalidRequest()
    {
        await using var client = await BackchannelClient.ConnectAsync(SocketPath, Cancellation);
        await client.SendAsync(JsonNode.Parse("[1]")!, Cancellation);

        Assert.Equal(-32600, (await client.ReceiveAsync(Cancellation))!["error"]!["code"]!.GetValue<int>());
    }

    private static async IAsyncEnumerable<object> CountAsync(int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 1; i <= to; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.CompletedTask;
            yield return i;
        }
    }

    private async IAsyncEnumerable<object> EndlessAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return 1;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            _streamCancelled.TrySetResult();
        }
    }
}
