namespace Slipway.AppHost.Tests;

/// <summary>A data folder for local servers that ends with the test, so that tests never touch a developer's data.</summary>
public sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("slipway-data-").FullName;

    /// <summary>No user secrets of the developer either: the passwords are the test's own.</summary>
    public string[] AppHostArguments =>
    [
        $"--AppHost:DataPath={Path}", "--Parameters:postgres-password=test-postgres-password", "--Parameters:cache-password=test-cache-password",
    ];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
