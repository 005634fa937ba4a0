using Aspire.Hosting.Backchannel;

namespace Aspire.Hosting.Tests.Backchannel;

public sealed class AuxiliarySocketFileTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("bch-home").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Name_TellsAppHostAndProcess()
    {
        var path = AuxiliarySocketFile.PathFor(_home, "/home/dev/App/AppHost/AppHost.csproj", 4711);

        Assert.Equal(Path.Combine(_home, ".aspire", "cli", "bch"), Path.GetDirectoryName(path));
        Assert.Matches("^H8_MsSC8JdQ[A-Za-z0-9_-]{8}[.]4711$", Path.GetFileName(path));
    }

    [Fact]
    public void Id_OfALinkedPath_IsThatOfTheRealOne()
    {
        Directory.CreateDirectory(Path.Combine(_home, "real"));
        File.WriteAllText(Path.Combine(_home, "real", "a.csproj"), string.Empty);
        Directory.CreateSymbolicLink(Path.Combine(_home, "link"), Path.Combine(_home, "real"));

        Assert.Equal(AuxiliarySocketFile.IdOf(Path.Combine(_home, "real", "a.csproj")), AuxiliarySocketFile.IdOf(Path.Combine(_home, "link", "a.csproj")));
    }

    [Fact]
    public void Sweep_RemovesOnlySocketsOfDeadProcesses()
    {
        Directory.CreateDirectory(AuxiliarySocketFile.Folder(_home));
        var dead = Touch("abcdefghijk12345678.999999999");
        var alive = Touch($"abcdefghijk12345678.{Environment.ProcessId}");
        var foreign = Touch("notes.txt");

        AuxiliarySocketFile.Sweep(_home);

        Assert.Equal([false, true, true], [File.Exists(dead), File.Exists(alive), File.Exists(foreign)]);
    }

    private string Touch(string name)
    {
        var path = Path.Combine(AuxiliarySocketFile.Folder(_home), name);
        File.WriteAllText(path, string.Empty);
        return path;
    }
}
