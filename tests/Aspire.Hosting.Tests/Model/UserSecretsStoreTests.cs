using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Parameters;

namespace Aspire.Hosting.Tests.Model;

public sealed class UserSecretsStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string FilePath => Path.Combine(_folder, "id", "secrets.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void File_IsFlatIndentedAndHasAByteOrderMark()
    {
        var store = new UserSecretsStore(FilePath);

        store.Set("Parameters:a", "x+y");
        store.Set("AppHost:OtlpApiKey", "k");

        var expected = "{\n  \"Parameters:a\": \"x+y\",\n  \"AppHost:OtlpApiKey\": \"k\"\n}".ReplaceLineEndings();
        Assert.Equal([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(expected)], File.ReadAllBytes(FilePath));
        Assert.Equal(["secrets.json", "secrets.json.lock"], Directory.GetFiles(Path.GetDirectoryName(FilePath)!).Select(Path.GetFileName).Order());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        }
    }

    [Fact]
    public void File_WithOtherKeys_KeepsThem()
    {
        Write("""{ "Own": { "Nested": "1", "List": ["a", "b"] }, "Number": 5, /* comment */ "Parameters:p": "kept", }""");

        new UserSecretsStore(FilePath).Set("new", "value");

        var secrets = JsonNode.Parse(File.ReadAllText(FilePath))!.AsObject();
        Assert.Equal(["Own:Nested", "Own:List:0", "Own:List:1", "Number", "Parameters:p", "new"], secrets.Select(s => s.Key));
        Assert.Equal("5", secrets["Number"]!.ToJsonString());
    }

    [Fact]
    public void Value_ThatIsThere_IsNotReplaced()
    {
        Write("""{ "Parameters:p": "first" }""");

        Assert.Equal("first", new UserSecretsStore(FilePath).GetOrAdd("Parameters:p", () => throw new InvalidOperationException("Not needed.")));
    }

    [Fact]
    public void Value_ThatIsRemoved_LeavesTheOthers()
    {
        Write("""{ "a": "1", "b": "2" }""");
        var store = new UserSecretsStore(FilePath);

        Assert.True(store.Remove("a"));
        Assert.False(store.Remove("a"));
        Assert.Equal((null, "2"), (store.Find("a"), store.Find("b")));
    }

    [Fact]
    public async Task AppHosts_ThatWriteAtOnce_LoseNothingAndAgree()
    {
        const int writers = 8;
        const int keys = 10;
        var shared = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() =>
        {
            var store = new UserSecretsStore(FilePath);
            for (var i = 0; i < keys; i++)
            {
                store.Set($"{writer}:{i}", "x");
            }

            return store.GetOrAdd("shared", () => $"of {writer}");
        })));

        Assert.Single(shared.Distinct());
        Assert.Equal((writers * keys) + 1, JsonNode.Parse(File.ReadAllText(FilePath))!.AsObject().Count);
    }

    [Fact]
    public void File_ThatIsNotJson_IsLeftAsItIs()
    {
        Write("{ half");

        var exception = Assert.Throws<UserSecretsException>(() => new UserSecretsStore(FilePath).Set("a", "b"));

        Assert.StartsWith($"The user secrets file '{FilePath}' is not valid JSON and was left as it is", exception.Message, StringComparison.Ordinal);
        Assert.Equal("{ half", File.ReadAllText(FilePath));
    }

    [Fact]
    public void GeneratedValue_ThatCannotBeKept_NamesParameterFileAndRemedy()
    {
        var blocked = Path.Combine(_folder, "file");
        File.WriteAllText(blocked, "not a folder");
        var path = Path.Combine(blocked, "secrets.json");
        var given = new UserSecretsParameterDefault(new UserSecretsStore(path), "pg-password", new GenerateParameterDefault { MinLength = 22 });

        Assert.ThrowsAny<DistributedApplicationException>(given.EnsureCanBeKept);
        var exception = Assert.ThrowsAny<DistributedApplicationException>(given.GetDefaultValue);

        Assert.Contains("parameter 'pg-password' could not be kept", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{path}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Make the file and its folder writable", exception.Message, StringComparison.Ordinal);
        Assert.Contains("configuration key 'Parameters:pg-password', environment variable 'Parameters__pg_password'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BeforeTheStart_WritesNothing()
    {
        new UserSecretsParameterDefault(new UserSecretsStore(FilePath), "p", new GenerateParameterDefault { MinLength = 22 }).EnsureCanBeKept();

        Assert.Equal(["secrets.json.lock"], Directory.GetFiles(Path.GetDirectoryName(FilePath)!).Select(Path.GetFileName));
    }

    [Fact]
    public void GeneratedValue_WithoutUserSecrets_LastsForTheRun()
    {
        var store = new UserSecretsStore(path: null);

        var first = store.GetOrAdd("a", () => "1");

        Assert.Equal((first, false), (store.GetOrAdd("a", () => "2"), store.IsAvailable));
    }

    private void Write(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);
    }
}
