using Xunit;

namespace Setup.Tests;

/// <summary>The arithmetic of ./test, with a dotnet that builds nothing and whose test projects end in every way there is.</summary>
public class TestSummaryTests
{
    private const string Dotnet = """
        case $1 in
          --list-sdks) echo '10.0.401 [/sdk]' ;;
          --list-runtimes) echo 'Microsoft.AspNetCore.App 10.0.12 [/shared]' ;;
          build) [[ ! -e broken ]] || { echo 'Program.cs(1,1): error CS0001: broken'; exit 1; } ;;
          *)
            name=$(basename "$1" .dll)
            while [[ $1 != -xml ]]; do shift; done
            result() { echo "<assemblies><assembly name=\"$name\" errors=\"${4:-0}\" failed=\"$2\" not-run=\"0\" passed=\"$1\" skipped=\"$3\" total=\"9\" />" >"$xml"; }
            xml=$2
            case $name in
              Good.Tests) result 5 0 0 ;;
              Bad.Tests)
                result 2 1 1
                printf '    A.Skipped [SKIP]\n      no screen\nnoise\n    A.Fails [STARTING]\n    A.Fails [FAIL]\n      Expected: 1\n    A.Fails [FINISHED] Time: 0.1s\n'
                exit 1 ;;
              Crash.Tests)
                printf '    A.Ends [STARTING]\n    A.Ends [FINISHED] Time: 0.1s\n    A.Dies [STARTING]\nSegmentation fault\n'
                kill -SEGV $$ ;;
              Gone.Tests) exit 0 ;;
              Cleanup.Tests) result 3 0 0 1; echo 'a fixture did not end'; exit 1 ;;
              Hangs.Tests) printf '    A.Waits [STARTING]\n'; exec tail -f /dev/null ;;
            esac ;;
        esac
        """;

    [Theory]
    [InlineData(0, "5 passed, 0 failed, 0 skipped", "Good")]
    [InlineData(1, "7 passed, 1 failed, 1 skipped", "Good", "Bad")]
    [InlineData(1, "5 passed, 1 failed, 0 skipped", "Good", "Crash")]
    [InlineData(1, "5 passed, 1 failed, 0 skipped", "Good", "Gone")]
    [InlineData(1, "3 passed, 1 failed, 0 skipped", "Cleanup")]
    [InlineData(1, "10 passed, 4 failed, 1 skipped", "Good", "Bad", "Crash", "Gone", "Cleanup")]
    public async Task Results_OfAllProjects_AddUpInTheLastLine(int exitCode, string last, params string[] projects)
    {
        var result = await Test(projects);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.EndsWith("\n" + last + "\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailedAndSkippedTests_AreNamedWithTheirReasons()
    {
        var result = await Test(["Bad"]);

        Assert.Equal(
            """
            Bad.Tests: 2 passed, 1 failed, 1 skipped
                A.Skipped [SKIP]
                  no screen
                A.Fails [FAIL]
                  Expected: 1
            2 passed, 1 failed, 1 skipped

            """,
            result.Output);
    }

    [Fact]
    public async Task Crash_NamesTheTestThatWasRunning()
    {
        var result = await Test(["Crash"]);

        Assert.Contains("ended with exit code 139 before it reported a result", result.Output, StringComparison.Ordinal);
        Assert.Contains("was running: A.Dies\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("A.Ends", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProjectThatHangs_IsStoppedAtItsLimitAndFails()
    {
        var result = await Test(["Good", "Hangs"], ("TEST_MINUTES", "0.01"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Hangs.Tests took longer than 0.01 minutes and was stopped", result.Output, StringComparison.Ordinal);
        Assert.Contains("was running: A.Waits", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n5 passed, 1 failed, 0 skipped\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_Fails_ShowsTheErrorAndCountsAsAFailure()
    {
        var result = await Test(["Good"], broken: true);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error CS0001: broken", result.Messages, StringComparison.Ordinal);
        Assert.EndsWith("\n0 passed, 1 failed, 0 skipped\n", result.Output, StringComparison.Ordinal);
    }

    private static Task<ScriptResult> Test(string[] projects, params (string, string?)[] settings) => Test(projects, broken: false, settings);

    private static async Task<ScriptResult> Test(string[] projects, bool broken, params (string, string?)[] settings)
    {
        using var folder = ScriptFolder.Bare();
        folder.Replace("dotnet", Dotnet);
        await File.WriteAllLinesAsync(
            Path.Combine(folder.Root, "App.sln"),
            projects.Select(name => $"Project(\"{{F}}\") = \"{name}.Tests\", \"tests\\{name}.Tests\\{name}.Tests.csproj\", \"{{G}}\""),
            TestContext.Current.CancellationToken);
        if (broken)
            await File.WriteAllTextAsync(Path.Combine(folder.Root, "broken"), "", TestContext.Current.CancellationToken);
        using var running = folder.Start("test", [], [("ASPIRE_DCP_PATH", "/own"), ("ASPIRE_DASHBOARD_PATH", "/own"), .. settings]);
        return await running.Result();
    }
}
