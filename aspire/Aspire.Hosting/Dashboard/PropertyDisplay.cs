using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dashboard;

/// <summary>How the dashboard labels and orders the properties that belong to one kind of resource; these are shown without being asked for.</summary>
/// <param name="Order">0 comes first.</param>
internal sealed record PropertyDisplay(string Name, int Order)
{
    private static readonly Dictionary<(string Type, string Property), PropertyDisplay> s_known = new()
    {
        [(KnownResourceTypes.Container, KnownProperties.Container.Image)] = new("Container image", 0),
        [(KnownResourceTypes.Container, KnownProperties.Container.Id)] = new("Container ID", 1),
        [(KnownResourceTypes.Container, KnownProperties.Container.Command)] = new("Container command", 2),
        [(KnownResourceTypes.Container, KnownProperties.Container.Args)] = new("Container arguments", 3),
        [(KnownResourceTypes.Container, KnownProperties.Container.Ports)] = new("Container ports", 4),
        [(KnownResourceTypes.Container, KnownProperties.Container.Lifetime)] = new("Container lifetime", 5),
        [(KnownResourceTypes.Executable, KnownProperties.Executable.Path)] = new("Executable path", 0),
        [(KnownResourceTypes.Executable, KnownProperties.Executable.WorkDir)] = new("Working directory", 1),
        [(KnownResourceTypes.Executable, KnownProperties.Executable.Args)] = new("Executable arguments", 2),
        [(KnownResourceTypes.Executable, KnownProperties.Executable.Pid)] = new("Process ID", 3),
        [(KnownResourceTypes.Project, KnownProperties.Project.Path)] = new("Project path", 0),
        [(KnownResourceTypes.Project, KnownProperties.Project.LaunchProfile)] = new("Launch profile", 1),
        [(KnownResourceTypes.Project, KnownProperties.Executable.Pid)] = new("Process ID", 2),
        [(KnownResourceTypes.Parameter, KnownProperties.Parameter.Value)] = new("Value", 0),
    };

    /// <returns>Null: nothing is known; the dashboard shows the bare name on request.</returns>
    public static PropertyDisplay? Of(string resourceType, string property) => s_known.GetValueOrDefault((resourceType, property));
}
