using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Aspire.Hosting.Backchannel;

/// <summary>The other side does not speak the protocol; the connection can't go on.</summary>
internal sealed class JsonRpcProtocolException(string message) : Exception(message);

/// <summary>Messages with headers as HTTP has them, of which only the length counts.</summary>
/// <remarks>Content-Length: 17\r\nContent-Type: application/json\r\n\r\n{"jsonrpc":"2.0"…</remarks>
internal static class JsonRpcFraming
{
    /// <summary>Bytes; a request of the command line has a few hundred.</summary>
    public const int MaxContentBytes = 1024 * 1024;
    public const int MaxHeaderBytes = 4 * 1024;

    private const string LengthHeader = "Content-Length:";

    /// <returns>Null at the orderly end of the stream.</returns>
    /// <exception cref="JsonRpcProtocolException">The headers are not headers or too long, the length is missing or too large, or the message is cut off.</exception>
    public static async ValueTask<byte[]?> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        var length = await ReadHeadersAsync(reader, cancellationToken);
        if (length is not { } expected)
        {
            return null;
        }

        var result = await reader.ReadAtLeastAsync(expected, cancellationToken);
        if (result.Buffer.Length < expected)
        {
            throw new JsonRpcProtocolException("The connection ended in the middle of a message.");
        }

        var content = result.Buffer.Slice(0, expected);
        var message = content.ToArray();
        reader.AdvanceTo(content.End);
        return message;
    }

    public static async Task WriteAsync(Stream stream, byte[] content, CancellationToken cancellationToken)
    {
        var header = Encoding.ASCII.GetBytes($"{LengthHeader} {content.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n");
        var message = new byte[header.Length + content.Length];
        header.CopyTo(message, 0);
        content.CopyTo(message, header.Length);
        await stream.WriteAsync(message, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    private static async ValueTask<int?> ReadHeadersAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TryReadHeaders(ref buffer, out var length))
            {
                reader.AdvanceTo(buffer.Start);
                return length;
            }

            if (buffer.Length > MaxHeaderBytes)
            {
                throw new JsonRpcProtocolException($"The headers of a message are longer than {MaxHeaderBytes} bytes.");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new JsonRpcProtocolException("The connection ended in the middle of the headers.");
            }
        }
    }

    private static bool TryReadHeaders(ref ReadOnlySequence<byte> buffer, out int length)
    {
        length = -1;
        var reader = new SequenceReader<byte>(buffer);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty)
            {
                buffer = buffer.Slice(reader.Position);
                return length >= 0 ? true : throw new JsonRpcProtocolException("A message has no Content-Length.");
            }

            var text = Encoding.Latin1.GetString(line);
            if (!text.Contains(':', StringComparison.Ordinal))
            {
                throw new JsonRpcProtocolException("A header has no colon.");
            }

            if (text.StartsWith(LengthHeader, StringComparison.OrdinalIgnoreCase))
            {
                length = ParseLength(text.AsSpan(LengthHeader.Length));
            }
        }

        return false;
    }

    private static int ParseLength(ReadOnlySpan<char> text) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= MaxContentBytes
            ? length
            : throw new JsonRpcProtocolException($"The Content-Length is not a number between 0 and {MaxContentBytes}.");
}
