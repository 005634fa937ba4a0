using System.Globalization;
using System.Text;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>How the end of a body is told, rightly or wrongly.</summary>
internal enum Framing
{
    /// <summary>Content-Length.</summary>
    Length,

    /// <summary>In chunks.</summary>
    Chunked,

    /// <summary>No header says that there is a body.</summary>
    Unsaid,

    /// <summary>Content-Length is larger, and nothing more comes.</summary>
    Truncated,

    /// <summary>Content-Length is smaller: the rest stands where the next request would.</summary>
    Overlong,

    /// <summary>In chunks whose last one is missing.</summary>
    UnendedChunks,

    /// <summary>In chunks whose sizes are no numbers.</summary>
    BadChunks,

    /// <summary>In chunks with extensions and trailers.</summary>
    OddChunks,

    /// <summary>Both, which is how requests are smuggled.</summary>
    LengthAndChunked,

    /// <summary>Two lengths that differ.</summary>
    TwoLengths,

    /// <summary>A length that is no number.</summary>
    BadLength,

    /// <summary>An encoding that nobody knows.</summary>
    UnknownEncoding,
}

/// <summary>A request as it goes over the wire. All texts are bytes written as Latin-1.</summary>
/// <param name="Method">As sent.</param>
/// <param name="Target">Path and query as sent.</param>
/// <param name="Headers">Host among them; those of the framing are not.</param>
/// <param name="Body">Null: none.</param>
internal sealed record RawRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, string? Body)
{
    /// <summary>Beyond these the server refuses without reading to the end: twice the Gateway's own limits.</summary>
    private const int MaxTarget = 16_000;
    private const int MaxHeaders = 200;
    private const int MaxHeaderBytes = 64_000;

    public string Version { get; init; } = "HTTP/1.1";

    public Framing Framing { get; init; }

    /// <summary>What was done to a request that was good.</summary>
    public IReadOnlyList<string> Mutations { get; init; } = [];

    /// <summary>The head or the framing may be none: then a closed connection, or the server's bare refusal, is an answer.</summary>
    public bool MayBeRefusedUnread { get; init; }

    /// <summary>The other side waits for more, which doesn't come.</summary>
    public bool Ends => Framing is Framing.Truncated or Framing.UnendedChunks;

    public bool IsHttp => !MayBeRefusedUnread && Target.Length < MaxTarget && Headers.Count < MaxHeaders && Headers.Sum(static header => header.Name.Length + header.Value.Length) < MaxHeaderBytes && Framing is Framing.Length or Framing.Chunked or Framing.Unsaid or Framing.OddChunks;

    public RawRequest Mutated(string how) => this with { Mutations = [.. Mutations, how] };

    public RawRequest With(string name, string value) => this with { Headers = [.. Headers.Where(header => !header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)), (name, value)] };

    public RawRequest Without(string name) => this with { Headers = [.. Headers.Where(header => !header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))] };

    public string? Header(string name) => Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault();

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(Wire());

    public override string ToString() => $"[{(Mutations.Count == 0 ? "unchanged" : string.Join(", ", Mutations))}]\n{Printed(Wire())}\n";

    /// <summary>Simpler ones, for the search for the smallest that still fails.</summary>
    public IEnumerable<RawRequest> Simpler()
    {
        for (var i = 0; i < Headers.Count; i++)
        {
            if (Headers[i].Name is not ("Host" or "X-Api-Key" or "Content-Type"))
                yield return this with { Headers = [.. Headers.Where((_, at) => at != i)] };
            if (Headers[i].Value.Length > 64)
                yield return this with { Headers = [.. Headers.Select((header, at) => at == i ? (header.Name, header.Value[..(header.Value.Length / 2)]) : header)] };
        }

        if (Framing is not Framing.Length)
            yield return this with { Framing = Framing.Length };
        if (Target.Length > 64)
            yield return this with { Target = Target[..(Target.Length / 2)] };
        if (Body is { Length: > 0 })
        {
            foreach (var body in JsonText.Simpler(Body))
                yield return this with { Body = body };
        }
    }

    private string Wire()
    {
        var wire = new StringBuilder();
        wire.Append(CultureInfo.InvariantCulture, $"{Method} {Target} {Version}\r\n");
        foreach (var (name, value) in Headers)
            wire.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (Body is null && Framing is Framing.Length)
            return wire.Append("\r\n").ToString();
        var (head, body) = Framed(Body ?? "", Framing);
        return wire.Append(head).Append("\r\n").Append(body).ToString();
    }

    private static (string Head, string Body) Framed(string body, Framing framing)
    {
        static string Length(int length) => FormattableString.Invariant($"Content-Length: {length}\r\n");
        const string chunked = "Transfer-Encoding: chunked\r\n";
        return framing switch
        {
            Framing.Length => (Length(body.Length), body),
            Framing.Chunked => (chunked, Chunks(body, "") + "0\r\n\r\n"),
            Framing.Unsaid => ("", ""),
            Framing.Truncated => (Length(body.Length + 10), body),
            Framing.Overlong => (Length(body.Length / 2), body),
            Framing.UnendedChunks => (chunked, Chunks(body, "")),
            Framing.BadChunks => (chunked, $"zz\r\n{body}\r\n0\r\n\r\n"),
            Framing.OddChunks => (chunked, Chunks(body, ";a=b;c=\"d\"") + "0\r\nX-Trailer: late\r\nX-Api-Key: late.late\r\n\r\n"),
            Framing.LengthAndChunked => (Length(body.Length) + chunked, Chunks(body, "") + "0\r\n\r\n"),
            Framing.TwoLengths => (Length(body.Length) + Length(body.Length + 1), body),
            Framing.BadLength => ($"Content-Length: -{body.Length + 1}\r\n", body),
            _ => ("Transfer-Encoding: gzip, gunzip\r\n", body),
        };
    }

    private static string Chunks(string body, string extension)
    {
        var chunks = new StringBuilder();
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(body.Length - at, 7 + (at * 3));
            chunks.Append(CultureInfo.InvariantCulture, $"{size:x}{extension}\r\n").Append(body, at, size).Append("\r\n");
            at += size;
        }

        return chunks.ToString();
    }

    private static string Printed(string wire)
    {
        var text = new StringBuilder();
        foreach (var character in wire.Length <= 3000 ? wire : $"{wire[..1500]} …({wire.Length} bytes in all)… {wire[^500..]}")
        {
            if (character is '\n' or (>= ' ' and <= '~') or '…')
                text.Append(character);
            else if (character != '\r')
                text.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
        }

        return text.ToString();
    }
}
