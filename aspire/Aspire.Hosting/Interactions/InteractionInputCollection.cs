using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Aspire.Hosting;

/// <summary>Inputs in their order, and by their name; the case of a name doesn't matter.</summary>
[DebuggerDisplay("Count = {Count}")]
public sealed class InteractionInputCollection : IReadOnlyList<InteractionInput>
{
    private readonly OrderedDictionary<string, InteractionInput> _inputs = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="InvalidOperationException">Two inputs have one name.</exception>
    public InteractionInputCollection(IReadOnlyList<InteractionInput> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (var input in inputs)
        {
            if (!_inputs.TryAdd(input.Name, input))
            {
                throw new InvalidOperationException($"Duplicate input name '{input.Name}' found. Input names must be unique.");
            }
        }
    }

    public int Count => _inputs.Count;

    public IEnumerable<string> Names => _inputs.Keys;

    /// <exception cref="KeyNotFoundException">There is no such input.</exception>
    public InteractionInput this[string name] =>
        _inputs.TryGetValue(name, out var input) ? input : throw new KeyNotFoundException($"No input with name '{name}' was found.");

    public InteractionInput this[int index] => _inputs.GetAt(index).Value;

    public bool TryGetByName(string name, [NotNullWhen(true)] out InteractionInput? input) => _inputs.TryGetValue(name, out input);

    public bool ContainsName(string name) => _inputs.ContainsKey(name);

    /// <returns>Null: nothing was entered.</returns>
    /// <exception cref="KeyNotFoundException">There is no such input.</exception>
    public string? GetString(string name) => this[name].Value;

    /// <exception cref="InvalidOperationException">Nothing was entered.</exception>
    /// <exception cref="FormatException">The value is something else.</exception>
    public bool GetBoolean(string name) => bool.Parse(Entered(name));

    /// <inheritdoc cref="GetBoolean"/>
    public int GetInt32(string name) => int.Parse(Entered(name), NumberStyles.Integer, CultureInfo.InvariantCulture);

    /// <inheritdoc cref="GetBoolean"/>
    public double GetDouble(string name) => double.Parse(Entered(name), NumberStyles.Float, CultureInfo.InvariantCulture);

    public InteractionInput[] ToArray() => [.. _inputs.Values];

    public IEnumerator<InteractionInput> GetEnumerator() => _inputs.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal int IndexOf(string name) => _inputs.IndexOf(name);

    private string Entered(string name) => GetString(name) ?? throw new InvalidOperationException($"Input '{name}' does not have a value.");
}
