using System.Text.Json;
using System.Text.RegularExpressions;

namespace Slipway.Api;

/// <summary>Takes the fields of a JSON object one by one and notes every error by its JSON path, so that a client learns of all at once.</summary>
/// <remarks>What has an error is returned as an empty value, which the caller must not use: the request is refused as a whole.</remarks>
internal sealed partial class JsonInput
{
    /// <summary>No more errors are noted: a hostile body must not make a huge answer.</summary>
    private const int MaxErrors = 100;

    private readonly Dictionary<string, JsonElement> _fields = [];
    private readonly Dictionary<string, List<string>> _errors;
    private readonly string _path;

    public JsonInput(JsonElement root)
        : this(root, "$", [])
    {
    }

    private JsonInput(JsonElement element, string path, Dictionary<string, List<string>> errors)
    {
        (_path, _errors) = (path, errors);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Add(path, "must be an object");
            IsObject = false;
            return;
        }

        foreach (var field in element.EnumerateObject())
        {
            if (NameOf(field) is { } name)
            {
                _fields[name] = field.Value;
            }
            else
            {
                Add(path, "has a field whose name is not a text");
            }
        }
    }

    public IReadOnlyDictionary<string, string[]> Errors => _errors.ToDictionary(error => error.Key, error => error.Value.ToArray());

    private bool IsObject { get; } = true;

    /// <summary>A required text, trimmed.</summary>
    /// <param name="name">Of the field.</param>
    /// <param name="maxLength">In UTF-16 code units.</param>
    /// <param name="form">Null accepts any text that isn't blank.</param>
    /// <param name="rule">Says the form in words.</param>
    public string Text(string name, int maxLength, Regex? form = null, string rule = "must not be blank") =>
        Take(name, required: true) is { } element ? Checked(name, element, maxLength, form, rule) : "";

    /// <summary>Null when absent or null.</summary>
    public string? OptionalText(string name, int maxLength, Regex? form = null, string rule = "must not be blank") =>
        Take(name, required: false) is { } element ? Checked(name, element, maxLength, form, rule) : null;

    /// <summary>A text that may be blank, and is empty when absent.</summary>
    public string FreeText(string name, int maxLength) =>
        Take(name, required: false) is not { } element ? ""
        : element.ValueKind == JsonValueKind.String && TextOf(element) is "" ? ""
        : Checked(name, element, maxLength, form: null, "must not be blank but may be empty");

    /// <summary>Null when absent or null.</summary>
    public int? OptionalInteger(string name, int min, int max)
    {
        if (Take(name, required: false) is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Add(Path(name), $"must be an integer from {min} to {max}");
        return null;
    }

    public T? Choice<T>(string name, IReadOnlyCollection<T> choices)
        where T : struct, Enum
    {
        if (Take(name, required: true) is not { } element)
        {
            return null;
        }

        var choice = element.ValueKind == JsonValueKind.String && TextOf(element) is { } text ? ApiJson.Parse<T>(text) : null;
        if (choice is { } known && choices.Contains(known))
        {
            return known;
        }

        Add(Path(name), $"must be one of: {string.Join(", ", choices.Select(ApiJson.Name))}");
        return null;
    }

    /// <summary>A point in time with its offset (RFC 3339), to the microsecond; null when absent or null.</summary>
    public DateTimeOffset? OptionalInstant(string name)
    {
        if (Take(name, required: false) is not { } element)
        {
            return null;
        }

        // The parser alone would take a time without an offset for one of the server's own zone.
        if (element.ValueKind == JsonValueKind.String && TextOf(element) is { Length: <= 40 } text && Instant().IsMatch(text) && element.TryGetDateTimeOffset(out var instant))
        {
            var utc = instant.ToUniversalTime();
            return utc.AddTicks(-(utc.Ticks % TimeSpan.TicksPerMicrosecond));
        }

        Add(Path(name), "must be a time such as 2030-01-31T12:00:00Z");
        return null;
    }

    /// <summary>A required array of some of the choices, each at most once; in the order of the choices.</summary>
    public IReadOnlyList<string> Choices(string name, IReadOnlyList<string> choices)
    {
        if (Take(name, required: true) is not { } element)
        {
            return [];
        }

        var chosen = element.ValueKind == JsonValueKind.Array && element.GetArrayLength() <= choices.Count
            ? element.EnumerateArray().Select(static item => item.ValueKind == JsonValueKind.String ? TextOf(item) : null).ToArray()
            : [];
        if (chosen.Length == 0 || chosen.Distinct(StringComparer.Ordinal).Count() != chosen.Length || chosen.Any(choice => !choices.Contains(choice)))
        {
            Add(Path(name), $"must be an array with one or more of: {string.Join(", ", choices)}");
            return [];
        }

        return [.. choices.Where(choice => chosen.Contains(choice))];
    }

    /// <summary>A required array of objects.</summary>
    public IReadOnlyList<T> Items<T>(string name, int min, int max, Func<JsonInput, T> read)
    {
        if (Take(name, required: true) is not { } element)
        {
            return [];
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < min || element.GetArrayLength() > max)
        {
            Add(Path(name), $"must be an array of {min} to {max} objects");
            return [];
        }

        var items = new List<T>();
        foreach (var item in element.EnumerateArray())
        {
            var input = new JsonInput(item, $"{Path(name)}[{items.Count}]", _errors);
            items.Add(input.IsObject ? read(input) : default!);
        }

        return items;
    }

    /// <summary>An error that concerns a field beyond its own form.</summary>
    public void Refuse(string name, string rule) => Add(Path(name), rule);

    /// <summary>An error that concerns an item of an array beyond its own form.</summary>
    public void RefuseItem(string name, int index, string rule) => Add($"{Path(name)}[{index}]", rule);

    /// <summary>To be called last: what was not taken is unknown.</summary>
    public void RefuseOthers()
    {
        foreach (var name in _fields.Keys)
        {
            Add(Path(name), "is not a field of this request");
        }
    }

    private string Checked(string name, JsonElement element, int maxLength, Regex? form, string rule)
    {
        if (element.ValueKind != JsonValueKind.String || TextOf(element) is not { } text)
        {
            Add(Path(name), "must be a text");
            return "";
        }

        text = text.Trim();
        if (text.Length > maxLength)
        {
            Add(Path(name), $"must have at most {maxLength} characters");
        }
        else if (text.Contains('\0') || (form is null ? text.Length == 0 : !form.IsMatch(text)))
        {
            Add(Path(name), text.Contains('\0') ? "must not contain the character U+0000" : rule);
        }

        return text;
    }

    /// <summary>Null for a lone surrogate, which is no character and fits no database.</summary>
    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Null as with <see cref="TextOf"/>, and for bytes that are no UTF-8.</summary>
    private static string? NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private JsonElement? Take(string name, bool required)
    {
        if (_fields.Remove(name, out var element) && element.ValueKind != JsonValueKind.Null)
        {
            return element;
        }

        if (required && IsObject)
        {
            Add(Path(name), "is required");
        }

        return null;
    }

    private string Path(string name) => name.Length <= 64 && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
        ? $"{_path}.{name}"
        : $"{_path}[{JsonSerializer.Serialize(name.Length <= 64 ? name : name[..64] + "…")}]";

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$")]
    private static partial Regex Instant();

    private void Add(string path, string message)
    {
        if (_errors.Count < MaxErrors)
        {
            (_errors.TryGetValue(path, out var messages) ? messages : _errors[path] = []).Add(message);
        }
    }
}
