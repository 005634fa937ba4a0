using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Dashboard;

/// <summary>Keys that are made once and kept in the AppHost's user secrets.</summary>
internal sealed class UserSecretKeeper(IConfigurationManager configuration, string? userSecretsId)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The configured value; otherwise a new one, kept when the AppHost has a UserSecretsId and its file can be written.</summary>
    public string GetOrCreate(string key, Func<string> create)
    {
        if (configuration[key] is { Length: > 0 } configured)
        {
            return configured;
        }

        var value = create();
        configuration.AddInMemoryCollection([new(key, value)]);
        if (userSecretsId is not null)
        {
            TryKeep(PathHelper.GetSecretsPathFromSecretsId(userSecretsId), key, value);
        }

        return value;
    }

    /// <summary>Without a writable home the key lives for one run, which costs nothing but old browser tabs.</summary>
    private static void TryKeep(string path, string key, string value)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var secrets = File.Exists(path)
                ? JsonSerializer.Deserialize<SortedDictionary<string, JsonElement>>(File.ReadAllText(path)) ?? []
                : [];
            secrets[key] = JsonSerializer.SerializeToElement(value);
            var temporary = $"{path}.{Environment.ProcessId}";
            File.WriteAllText(temporary, JsonSerializer.Serialize(secrets, s_json), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
        }
    }
}
