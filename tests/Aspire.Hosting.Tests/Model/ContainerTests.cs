using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

public class ContainerTests
{
    [Theory]
    [InlineData("debian", null, "debian:latest")]
    [InlineData("debian", "12", "debian:12")]
    [InlineData("ghcr.io/team/app:1", null, "ghcr.io/team/app:1")]
    [InlineData("app@sha256:00ff", null, "app@sha256:00ff")]
    public void Image_IsWhatWasAskedFor(string image, string? tag, string expected)
    {
        var builder = TestModel.Run();
        var container = tag is null ? builder.AddContainer("c", image) : builder.AddContainer("c", image, tag);

        Assert.True(container.Resource.TryGetContainerImageName(out var name));
        Assert.Equal(expected, name);
    }

    [Fact]
    public void Image_WithTwoTags_IsRefused()
    {
        var builder = TestModel.Run();

        Assert.Throws<InvalidOperationException>(() => builder.AddContainer("c", "debian:11", "12"));
        Assert.Throws<InvalidOperationException>(() => builder.AddContainer("d", "debian@sha256:00ff", "12"));
    }

    [Fact]
    public void Image_ThatIsChanged_KeepsItsRegistryAndLosesItsDigest()
    {
        var container = TestModel.Run().AddContainer("c", "ghcr.io/team/app@sha256:00ff").WithImageTag("2");

        Assert.True(container.Resource.TryGetContainerImageName(out var name));
        Assert.Equal("ghcr.io/team/app:2", name);
    }

    [Fact]
    public void Mounts_AreKeptWithAbsoluteSources()
    {
        var builder = TestModel.Run("/apphost");
        var container = builder.AddContainer("c", "debian").WithVolume("data", "/data", isReadOnly: true).WithVolume("/anonymous").WithBindMount("../files", "/files");

        Assert.Equal(
            ["Volume data /data True", "Volume  /anonymous False", "BindMount /files /files False"],
            container.Resource.Annotations.OfType<ContainerMountAnnotation>().Select(m => $"{m.Type} {m.Source} {m.Target} {m.IsReadOnly}"));
        Assert.Throws<ArgumentException>(() => container.WithVolume(null, "/x", isReadOnly: true));
    }

    [Fact]
    public void Dockerfile_IsFoundFromTheAppHostsFolder()
    {
        var builder = TestModel.Run("/apphost");
        var parameter = builder.AddParameter("p", "v");
        var secret = builder.AddParameter("s", "v", secret: true);

        var container = builder.AddDockerfile("App", "./ctx", "Other.Dockerfile", "base").WithBuildArg("A", 1).WithBuildArg("B", true).WithBuildArg("P", parameter).WithBuildSecret("S", secret);

        var build = Assert.Single(container.Resource.Annotations.OfType<DockerfileBuildAnnotation>());
        Assert.Equal(("/apphost/ctx", "/apphost/ctx/Other.Dockerfile", "base", "app"), (build.ContextPath, build.DockerfilePath, build.Stage, build.ImageName));
        Assert.Equal<object?>(["1", "true", parameter.Resource], build.BuildArguments.Values);
        Assert.Equal<object>([secret.Resource], build.BuildSecrets.Values);
        Assert.True(container.Resource.TryGetContainerImageName(out var image));
        Assert.Matches("^app:[0-9a-f]{40}$", image);
        Assert.Throws<InvalidOperationException>(() => container.WithBuildArg("S", secret));
    }

    [Fact]
    public void BuildArgument_WithoutADockerfile_IsRefused() =>
        Assert.Throws<InvalidOperationException>(() => TestModel.Run().AddContainer("c", "debian").WithBuildArg("A", "1"));

    [Fact]
    public async Task ContainerFiles_FromAFolder_KeepItsShape()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "src", "sub"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "src", "a.txt"), "a", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "src", "sub", "b.txt"), "b", TestContext.Current.CancellationToken);
            var container = TestModel.Run(folder.FullName).AddContainer("c", "debian").WithContainerFiles("/x", "src");
            var annotation = Assert.Single(container.Resource.Annotations.OfType<ContainerFileSystemCallbackAnnotation>());

            var items = await annotation.Callback(
                new ContainerFileSystemCallbackContext { Model = container.Resource, ServiceProvider = null! },
                TestContext.Current.CancellationToken);

            Assert.Equal(["sub(b.txt)", "a.txt"], items.Select(i => i is ContainerDirectory d ? $"{d.Name}({string.Join(',', d.Entries.Select(e => e.Name))})" : i.Name));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
