using System.Collections.Concurrent;
using System.Text.Json;
using Slipway.Hostile.Tests.Harness;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>What was said to have been made, to be compared with what is in the database.</summary>
internal sealed class Acknowledged
{
    public ConcurrentDictionary<string, byte> Applications { get; } = new();

    public ConcurrentDictionary<string, byte> Releases { get; } = new();

    public ConcurrentDictionary<string, byte> Keys { get; } = new();

    /// <param name="operation">That answered.</param>
    /// <param name="answer">Of any status.</param>
    public void Note(Operation? operation, RawAnswer answer)
    {
        if (answer.Status != 201 || operation is null)
            return;
        using var document = JsonDocument.Parse(answer.Body);
        var root = document.RootElement;
        switch (operation.Id)
        {
            case "RegisterApplication":
                Applications.TryAdd(root.GetProperty("name").GetString()!, 0);
                break;
            case "RecordRelease":
                Releases.TryAdd(answer.Header("Location")!, 0);
                break;
            case "RecordReleases":
                foreach (var item in root.GetProperty("items").EnumerateArray().Where(static item => item.GetProperty("outcome").GetString() == "recorded"))
                    Releases.TryAdd(item.GetProperty("location").GetString()!, 0);
                break;
            case "CreateKey":
                Keys.TryAdd(root.GetProperty("key").GetProperty("prefix").GetString()!, 0);
                break;
            default:
                throw new NotSupportedException($"{operation.Id} answered 201: what did it make?");
        }
    }
}
