using System.Text;

namespace Slipway.Gateway.Connections;

/// <summary>A new connection was accepted, but no HTTP server answered on it. Nothing of any request has been sent.</summary>
internal sealed class UnprovenConnectionException : IOException
{
    public UnprovenConnectionException(string message)
        : base(message)
    {
    }

    public UnprovenConnectionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Asks a question on each new HTTP/1.1 connection before the first request travels on it.</summary>
/// <remarks>
/// A balancer that works per TCP connection accepts for replicas that are already dead, then closes or stays silent. A request on such a
/// connection would fail without anyone knowing whether it ran; the question fails instead, and then any request, a POST too, may go elsewhere.
/// Costs one round trip per connection, not per request. HTTP/2 connections are not asked: their preface belongs to the transport.
/// </remarks>
internal sealed class ConnectionProof(string path)
{
    /// <summary>Header bytes of an answer that are read at most.</summary>
    private const int MaxHead = 16 * 1024;

    /// <exception cref="UnprovenConnectionException">The connection ended, its server is leaving, or what came is not HTTP/1.1.</exception>
    /// <exception cref="OperationCanceledException">No answer within the connect timeout.</exception>
    public async ValueTask<Stream> Prove(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken)
    {
        if (context.NegotiatedHttpVersion.Major != 1)
            return context.PlaintextStream;
        var stream = context.PlaintextStream;
        try
        {
            var authority = context.InitialRequestMessage.RequestUri?.Authority ?? "";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HEAD {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: slipway-gateway\r\n\r\n"), cancellationToken);
            Judge(await ReadHead(stream, cancellationToken));
            return stream;
        }
        catch (IOException broken) when (broken is not UnprovenConnectionException)
        {
            await stream.DisposeAsync();
            throw new UnprovenConnectionException("The connection broke before its server answered.", broken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> ReadHead(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxHead];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
                throw new UnprovenConnectionException("The connection was closed before its server answered.");
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                // Bytes after the head would be taken for the answer to the first real request.
                return end + 4 == length
                    ? Encoding.Latin1.GetString(buffer, 0, end)
                    : throw new UnprovenConnectionException("The server sent a body in answer to HEAD.");
            }
        }

        throw new UnprovenConnectionException($"The head of the answer is longer than {MaxHead} bytes.");
    }

    private static void Judge(string head)
    {
        var lines = head.Split("\r\n");
        if (!lines[0].StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
            throw new UnprovenConnectionException("The answer is not HTTP/1.1.");
        if (lines.Skip(1).Any(IsConnectionClose))
            throw new UnprovenConnectionException("The server is closing its connections.");
    }

    private static bool IsConnectionClose(string line) =>
        line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase) && line.Contains("close", StringComparison.OrdinalIgnoreCase);
}
