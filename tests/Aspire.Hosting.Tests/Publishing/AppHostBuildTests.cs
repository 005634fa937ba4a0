using Aspire.Hosting.Tests.Golden;

namespace Aspire.Hosting.Tests.Publishing;

/// <summary>What the build logic of Aspire.Hosting.AppHost makes of a project, seen on a program of our own.</summary>
public sealed class AppHostBuildTests(GoldenPrograms programs)
{
    [Fact]
    public async Task Build_ProjectNamesThatAreNoClassNames_BecomeClassNames()
    {
        var (_, lines) = await DescribeAsync();
        Assert.Contains("classes=My_Web_App2__3D Own_Names_9_AppHost _7Seas", lines);
    }

    [Fact]
    public async Task Build_ReferencedProject_KnowsItsPathAndNeedsNoBuild()
    {
        var (program, lines) = await DescribeAsync();
        Assert.Contains($"nine={program.Apps}/{OwnProgram.Name}/7Seas/7Seas.csproj True", lines);
        Assert.Contains($"host={program.Folder}", lines);
    }

    [Fact]
    public async Task Build_ReferenceThatIsNoResource_IsCompiledAgainst()
    {
        var (_, lines) = await DescribeAsync();
        Assert.Contains("shelf=Shelf", lines);
    }

    [Fact]
    public async Task Build_AppHost_CarriesItsMetadata()
    {
        var (program, lines) = await DescribeAsync();
        var own = $"{program.Apps}/{OwnProgram.Name}";
        var bundle = Path.Combine(GoldenData.Repository, ".tools", "aspire", "bundle");
        Assert.Contains($"apphostprojectpath={program.Folder}", lines);
        Assert.Contains("apphostprojectname=Own.Names-9.AppHost", lines);
        Assert.Contains($"dcpclipath={bundle}/dcp/dcp", lines);
        Assert.Contains($"aspiredashboardpath={bundle}/managed/aspire-managed", lines);
        Assert.Contains($"aspireprojecttarget:{own}/7Seas/7Seas.csproj={own}/7Seas/bin/Debug/net10.0/7Seas.dll", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith($"aspireprojecttarget:{own}/Shelf", StringComparison.Ordinal));
        Assert.Contains("secrets=own-program-of-the-tests", lines);
    }

    [Fact]
    public async Task Manifest_OwnProgram_IsTheExpectedText()
    {
        var program = await programs.GetAsync(OwnProgram.Name, TestContext.Current.CancellationToken);
        var result = await ManifestRun.PublishAsync(program, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Equal(ExpectedManifest, await File.ReadAllTextAsync(ManifestRun.PathIn(program), TestContext.Current.CancellationToken));
    }

    private async Task<(GoldenProgram Program, string[] Lines)> DescribeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var program = await programs.GetAsync(OwnProgram.Name, cancellationToken);
        var result = await ToolProcess.RunAsync("dotnet", [program.AppHost, "--describe"], program.Folder, null, TimeSpan.FromSeconds(30), cancellationToken);
        Assert.True(result.ExitCode == 0, result.Output);
        return (program, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private const string ExpectedManifest = """
        {
          "resources": {
            "nine": {
              "type": "project.v0",
              "path": "../7Seas/7Seas.csproj",
              "env": {
                "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY": "in_memory",
                "ASPNETCORE_FORWARDEDHEADERS_ENABLED": "true",
                "HTTP_PORTS": "{nine.bindings.admin.targetPort}",
                "PORT": "{nine.bindings.http.targetPort}"
              },
              "bindings": {
                "http": {
                  "scheme": "http",
                  "protocol": "tcp",
                  "transport": "http"
                },
                "admin": {
                  "scheme": "http",
                  "protocol": "tcp",
                  "transport": "http",
                  "targetPort": 8000
                }
              }
            },
            "UPPER-Web": {
              "type": "project.v0",
              "path": "../My.Web-App2.3D/My.Web-App2.3D.csproj",
              "env": {
                "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY": "in_memory",
                "NINE_HTTP": "{nine.bindings.http.url}",
                "services__nine__http__0": "{nine.bindings.http.url}",
                "NINE_ADMIN": "{nine.bindings.admin.url}",
                "services__nine__admin__0": "{nine.bindings.admin.url}"
              }
            }
          }
        }
        """;
}
