using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

public class WaitTests
{
    [Fact]
    public void WaitFor_AChild_WaitsForItsParentFirst()
    {
        var builder = TestModel.Run();
        var parent = builder.AddExecutable("server", "sleep", ".");
        var child = builder.AddResource(new Child("database", parent.Resource));

        var waiter = builder.AddExecutable("a", "sleep", ".").WaitFor(child, WaitBehavior.StopOnResourceUnavailable);

        Assert.Equal(
            ["server WaitUntilHealthy StopOnResourceUnavailable", "database WaitUntilHealthy StopOnResourceUnavailable"],
            waiter.Resource.Annotations.OfType<WaitAnnotation>().Select(w => $"{w.Resource.Name} {w.WaitType} {w.WaitBehavior}"));
        Assert.Equal(["database WaitFor"], waiter.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => $"{r.Resource.Name} {r.Type}"));
    }

    [Fact]
    public void WaitFor_OnesOwnChild_IsRefused()
    {
        var builder = TestModel.Run();
        var server = builder.AddExecutable("server", "sleep", ".");
        var child = builder.AddResource(new Child("database", server.Resource));

        Assert.Equal("The 'server' resource cannot wait for itself.", Assert.Throws<DistributedApplicationException>(() => server.WaitFor(child)).Message);
        Assert.Empty(server.Resource.Annotations.OfType<WaitAnnotation>());
    }

    [Fact]
    public void WaitFor_OnesOwnParent_IsRefused()
    {
        var builder = TestModel.Run();
        var server = builder.AddExecutable("server", "sleep", ".");
        var child = builder.AddResource(new Child("database", server.Resource));

        const string expected = "The 'database' resource cannot wait for its parent 'server'.";
        Assert.Equal(expected, Assert.Throws<DistributedApplicationException>(() => child.WaitFor(server)).Message);
        Assert.Equal(expected, Assert.Throws<DistributedApplicationException>(() => child.WaitForStart(server)).Message);
        Assert.Equal(expected, Assert.Throws<DistributedApplicationException>(() => child.WaitForCompletion(server)).Message);
    }

    [Fact]
    public void WaitForCompletion_KeepsTheExitCode()
    {
        var builder = TestModel.Run();
        var job = builder.AddExecutable("job", "true", ".");

        var wait = Assert.Single(builder.AddExecutable("a", "sleep", ".").WaitForCompletion(job, exitCode: 3).Resource.Annotations.OfType<WaitAnnotation>());

        Assert.Equal((WaitType.WaitForCompletion, 3), (wait.WaitType, wait.ExitCode));
    }

    private sealed class Child(string name, ExecutableResource parent) : Resource(name), IResourceWithParent<ExecutableResource>, IResourceWithWaitSupport
    {
        public ExecutableResource Parent { get; } = parent;
    }
}
