using System.IO.Pipelines;
using Slipway.Gateway.Connections;

namespace Slipway.Gateway.Tests.Connections;

public sealed class HeldBodyTests
{
    private static readonly TimeSpan s_forever = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(65, 64)]
    [InlineData(4096, 64 * 1024)]
    [InlineData(50_000, 64 * 1024)]
    [InlineData(200_000, 64 * 1024)]
    public async Task Read_AfterHolding_GivesTheWholeBody(int length, int limit)
    {
        var body = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        await using var held = new HeldBody(new MemoryStream(body), limit);
        await held.Hold(s_forever, TimeProvider.System, Cancellation);
        using var read = new MemoryStream();
        await held.CopyToAsync(read, 1000, Cancellation);
        Assert.Equal(body, read.ToArray());
    }

    [Fact]
    public async Task Hold_OfABodyThatStops_EndsAtItsTimeAndLosesNothing()
    {
        var pipe = new Pipe();
        await using var held = new HeldBody(pipe.Reader.AsStream(), 64);
        await pipe.Writer.WriteAsync("first "u8.ToArray(), Cancellation);
        await held.Hold(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
        var rest = new StreamReader(held).ReadToEndAsync(Cancellation);
        await pipe.Writer.WriteAsync("second"u8.ToArray(), Cancellation);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("first second", await rest);
    }

    [Fact]
    public async Task Hold_OfABodyThatBreaks_Throws()
    {
        var pipe = new Pipe();
        await using var held = new HeldBody(pipe.Reader.AsStream(), 64);
        await pipe.Writer.WriteAsync("first "u8.ToArray(), Cancellation);
        await pipe.Writer.CompleteAsync(new IOException("broken"));
        await Assert.ThrowsAsync<IOException>(() => held.Hold(s_forever, TimeProvider.System, Cancellation));
    }

    [Fact]
    public async Task Dispose_WithAReadUnderWay_EndsItAndDisposesTheSource()
    {
        var source = new EndlessStream();
        var held = new HeldBody(source, 64);
        await held.Hold(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
        Assert.False(source.Cancelled.Task.IsCompleted);
        await held.DisposeAsync();
        await source.Cancelled.Task.WaitAsync(Cancellation);
        await source.Disposed.Task.WaitAsync(Cancellation);
    }

    /// <summary>Never gives a byte; says when its read was cancelled and when it was disposed.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public TaskCompletionSource Cancelled { get; } = new();

        public TaskCompletionSource Disposed { get; } = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return 0;
            }
            finally
            {
                Assert.False(Disposed.Task.IsCompleted);
                Cancelled.SetResult();
            }
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            Disposed.TrySetResult();
        }
    }
}
