using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Xunit;

[assembly: SupportedOSPlatform("linux")]

namespace Setup.Tests;

/// <summary>
/// A copy of the scripts in a folder of its own, with a search path of its own: the programs below, but for what a test hides or replaces.
/// </summary>
internal sealed class ScriptFolder : IDisposable
{
    /// <summary>What the scripts may call on any Debian, and .NET. No apt-get: a test installs nothing.</summary>
    private static readonly string[] s_programs =
    [
        "awk", "basename", "bash", "cat", "chmod", "cksum", "cp", "cut", "dirname", "env", "find", "flock", "grep", "head", "id", "ln", "mkdir", "mktemp", "mv",
        "nproc", "paste", "readlink", "rm", "sed", "setpriv", "sh", "sha256sum", "sort", "tail", "timeout", "touch", "tr", "uname",
        "dotnet", "node",
    ];

    private readonly string _programs;

    private ScriptFolder(string path)
    {
        Root = path;
        _programs = Path.Combine(path, "programs");
        Directory.CreateDirectory(_programs);
        Directory.CreateDirectory(Home);
        foreach (var file in new[] { "run", "test", "Directory.Packages.props", "global.json", "App.sln" })
            File.Copy(Path.Combine(RepositoryRoot(), file), Path.Combine(path, file));
        Copy("eng");
        foreach (var program in s_programs)
        {
            if (SearchPath().Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists) is { } found)
                File.CreateSymbolicLink(Path.Combine(_programs, program), found);
        }

        // Looked for, never called.
        foreach (var program in new[] { "chromium", "initdb", "postgres", "redis-server" })
            Replace(program, "exit 1");
    }

    public string Root { get; private set; }

    public string Home => Path.Combine(Root, "home");

    public string Tools => Path.Combine(Root, ".tools", "aspire");

    /// <summary>One line for each call of the npm that <see cref="ReplaceNpm"/> put in place.</summary>
    public string NpmCalls => Path.Combine(Root, "npm-calls");

    /// <summary>A folder without tools, which any user can read.</summary>
    public static ScriptFolder Bare() => new(Directory.CreateTempSubdirectory("slipway-setup-").FullName);

    /// <summary>A folder with the tools of this repository as hard links; the scripts replace files and never write into them.</summary>
    public static ScriptFolder WithTools()
    {
        var installed = Path.Combine(RepositoryRoot(), ".tools", "aspire");
        Assert.SkipUnless(File.Exists(Path.Combine(installed, "stamp")), "The tools are not installed here; ./test installs them.");
        // Beside the tools: a hard link can't leave its file system.
        var path = Path.Combine(RepositoryRoot(), "artifacts", "setup-tests", Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        var folder = new ScriptFolder(path);
        Directory.CreateDirectory(Path.Combine(path, ".tools"));
        using var copy = Process.Start("cp", ["-al", installed, folder.Tools]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
        folder.ReplaceNpm($"""
            mkdir -p node_modules/@microsoft/aspire-cli-linux-x64/bin
            cp -pl '{installed}/bin/aspire' node_modules/@microsoft/aspire-cli-linux-x64/bin/aspire
            """);
        return folder;
    }

    public void Hide(params string[] programs)
    {
        foreach (var program in programs)
            File.Delete(Path.Combine(_programs, program));
    }

    public void Replace(string program, string script)
    {
        var path = Path.Combine(_programs, program);
        File.Delete(path);
        File.WriteAllText(path, $"#!/bin/bash\n{script}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    public void ReplaceNpm(string script) => Replace("npm", $"echo \"$*\" >>'{NpmCalls}'\n{script}");

    public void Move(string name)
    {
        var target = Path.Combine(Path.GetDirectoryName(Root)!, name + Path.GetRandomFileName());
        Directory.Move(Root, target);
        Root = target;
    }

    /// <summary>Starts a script of the folder; settings without a value are taken out of the environment.</summary>
    public RunningScript Start(string script, string[] arguments, params (string Name, string? Value)[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(Root, script), arguments) { WorkingDirectory = Root };
        foreach (var name in new[] { "AspirePackages", "AppHost__Servers", "ASPIRE_DCP_PATH", "ASPIRE_DASHBOARD_PATH", "TEST_JOBS", "TEST_MINUTES" })
            start.Environment.Remove(name);
        start.Environment["PATH"] = Path.Combine(Root, "programs");
        start.Environment["HOME"] = Home;
        start.Environment["AspirePackages"] = "false";
        foreach (var (name, value) in settings)
        {
            start.Environment.Remove(name);
            if (value is not null)
                start.Environment[name] = value;
        }

        return new RunningScript(start);
    }

    public Task<ScriptResult> Run(string script, params (string Name, string? Value)[] settings) => Start(script, [], settings).Result();

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static string RepositoryRoot([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    private static string[] SearchPath() => Environment.GetEnvironmentVariable("PATH")!.Split(':');

    private void Copy(string name)
    {
        using var copy = Process.Start("cp", ["-r", Path.Combine(RepositoryRoot(), name), Root]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }
}

internal sealed record ScriptResult(int ExitCode, string Output, string Messages);

/// <summary>A script under way; ended, if it still runs, when it is disposed of.</summary>
internal sealed class RunningScript : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _messages;

    public RunningScript(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        _messages = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public int Id => _process.Id;

    public async Task<ScriptResult> Result()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(_process.ExitCode, await _output, await _messages);
    }

    /// <summary>Waits for the process alone: something that it started may still hold its output.</summary>
    public async Task<int> ExitCode()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
