using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Api.Tests;
using Mutation = System.Func<Slipway.Hostile.Tests.Generated.RawRequest, Slipway.Hostile.Tests.Generated.RawRequest>;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>What turns a good request into a bad or an odd one.</summary>
internal static class Mutations
{
    /// <summary>None, one, two or three of them.</summary>
    public static Gen<Mutation> Some() =>
        from count in Gen.Frequency((1, Gen.Constant(0)), (6, Gen.Constant(1)), (2, Gen.Constant(2)), (1, Gen.Constant(3)))
        from chosen in Gen.ArrayOf(Gen.Frequency((8, Body()), (4, Target()), (5, Headers()), (3, Credentials()), (1, Method()), (2, Framings()), (1, Heads())), count)
        select (Mutation)(request => chosen.Aggregate(request, static (at, mutation) => mutation(at)));

    private static Mutation Named(string how, Mutation mutation) => request => mutation(request).Mutated(how);

    private static Gen<Mutation> Body() => Gen.Frequency(
        (5, from place in Gen.Choose(0, 1000)
            from value in Odd.Json
            select Tree("another value", tree => tree.Replace(place % tree.Count, _ => new JsonText.Raw(value)))),
        (2, from place in Gen.Choose(0, 1000)
            from name in Odd.Name
            from value in Odd.Json
            select Tree("a further member", tree => tree.Replace(place % tree.Count, it => it is JsonText.Obj obj ? new JsonText.Obj([.. obj.Members, new(name, new JsonText.Raw(value))]) : it))),
        (1, from place in Gen.Choose(0, 1000)
            from name in Odd.Name
            select Members("another name", place, (members, at) => [.. members.Select((member, i) => i == at ? member with { Name = name } : member)])),
        (1, Gen.Choose(0, 1000).Select(place => Members("a member less", place, static (members, at) => [.. members.Where((_, i) => i != at)]))),
        (1, Gen.Choose(0, 1000).Select(place => Members("a member twice", place, static (members, at) => [.. members, members[at]]))),
        (1, from place in Gen.Choose(0, 1000)
            from count in Gen.Elements(2, 101, 300)
            select Tree("an item many times", tree => tree.Replace(place % tree.Count, it => it is JsonText.Arr { Items.Count: > 0 } arr ? new JsonText.Arr([.. Enumerable.Repeat(arr.Items[0], count)]) : it))),
        (3, Whole()));

    /// <summary>Of the body as bytes.</summary>
    private static Gen<Mutation> Whole() => Gen.OneOf(
        Gen.Elements(
            Text("BOM", static body => "\xef\xbb\xbf" + body),
            Text("BOM of UTF-16", static body => "\xff\xfe" + body),
            Text("UTF-16", static body => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(body))),
            Text("as a list", static body => $"[{body}]"),
            Text("as a text", static body => JsonText.Quoted(body)),
            Text("twice", static body => body + body),
            Text("comments", static body => "/* a */" + body + "// b"),
            Text("trailing comma", static body => body.Replace("}", ",}", StringComparison.Ordinal)),
            Text("much space", static body => new string(' ', 100_000) + body),
            Text("NUL at the end", static body => body + "\0"),
            Text("nothing", static _ => ""),
            Text("only NUL", static _ => new string('\0', 100)),
            Text("not JSON", static _ => "name=shop&description=x"),
            Text("XML", static _ => "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
            Text("too large", static body => body + new string(' ', 256 * 1024)),
            Text("too large text", static _ => $"{{\"name\":\"{new string('n', 300_000)}\"}}"),
            Text("gzip", static _ => "\x1f\x8b\x08\0\0\0\0\0\0\x03")),
        Gen.Choose(0, 100_000).Select(at => Text("cut off", body => body.Length == 0 ? body : body[..(at % body.Length)])),
        from at in Gen.Choose(0, 100_000)
        from value in Gen.Choose(0, 255)
        select Text("another byte", body => body.Length == 0 ? body : $"{body[..(at % body.Length)]}{(char)value}{body[((at % body.Length) + 1)..]}"));

    private static Mutation Text(string how, Func<string, string> change) => Named($"body: {how}", request => request with { Body = change(request.Body ?? "") });

    private static Mutation Tree(string how, Func<JsonText, JsonText> change) => Named($"body: {how}", request => request with { Body = Changed(request.Body ?? "{}", change) });

