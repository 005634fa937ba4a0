namespace Slipway.AppHost.Tests;

/// <summary>A shell script in the place of a program.</summary>
internal sealed class FakeProgram : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slipway-fake-");

    public FakeProgram(string name, string script)
    {
        File = System.IO.Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllText(File, $"#!/bin/sh\n{script}\n");
        foreach (var path in OperatingSystem.IsWindows() ? [] : new[] { File, _folder.FullName })
        {
            System.IO.File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>Full path of the script.</summary>
    public string File { get; }

    /// <summary>A search path that finds the script before all else.</summary>
    public string Path => $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";

    public void Dispose() => _folder.Delete(recursive: true);
}
