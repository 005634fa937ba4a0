using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

public class NameTests
{
    [Theory]
    [InlineData("api", "api")]
    [InlineData("back-end", "back_end")]
    [InlineData("1st-db", "_1st_db")]
    [InlineData("a.b c", "a_b_c")]
    [InlineData("", "_")]
    public void EnvironmentName_OfAnyText_IsAnIdentifier(string name, string expected) => Assert.Equal(expected, EnvironmentNames.Encode(name));

    [Theory]
    [InlineData("a")]
    [InlineData("Api-2")]
    [InlineData("a-b-c")]
    public void ResourceName_ByTheRules_IsAccepted(string name) => Assert.NotNull(TestModel.Run().AddExecutable(name, "sleep", "."));

    [Fact]
    public void ResourceName_OfSixtyFourCharacters_IsAcceptedForAProjectToo()
    {
        var name = new string('a', 64);
        var builder = TestModel.Run();

        builder.AddProject<ProjectWithoutFile>(name, launchProfileName: null);

        Assert.Equal([name, $"{name}-rebuilder"], builder.Resources.Select(r => r.Name));
    }

    [Theory]
    [InlineData("debian", null, "debian", null, null)]
    [InlineData("debian:bookworm-slim", null, "debian", "bookworm-slim", null)]
    [InlineData("library/debian:12", null, "library/debian", "12", null)]
    [InlineData("ghcr.io/team/app", "ghcr.io", "team/app", null, null)]
    [InlineData("localhost:5000/app:1", "localhost:5000", "app", "1", null)]
    [InlineData("localhost/app", "localhost", "app", null, null)]
    [InlineData("app@sha256:00ff", null, "app", null, "00ff")]
    [InlineData("r.test:5000/t/app:1.2@sha256:00ff", "r.test:5000", "t/app", "1.2", "00ff")]
    public void ImageReference_IsTakenApart(string reference, string? registry, string image, string? tag, string? digest) =>
        Assert.Equal(new ContainerImageReference(registry, image, tag, digest), ContainerImageReference.Parse(reference));

    [Theory]
    [InlineData("app:")]
    [InlineData("app@sha256:")]
    [InlineData("r.test/")]
    [InlineData(" ")]
    public void ImageReference_WithAnEmptyPart_IsRefused(string reference) =>
        Assert.Throws<ArgumentException>(() => ContainerImageReference.Parse(reference));

    [Theory]
    [InlineData("", "")]
    [InlineData("--a b", "--a|b")]
    [InlineData("--from profile \"quoted arg\"", "--from|profile|quoted arg")]
    [InlineData("a\"b c\"d", "ab cd")]
    [InlineData("\"\" x", "|x")]
    [InlineData("say \\\"hi\\\"", "say|\"hi\"")]
    [InlineData("C:\\temp\\x  y", "C:\\temp\\x|y")]
    public void CommandLine_IsSplitLikeAShellDoes(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', LaunchProfiles.CommandLine.Split(text)));

    private sealed class ProjectWithoutFile : IProjectMetadata
    {
        public string ProjectPath => "/nowhere/None.csproj";
    }
}