    private static Mutation Members(string how, int place, Func<IReadOnlyList<JsonText.Member>, int, IReadOnlyList<JsonText.Member>> change) => Tree(how, tree =>
        tree.Replace(place % tree.Count, it => it is JsonText.Obj { Members.Count: > 0 } obj ? new JsonText.Obj(change(obj.Members, place % obj.Members.Count)) : it));

    private static string Changed(string body, Func<JsonText, JsonText> change)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.Latin1.GetBytes(body));
            return change(JsonText.Of(document.RootElement)).ToString();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return body + body;
        }
    }

    private static Gen<Mutation> Target() => Gen.Frequency(
        (3, from at in Gen.Choose(0, 10)
            from segment in Odd.Segment
            select Path("another segment", path => Replaced(path, at, segment))),
        (1, Odd.Segment.Select(segment => Path("a further segment", path => $"{path}/{segment}"))),
        (3, Odd.Query.Select(query => Named("target: another query", request => request with { Target = $"{request.Target.Split('?')[0]}?{query}" }))),
        (2, Gen.Elements(
            Path("a slash more", static path => path + "/"),
            Path("slashes twice", static path => path.Replace("/", "//", StringComparison.Ordinal)),
            Path("backslashes", static path => "/" + path[1..].Replace('/', '\\')),
            Path("escaped slashes", static path => "/" + path[1..].Replace("/", "%2f", StringComparison.Ordinal)),
            Path("escaped twice", static path => "/" + path[1..].Replace("/", "%252f", StringComparison.Ordinal)),
            Path("up and down", static path => "/applications/../" + path[1..]),
            Path("escaped up", static path => "/applications/%2e%2e" + path),
            Path("above the root", static path => "/../../../.." + path),
            Path("upper case", static path => path.ToUpperInvariant()),
            Path("parameters", static path => path.Replace("/", ";a=b/", StringComparison.Ordinal)[4..] is var rest && rest.StartsWith('/') ? rest : "/" + rest),
            Path("of another", static _ => "/docs/index.html"),
            Path("of another", static _ => "/docs/../appsettings.json"),
            Path("of another", static _ => "/docs/%2e%2e/%2e%2e/etc/passwd"),
            Path("of another", static _ => "/metrics"),
            Path("of another", static _ => "/health/detailed"),
            Path("of another", static _ => "/maintenance"),
            Path("of another", static _ => "/openapi/v2.json"),
            Path("of another", static _ => "/openapi/..%2f..%2fsecret.json"))),
        (1, Gen.Elements<Mutation>(
            Unread("too long", static request => request with { Target = request.Target + "?" + new string('q', 17_000) }),
            Unread("far too long", static request => request with { Target = "/" + new string('p', 100_000) }),
            Unread("absolute", static request => request with { Target = "http://evil.example" + request.Target }),
            Unread("absolute and broken", static request => request with { Target = "http://[" + request.Target }),
            Unread("asterisk", static request => request with { Target = "*" }),
            Unread("without a slash", static request => request with { Target = request.Target[1..] }),
            Unread("empty", static request => request with { Target = "" }),
            Unread("a space", static request => request with { Target = request.Target + " a" }),
            Unread("a tab", static request => request with { Target = request.Target + "\ta" }),
            Unread("a NUL", static request => request with { Target = request.Target + "\0" }),
            Unread("a byte beyond ASCII", static request => request with { Target = request.Target + "\xff\xe4" }),
            Unread("a fragment", static request => request with { Target = request.Target + "#f" }))));

    private static Mutation Path(string how, Func<string, string> change) => Named($"target: {how}", request =>
    {
        var parts = request.Target.Split('?', 2);
        return request with { Target = parts.Length == 1 ? change(parts[0]) : $"{change(parts[0])}?{parts[1]}", MayBeRefusedUnread = true };
    });

    private static Mutation Unread(string how, Mutation mutation) => Named(how, request => mutation(request) with { MayBeRefusedUnread = true });

    private static string Replaced(string path, int at, string segment)
    {
        var segments = path.Split('/');
        if (segments.Length > 1)
            segments[1 + (at % (segments.Length - 1))] = segment;
        return string.Join('/', segments);
    }

    private static Gen<Mutation> Headers() => Gen.Frequency(
        (3, from type in Gen.Elements(
                "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=\"", "application/json;charset=utf-7", "application/problem+json", "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x", "multipart/form-data", "a", "/", ";;;", "application/json,application/json", "application/json\t", "APPLICATION/JSON", "application/*", "*/*", "text/event-stream",
                "application/grpc", "application/json; a=" + new string('b', 9000), "\"", "\xff")
            select Set("Content-Type", type)),
        (1, Gen.Constant(Named("no Content-Type", static request => request.Without("Content-Type")))),
        (4, from header in Gen.Elements(
                ("Content-Encoding", "gzip"), ("Content-Encoding", "br, zstd, x"), ("Accept", "text/html"), ("Accept", ";q=2,,*/*;q=-1"), ("Accept-Encoding", "gzip;q=NaN, *;q=0"), ("Accept-Charset", "utf-7"),
                ("Accept-Language", new string('-', 5000)), ("Range", "bytes=0-0,-1,9-1"), ("If-Range", "\""), ("If-Modified-Since", "yesterday"), ("If-None-Match", "*"), ("If-None-Match", "\"\", W/, \"a"),
                ("Expect", "100-continue"), ("Expect", "the-unexpected"), ("Connection", "close"), ("Connection", "Host, X-Api-Key, Content-Length"), ("Upgrade", "h2c"), ("TE", "trailers, deflate;q=0.5"), ("Trailer", "Content-Length"),
                ("Max-Forwards", "-1"), ("Via", "1.1 \0x"), ("Cookie", "a=b; ;;=; \"c"), ("Cookie", new string('c', 8000)), ("Origin", "https://evil.example"), ("Origin", "null"), ("Referer", "javascript:alert(1)"),
                ("User-Agent", ""), ("User-Agent", "() { :;}; echo x"), ("Date", "x"), ("Cache-Control", "no-cache, max-age=-1, =\""), ("Pragma", "\xff"))
            select Set(header.Item1, header.Item2)),
        (3, from header in Gen.Elements(
                ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "::1, unknown, _x, 999.1.1.1, \"[::1]:80\""), ("X-Forwarded-For", string.Join(',', Enumerable.Repeat("127.0.0.1", 500))), ("X-Forwarded-Host", "evil.example"),
                ("X-Forwarded-Host", "a b/c"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Prefix", "/../.."), ("X-Forwarded-Port", "99999"), ("Forwarded", "for=\"[::1\";host=x;proto=,,;by=\""),
                ("X-Real-IP", "127.0.0.1"), ("X-Original-URL", "/access/keys"), ("X-Rewrite-URL", "/access/keys"), ("X-HTTP-Method-Override", "DELETE"), ("X-Slipway-Client", "key:first"), ("X-Slipway-Actor", new string('x', 5000)),
                ("X-Slipway-Actor", "\xff\0"), ("X-Correlation-ID", "a b"), ("X-Correlation-ID", new string('i', 65)), ("X-Correlation-ID", "<script>"), ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"),
                ("traceparent", "ff-x"), ("tracestate", new string('t', 3000)), ("baggage", string.Join(',', Enumerable.Range(0, 500).Select(static at => $"k{at}=v"))), ("Access-Control-Request-Method", "DELETE"))
            select Set(header.Item1, header.Item2)),
        (2, from key in Gen.Elements(
                "", "\"\"", "a", "\"a", "a\"", "\"a\", \"b\"", "\"a\";p=1", "\"\\\"", "\"\\x\"", "\"" + new string('k', 256) + "\"", "\"\xe4\"", "\"\t\"", ":YQ==:", "?1", "12", "\"same\"", "\"same\"", "\"same\"")
            select Set("Idempotency-Key", key)),
        (1, from tag in Gen.Elements("", "*", "\"\"", "W/\"0123456789abcdef0123456789abcdef\"", "\"a", "a", "\"a\" \"b\"", ",", "*, *", "\"" + new string('e', 5000) + "\"", "\"\xff\"")
            select Set("If-Match", tag)),
        (1, from name in Gen.Elements("Idempotency-Key", "If-Match", "Content-Type", "Accept", "X-Correlation-ID", "X-Forwarded-For", "traceparent")
            select Named($"{name} twice", request => request with { Headers = [.. request.Headers, (name, "\"one\""), (name, "\"two\"")] })));

    private static Mutation Set(string name, string value)
    {
        var breaks = value.Any(static character => character is '\0' or > '~');
        return Named($"header: {name}", request => request.With(name, value) with { MayBeRefusedUnread = request.MayBeRefusedUnread || breaks || name is "Expect" });
    }

    private static Gen<Mutation> Credentials() => Gen.OneOf(
        Gen.Constant(Named("no credential", static request => request.Without("X-Api-Key"))),
        from key in Gen.Elements(
            "", ".", "first", "first.", $"first.{new string('x', 34)}", Requests.FirstKey + "x", Requests.FirstKey[..^1], Requests.FirstKey.ToUpperInvariant(), $"FIRST.{Requests.FirstSecret}", " " + Requests.FirstKey + "  ",
            $"none2345.{new string('y', 43)}", "a.b.c", new string('k', 5000), "first.' or 1=1 --                              ", "first.\xff\xff\xff\xff", "\"" + Requests.FirstKey + "\"")
        select Set("X-Api-Key", key),
        from authorization in Gen.Elements(
            "", "Basic Zmlyc3Q6eA==", "Bearer", "Bearer ", "Bearer x", "bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJmaXJzdCJ9.", "Bearer " + new string('t', 9000), "Negotiate x", "\xff", "Bearer \xff.\xff.\xff")
        from alone in Gen.Elements(true, false)
        select (Mutation)(request => Set("Authorization", authorization)(alone ? request.Without("X-Api-Key") : request)),
        Gen.Constant(Named("the key twice", static request => request with { Headers = [.. request.Headers, ("X-Api-Key", Requests.FirstKey)] })));

    private static Gen<Mutation> Method() => Gen.OneOf(
        from method in Gen.Elements("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "QUERY", "PURGE")
        select Named($"method {method}", request => request with { Method = method }),
        from method in Gen.Elements("get", "Post", "CONNECT", "PRI", "", "G\0T", "GET\t", "G ET", "\xff", "<>", new string('M', 5000))
        select Unread("method", request => request with { Method = method }));

    private static Gen<Mutation> Framings() =>
        from framing in Gen.Elements(Enum.GetValues<Framing>())
        select Named($"framing {framing}", request => request with { Framing = framing });

    /// <summary>Of the head as such; most of these are no HTTP.</summary>
    private static Gen<Mutation> Heads() => Gen.OneOf(
        Gen.Elements<Mutation>(
            Unread("HTTP/1.0", static request => request with { Version = "HTTP/1.0" }),
            Unread("HTTP/0.9", static request => request with { Version = "HTTP/0.9" }),
            Unread("HTTP/2.0", static request => request with { Version = "HTTP/2.0" }),
            Unread("HTTP/1.2", static request => request with { Version = "HTTP/1.2" }),
            Unread("lower-case version", static request => request with { Version = "http/1.1" }),
            Unread("no version", static request => request with { Version = "" }),
            Unread("no Host", static request => request.Without("Host")),
            Unread("two Hosts", static request => request with { Headers = [.. request.Headers, ("Host", "evil.example")] })),
        from host in Gen.Elements("", "evil.example", "a:b:c", "[::1", "a b", "a/b", "a@b", "\xff", new string('h', 5000), "127.0.0.1:0", "slipway.example:99999", "slipway.example.", "%00", "localhost")
        select Unread("another Host", request => request.With("Host", host)),
        from line in Gen.Elements(
            ("X Y", "space in the name"), ("", "no name"), ("X-Odd\0", "NUL"), ("X-\xe4", "beyond ASCII"), ("X-A", "a\rb"), ("X-A", "a\nX-Injected: 1"), ("X-A", "a\r\nX-Injected: 1"), ("X-A", "a\r\n folded"), ("X-A", "a\0b"), ("(", "x"), ("X-A ", "x"))
        select Unread("odd header", request => request with { Headers = [.. request.Headers, line] }),
        from size in Gen.Elements(20_000, 33_000, 70_000, 300_000)
        select Unread("large header", request => request with { Headers = [.. request.Headers, ("X-Large", new string('l', size))] }),
        from count in Gen.Elements(90, 120, 250, 3000)
        select Unread("many headers", request => request with { Headers = [.. request.Headers, .. Enumerable.Range(0, count).Select(static at => ($"X-{at}", "1"))] }));
}
