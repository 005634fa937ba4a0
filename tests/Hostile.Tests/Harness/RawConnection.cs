using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Hostile.Tests.Harness;

/// <summary>What came back, byte for byte; text as Latin-1.</summary>
/// <param name="Status">Of the answer; 0 when the connection was closed without one.</param>
/// <param name="Headers">In their order.</param>
/// <param name="Body">Without its chunks.</param>
/// <param name="Rest">Bytes after the answer, that nobody asked for.</param>
internal sealed record RawAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, int Rest)
{
    public static readonly RawAnswer None = new(0, [], [], 0);

    /// <summary>Null when the header isn't there.</summary>
    public string? Header(string name) => Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault();

    public string Text => Encoding.UTF8.GetString(Body);

    public override string ToString() => Status == 0
        ? "(the connection was closed without an answer)"
        : $"{Status}\n{string.Join('\n', Headers.Select(header => $"{header.Name}: {header.Value}"))}\n\n{(Text.Length > 4000 ? Text[..4000] + "…" : Text)}";
}

/// <summary>The bytes did not make an answer of HTTP/1.1, or none came in time.</summary>
internal sealed class BadAnswerException(string message) : Exception(message);

/// <summary>A TCP connection on which anything may be sent. Blocks: each sender has a thread of its own.</summary>
internal sealed class RawConnection(Uri address, TimeSpan patience) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private int _start;
    private int _end;

    public void Dispose() => Close();

    /// <summary>Sends the bytes and reads one answer.</summary>
    /// <param name="request">As it goes out.</param>
    /// <param name="isHead">The answer has no body, whatever its headers say.</param>
    /// <param name="ends">Tells the other side that nothing more will come.</param>
    /// <param name="keeps">True keeps the connection for the next request where the answer allows it.</param>
    /// <exception cref="BadAnswerException">It isn't one, or it took longer than the patience.</exception>
    public RawAnswer Exchange(byte[] request, bool isHead, bool ends, bool keeps)
    {
        var isFresh = _socket is null;
        try
        {
            var answer = Try(request, isHead, ends);
            // A kept connection may have been closed by the other side just before.
            if (answer.Status == 0 && !isFresh)
            {
                Close();
                answer = Try(request, isHead, ends);
            }

            if (!keeps || answer.Status == 0 || ends || answer.Header("Connection")?.Equals("close", StringComparison.OrdinalIgnoreCase) == true)
                Close();
            return answer;
        }
        catch
        {
            Close();
            throw;
        }
    }

    private RawAnswer Try(byte[] request, bool isHead, bool ends)
    {
        var socket = _socket ??= Connect();
        try
        {
            Send(socket, request);
            if (ends)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException gone) when (gone.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // It may have answered before it closed.
        }

        return Read(isHead);
    }

    private Socket Connect()
    {
        (_start, _end) = (0, 0);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)patience.TotalMilliseconds,
            SendTimeout = (int)patience.TotalMilliseconds,
        };
        socket.Connect(IPAddress.Loopback, address.Port);
        return socket;
    }

    private static void Send(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += socket.Send(bytes.AsSpan(sent));
    }

    private RawAnswer Read(bool isHead)
    {
        while (true)
        {
            if (Line(isFirst: true) is not { } first)
                return RawAnswer.None;
            var parts = first.Split(' ', 3);
            if (parts.Length < 2 || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var status))
                throw new BadAnswerException($"This is no status line: {first}");
            var headers = Headers();
            // 100 Continue and its like come before the answer.
            if (status is >= 100 and < 200 and not 101)
                continue;
            var answer = new RawAnswer(status, headers, [], 0);
            var body = isHead || status is 101 or 204 or 304 ? [] : Body(answer);
            return answer with { Body = Decoded(body, answer.Header("Content-Encoding")), Rest = _end - _start };
        }
    }

    private static byte[] Decoded(byte[] body, string? encoding)
    {
        if (encoding is null || body.Length == 0)
            return body;
        using var source = new MemoryStream(body);
        using Stream decoding = encoding switch
        {
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "gzip" => new GZipStream(source, CompressionMode.Decompress),
            _ => throw new BadAnswerException($"The answer is encoded as {encoding}."),
        };
        using var text = new MemoryStream();
        decoding.CopyTo(text);
        return text.ToArray();
    }

    private List<(string, string)> Headers()
    {
        var headers = new List<(string, string)>();
        while (Line() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add(colon > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : throw new BadAnswerException($"This is no header: {line}"));
        }

        return headers;
    }

    private byte[] Body(RawAnswer answer)
    {
        using var body = new MemoryStream();
        if (answer.Header("Transfer-Encoding") == "chunked")
        {
            int size;
            do
            {
                size = int.Parse(Line()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                Take(size, body);
                if (Line() != "")
                    throw new BadAnswerException("A chunk isn't followed by the end of its line.");
            }
            while (size > 0);
        }
        else if (answer.Header("Content-Length") is { } length)
        {
            Take(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), body);
        }
        else
        {
            while (_end > _start || Fill())
                Take(_end - _start, body);
        }

        return body.ToArray();
    }

    private void Take(int count, MemoryStream body)
    {
        while (count > 0)
        {
            if (_start == _end && !Fill())
                throw new BadAnswerException($"The answer broke off {count} bytes before its end.");
            var taken = Math.Min(count, _end - _start);
            body.Write(_buffer, _start, taken);
            _start += taken;
            count -= taken;
        }
    }

    private string? Line(bool isFirst = false)
    {
        using var line = new MemoryStream();
        while (true)
        {
            if (_start == _end && !Fill())
                return isFirst && line.Length == 0 ? null : throw new BadAnswerException($"The answer broke off within a line: {Encoding.Latin1.GetString(line.ToArray())}");
            var at = Array.IndexOf(_buffer, (byte)'\n', _start, _end - _start);
            var to = at < 0 ? _end : at;
            line.Write(_buffer, _start, to - _start);
            _start = at < 0 ? _end : at + 1;
            if (at >= 0)
                return Encoding.Latin1.GetString(line.ToArray()).TrimEnd('\r');
        }
    }

    private bool Fill()
    {
        try
        {
            (_start, _end) = (0, _socket!.Receive(_buffer));
            return _end > 0;
        }
        catch (SocketException late) when (late.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new BadAnswerException($"No answer came in {patience.TotalSeconds} s: it hangs.");
        }
        catch (SocketException)
        {
            // Reset: whatever it wanted to say, it has said.
            return false;
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
