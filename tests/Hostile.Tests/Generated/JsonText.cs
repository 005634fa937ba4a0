using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>JSON as a tree of texts, so that it may hold what no JSON library would write: members twice, numbers without end, half characters.</summary>
internal abstract record JsonText
{
    private JsonText()
    {
    }

    /// <param name="Name">In its quotes, as written.</param>
    /// <param name="Value">Of the member.</param>
    public readonly record struct Member(string Name, JsonText Value);

    public sealed record Obj(IReadOnlyList<Member> Members) : JsonText
    {
        public override string ToString() => $"{{{string.Join(',', Members.Select(member => $"{member.Name}:{member.Value}"))}}}";
    }

    public sealed record Arr(IReadOnlyList<JsonText> Items) : JsonText
    {
        public override string ToString() => $"[{string.Join(',', Items)}]";
    }

    /// <param name="Text">As written: <c>"a"</c>, <c>1e9</c>, or nothing that JSON knows.</param>
    public sealed record Raw(string Text) : JsonText
    {
        public override string ToString() => Text;
    }

    public static JsonText String(string value) => new Raw(Quoted(value));

    /// <summary>In quotes and escaped, as bytes of UTF-8 written as Latin-1.</summary>
    public static string Quoted(string value) => Encoding.Latin1.GetString(JsonSerializer.SerializeToUtf8Bytes(value));

    public static JsonText Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new Obj([.. element.EnumerateObject().Select(member => new Member(Quoted(member.Name), Of(member.Value)))]),
        JsonValueKind.Array => new Arr([.. element.EnumerateArray().Select(Of)]),
        JsonValueKind.String => String(element.GetString()!),
        _ => new Raw(element.GetRawText()),
    };

    /// <summary>How many places there are: itself, its members and items, and theirs.</summary>
    public int Count => 1 + (this switch
    {
        Obj it => it.Members.Sum(member => member.Value.Count),
        Arr it => it.Items.Sum(item => item.Count),
        _ => 0,
    });

    /// <summary>With another one at one of its places, counted from the root.</summary>
    public JsonText Replace(int place, Func<JsonText, JsonText> by)
    {
        if (place == 0)
            return by(this);
        place--;
        switch (this)
        {
            case Obj it:
                var members = it.Members.ToArray();
                for (var i = 0; i < members.Length; place -= members[i++].Value.Count)
                {
                    if (place >= members[i].Value.Count)
                        continue;
                    members[i] = members[i] with { Value = members[i].Value.Replace(place, by) };
                    break;
                }

                return new Obj(members);
            case Arr it:
                var items = it.Items.ToArray();
                for (var i = 0; i < items.Length; place -= items[i++].Count)
                {
                    if (place >= items[i].Count)
                        continue;
                    items[i] = items[i].Replace(place, by);
                    break;
                }

                return new Arr(items);
            default:
                return this;
        }
    }

    /// <summary>Smaller texts of a body: a member or item less where it is JSON, else a half.</summary>
    public static IEnumerable<string> Simpler(string body)
    {
        if (Parsed(body) is { } tree)
        {
            for (var place = 0; place < Math.Min(tree.Count, 60); place++)
            {
                foreach (var less in Less(tree, place))
                    yield return less.ToString();
            }
        }
        else if (body.Length > 1)
        {
            yield return body[..(body.Length / 2)];
            yield return body[(body.Length / 2)..];
        }
    }

    private static IEnumerable<JsonText> Less(JsonText tree, int place)
    {
        JsonText? found = null;
        tree.Replace(place, it => found = it);
        var count = found switch { Obj it => it.Members.Count, Arr it => it.Items.Count, _ => 0 };
        for (var i = 0; i < Math.Min(count, 30); i++)
        {
            var left = i;
            yield return tree.Replace(place, it => it switch
            {
                Obj obj => new Obj([.. obj.Members.Where((_, at) => at != left)]),
                Arr arr => new Arr([.. arr.Items.Where((_, at) => at != left)]),
                _ => it,
            });
        }

        if (found is Raw { Text: ['"', .., '"'] text } && text.Length > 20)
            yield return tree.Replace(place, _ => new Raw($"{text[..(text.Length / 2)]}\""));
    }

    private static JsonText? Parsed(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.Latin1.GetBytes(body));
            return Copy(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps texts as they were written.</summary>
    private static JsonText Copy(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new Obj([.. element.EnumerateObject().Select(NamedAsWritten)]),
        JsonValueKind.Array => new Arr([.. element.EnumerateArray().Select(Copy)]),
        _ => new Raw(RawOf(element)),
    };

    private static Member NamedAsWritten(JsonProperty member)
    {
        string name;
        try
        {
            name = Quoted(member.Name);
        }
        catch (InvalidOperationException)
        {
            // A name that is no text: any of its kind will do.
            name = "\"\\ud800\"";
        }

        return new Member(name, Copy(member.Value));
    }

    private static string RawOf(JsonElement element)
    {
        try
        {
            return element.GetRawText() is var text && text.Any(static character => character > 127)
                ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text))
                : text;
        }
        catch (Exception problem) when (problem is InvalidOperationException or DecoderFallbackException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"\"\\ud800\"");
        }
    }
}
