using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Parameters;

/// <summary>The user secrets can't be read or written; the message names the file and the remedy.</summary>
internal sealed class UserSecretsException(string message, Exception innerException) : DistributedApplicationException(message, innerException);

/// <summary>
/// The file in which an AppHost keeps what it made up for itself. The format is that of <c>dotnet user-secrets</c>: one flat object, indented,
/// UTF-8 with a byte order mark. Two AppHosts may write at once; a crash leaves the old or the new content.
/// </summary>
/// <param name="path">Null: the AppHost has no user secrets; nothing is kept between runs.</param>
internal sealed class UserSecretsStore(string? path)
{
    private static readonly TimeSpan s_lockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(25);
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _unkept = [];

    public bool IsAvailable => path is not null;

    public string? Path => path;

    /// <summary>The value that is there, or a new one that is there from now on. Whoever comes first decides.</summary>
    /// <exception cref="UserSecretsException">The file can't be read or written.</exception>
    public string GetOrAdd(string key, Func<string> create)
    {
        if (path is null)
        {
            lock (_lock)
            {
                return _unkept.TryGetValue(key, out var known) ? known : _unkept[key] = create();
            }
        }

        string? value = null;
        if (Find(key) is { } present)
        {
            return present;
        }

        Change(secrets =>
        {
            value = TextOf(secrets[key]);
            if (value is null)
            {
                value = create();
                secrets[key] = value;
                return true;
            }

            return false;
        });
        return value!;
    }

    /// <returns>Null: the file doesn't have it, or there is no file.</returns>
    /// <exception cref="UserSecretsException">The file can't be read.</exception>
    public string? Find(string key) => Guard(() => TextOf(Read()[key]));

    /// <summary>Finds out before anything starts whether a value could be kept; changes nothing.</summary>
    /// <exception cref="UserSecretsException">The file can't be read or written.</exception>
    public void EnsureWritable() => Change(_ =>
    {
        using var probe = new FileStream($"{path}.{Environment.ProcessId}.tmp", FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        return false;
    });

    /// <exception cref="UserSecretsException">The file can't be read or written.</exception>
    public void Set(string key, string value) => Change(secrets =>
    {
        secrets[key] = value;
        return true;
    });

    /// <returns>False: it was not there.</returns>
    /// <exception cref="UserSecretsException">The file can't be read or written.</exception>
    public bool Remove(string key)
    {
        var removed = false;
        Change(secrets => removed = secrets.Remove(key));
        return removed;
    }

    private static string? TextOf(JsonNode? node) => node?.GetValueKind() is null or JsonValueKind.Null ? null : node.ToString();

    /// <param name="change">False: nothing to write.</param>
    private void Change(Func<JsonObject, bool> change)
    {
        if (path is null)
        {
            return;
        }

        Guard<object?>(() =>
        {
            CreateFolder(System.IO.Path.GetDirectoryName(path)!);
            using var exclusive = AcquireLock();
            var secrets = Read();
            if (change(secrets))
            {
                Write(secrets);
            }

            return null;
        });
    }

    /// <summary>Other processes are kept out by a lock file that stays: removing it would let two of them hold different files of that name.</summary>
    private FileStream AcquireLock()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (IsHeldByAnother(exception) && TimeProvider.System.GetElapsedTime(started) < s_lockTimeout)
            {
                using var pause = new ManualResetEventSlim();
                pause.Wait(s_lockRetry);
            }
        }
    }

    /// <summary>EWOULDBLOCK on Linux (11) and macOS (35), a sharing violation on Windows.</summary>
    private static bool IsHeldByAnother(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Nested objects, which some editors write, count as keys with colons.</summary>
    private JsonObject Read()
    {
        var flat = new JsonObject();
        if (path is null || !File.Exists(path) || File.ReadAllText(path) is not { } text || string.IsNullOrWhiteSpace(text))
        {
            return flat;
        }

        if (JsonNode.Parse(text, documentOptions: s_lenient) is not JsonObject root)
        {
            throw new JsonException("The file must hold one JSON object.");
        }

        Flatten(root, prefix: string.Empty, flat);
        return flat;
    }

    private static void Flatten(JsonNode? node, string prefix, JsonObject flat)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } nested:
                foreach (var (name, value) in nested)
                {
                    Flatten(value, prefix.Length == 0 ? name : $"{prefix}:{name}", flat);
                }

                break;
            case JsonArray { Count: > 0 } array:
                for (var i = 0; i < array.Count; i++)
                {
                    Flatten(array[i], string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}:{i}"), flat);
                }

                break;
            default:
                if (prefix.Length > 0)
                {
                    flat[prefix] = node?.DeepClone();
                }

                break;
        }
    }

    private void Write(JsonObject secrets)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, PrivateFile()))
            {
                stream.Write(Encoding.UTF8.Preamble);
                stream.Write(Encoding.UTF8.GetBytes(secrets.ToJsonString(s_indented)));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path!, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static FileStreamOptions PrivateFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (JsonException exception)
        {
            throw new UserSecretsException($"The user secrets file '{path}' is not valid JSON and was left as it is: {exception.Message} Correct or remove it.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserSecretsException($"The user secrets file '{path}' can't be read or written: {exception.Message} Make the file and its folder writable for this user.", exception);
        }
    }
}
