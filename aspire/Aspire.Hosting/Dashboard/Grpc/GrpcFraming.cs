using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Aspire.Hosting.Dashboard.Grpc;

/// <summary>Outcomes of a call, as gRPC numbers them.</summary>
internal enum GrpcStatus
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// <summary>Ends a call with a status of its own; the message is for the caller.</summary>
internal sealed class GrpcException(GrpcStatus status, string message) : Exception(message)
{
    public GrpcStatus Status { get; } = status;
}

/// <summary>Length-prefixed messages: one byte (0: not compressed), the length in four bytes big endian, then the message.</summary>
/// <remarks>Source: grpc/grpc doc/PROTOCOL-HTTP2.md. Compression is not negotiated, so a compressed message is refused.</remarks>
internal static class GrpcFraming
{
    /// <summary>Bytes of the longest message that is accepted; a longer one ends the call before it is read into memory.</summary>
    public const int MaxReceivedBytes = 4 * 1024 * 1024;

    private const int PrefixLength = 5;

    /// <returns>Null at the orderly end of the stream.</returns>
    /// <exception cref="GrpcException">The frame is compressed, too long or cut off, or its content is not the message.</exception>
    public static async ValueTask<T?> ReadAsync<T>(PipeReader reader, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (TryReadMessage(ref buffer, parser, out var message))
            {
                reader.AdvanceTo(buffer.Start);
                return message;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new GrpcException(GrpcStatus.Internal, "The request ends in the middle of a message.");
            }
        }
    }

    /// <summary>Writes and flushes, so that a stream's reader sees each message when it is made.</summary>
    public static async ValueTask WriteAsync(PipeWriter writer, IMessage message, CancellationToken cancellationToken)
    {
        var length = message.CalculateSize();
        WritePrefix(writer, length);
        message.WriteTo((IBufferWriter<byte>)writer);
        await writer.FlushAsync(cancellationToken);
    }

    private static void WritePrefix(PipeWriter writer, int length)
    {
        var prefix = writer.GetSpan(PrefixLength);
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)length);
        writer.Advance(PrefixLength);
    }

    private static bool TryReadMessage<T>(ref ReadOnlySequence<byte> buffer, MessageParser<T> parser, [NotNullWhen(true)] out T? message)
        where T : class, IMessage<T>
    {
        message = null;
        if (buffer.Length < PrefixLength)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[PrefixLength];
        buffer.Slice(0, PrefixLength).CopyTo(prefix);
        if (prefix[0] != 0)
        {
            throw new GrpcException(GrpcStatus.Unimplemented, "Compressed messages are not supported.");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (length > MaxReceivedBytes)
        {
            throw new GrpcException(GrpcStatus.ResourceExhausted, $"A message of {length} bytes is longer than the limit of {MaxReceivedBytes}.");
        }

        if (buffer.Length < PrefixLength + length)
        {
            return false;
        }

        message = Parse(parser, buffer.Slice(PrefixLength, length));
        buffer = buffer.Slice(PrefixLength + length);
        return true;
    }

    private static T Parse<T>(MessageParser<T> parser, ReadOnlySequence<byte> content)
        where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new GrpcException(GrpcStatus.InvalidArgument, $"The request is not a {typeof(T).Name}: {exception.Message}");
        }
    }
}
