using System.IO.Pipelines;
using System.Text;
using Aspire.Hosting.Backchannel;

namespace Aspire.Hosting.Tests.Backchannel;

public class JsonRpcFramingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Content-Length: 2\r\n\r\n{}")]
    [InlineData("content-length:2\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{}")]
    public async Task Message_InAnyPieces_IsReadWhole(string bytes)
    {
        foreach (var size in new[] { 1, 3, bytes.Length })
        {
            var pipe = new Pipe();
            var reading = JsonRpcFraming.ReadAsync(pipe.Reader, Cancellation).AsTask();
            foreach (var piece in Encoding.ASCII.GetBytes(bytes).Chunk(size))
            {
                await pipe.Writer.WriteAsync(piece, Cancellation);
            }

            Assert.Equal("{}", Encoding.UTF8.GetString((await reading)!));
        }
    }

    [Fact]
    public async Task TwoMessagesAtOnce_AreReadOneByOne()
    {
        var reader = Reader("Content-Length: 1\r\n\r\n1Content-Length: 3\r\n\r\n222");

        Assert.Equal("1"u8.ToArray(), await JsonRpcFraming.ReadAsync(reader, Cancellation));
        Assert.Equal("222"u8.ToArray(), await JsonRpcFraming.ReadAsync(reader, Cancellation));
        Assert.Null(await JsonRpcFraming.ReadAsync(reader, Cancellation));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("Content-Type: x\r\n\r\n{}")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: 99999999999\r\n\r\n")]
    [InlineData("Content-Length: 1048577\r\n\r\n")]
    [InlineData("Content-Length: two\r\n\r\n")]
    [InlineData("Content-Length: 5\r\n\r\n{}")]
    [InlineData("Content-Len")]
    public async Task Garbage_IsRefused(string bytes) =>
        await Assert.ThrowsAsync<JsonRpcProtocolException>(async () => await JsonRpcFraming.ReadAsync(Reader(bytes), Cancellation));

    [Fact]
    public async Task EndlessHeaders_AreRefused() => await Assert.ThrowsAsync<JsonRpcProtocolException>(
        async () => await JsonRpcFraming.ReadAsync(Reader(new string('x', JsonRpcFraming.MaxHeaderBytes + 1)), Cancellation));

    private static PipeReader Reader(string bytes) => PipeReader.Create(new MemoryStream(Encoding.ASCII.GetBytes(bytes)));
}
