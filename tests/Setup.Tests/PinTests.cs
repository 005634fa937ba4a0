using System.Text.Json;
using System.Xml.Linq;
using Xunit;

namespace Setup.Tests;

public class PinTests
{
    private const string Package = "@microsoft/aspire-cli-linux-x64";

    internal static string Version() =>
        JsonDocument.Parse(Pin("package.json")).RootElement.GetProperty("dependencies").GetProperty(Package).GetString()!;

    [Fact]
    public void CommandLine_HasTheVersionOfThePackages()
    {
        var central = XDocument.Load(Path.Combine(ScriptFolder.RepositoryRoot(), "Directory.Packages.props"));

        Assert.Equal(central.Descendants("AspireVersion").Single().Value, Version());
    }

    [Fact]
    public void LockFile_PinsTheArchiveAndNamesNoRegistry()
    {
        var text = Pin("package-lock.json");
        var entry = JsonDocument.Parse(text).RootElement.GetProperty("packages").GetProperty("node_modules/" + Package);

        Assert.Equal(Version(), entry.GetProperty("version").GetString());
        Assert.StartsWith("sha512-", entry.GetProperty("integrity").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("resolved", text, StringComparison.Ordinal);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
    }

    private static string Pin(string name) => File.ReadAllText(Path.Combine(ScriptFolder.RepositoryRoot(), "eng", "aspire-cli", name));
}
