using System.Text.Json;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// What the orchestrator itself says about a resource. A raw line is
/// <c>2026-11-21T12:06:35.947Z␉info␉ExecutableReconciler␉Starting process...␉{"Cmd": "/bin/x", "Args": []}</c>.
/// </summary>
internal static class DcpSystemLog
{
    private const string Prefix = "[sys] ";

    /// <summary>Fields of the JSON part that are shown, with their labels.</summary>
    private static readonly (string Key, string Label)[] s_fields =
        [("Cmd", "Cmd"), ("Args", "Args"), ("ContainerName", "ContainerName"), ("ContainerID", "ContainerId"), ("error", "Error")];

    /// <returns>Time stamp, the message with its fields, and whether it is an error.</returns>
    public static (string Text, bool IsError) Format(string line)
    {
        var parts = line.Split('\t', 5);
        if (parts.Length < 4)
        {
            return (line, false);
        }

        var fields = parts.Length == 5 ? Fields(parts[4]) : string.Empty;
        return ($"{parts[0]} {Prefix}{parts[3]}{(fields.Length == 0 ? string.Empty : ": ")}{fields}", parts[1] == "error");
    }

    private static string Fields(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return string.Join(", ", s_fields
                .Where(f => document.RootElement.TryGetProperty(f.Key, out _))
                .Select(f => $"{f.Label} = {document.RootElement.GetProperty(f.Key)}"));
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
