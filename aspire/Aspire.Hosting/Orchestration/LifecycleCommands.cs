using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Orchestration;

/// <summary>The start, stop, restart and rebuild commands, and in which state each is offered.</summary>
internal static class LifecycleCommands
{
    private const string Building = nameof(Building);
    private const string DashboardName = "aspire-dashboard";

    public static bool IsDashboard(AppResource resource) => resource.Name == DashboardName;

    /// <summary>Nothing for resources that exclude them: the dashboard and the companions that build projects.</summary>
    public static void AddTo(IResource resource)
    {
        if (resource is ProjectRebuilderResource
            || resource.Name == DashboardName
            || resource.HasAnnotationOfType<ExcludeLifecycleCommandsAnnotation>()
            || resource.Annotations.OfType<ResourceCommandAnnotation>().Any(c => c.Name == KnownResourceCommands.StartCommand))
        {
            return;
        }

        resource.Annotations.Add(Command(resource, KnownResourceCommands.StartCommand, "Start", "Start resource", "Play", IconVariant.Filled, true, StartState, "started", static (control, name, token) => control.StartAsync(name, token)));
        resource.Annotations.Add(Command(resource, KnownResourceCommands.StopCommand, "Stop", "Stop resource", "Stop", IconVariant.Filled, true, StopState, "stopped", static (control, name, token) => control.StopAsync(name, token)));
        resource.Annotations.Add(Command(
            resource,
            KnownResourceCommands.RestartCommand,
            "Restart",
            resource is ProjectResource ? "Restart resource. Source code is not recompiled." : "Restart resource",
            "ArrowCounterclockwise",
            IconVariant.Regular,
            false,
            RestartState,
            "restarted",
            static async (control, name, token) =>
            {
                await control.StopAsync(name, token);
                await control.StartAsync(name, token);
            }));
        if (resource is ProjectResource project)
        {
            resource.Annotations.Add(new ResourceCommandAnnotation(
                KnownResourceCommands.RebuildCommand,
                "Rebuild",
                context => RebuildState(context.ResourceSnapshot.State?.Text),
                context => context.ServiceProvider.GetRequiredService<ProjectRebuild>().RunAsync(project, context.CancellationToken),
                "Stop the resource, rebuild the project from source, and restart. Use this to apply source code changes.",
                parameter: null,
                confirmationMessage: null,
                "ArrowSync",
                IconVariant.Regular,
                isHighlighted: false));
        }
    }

    private static ResourceCommandAnnotation Command(
        IResource resource,
        string name,
        string displayName,
        string description,
        string icon,
        IconVariant variant,
        bool isHighlighted,
        Func<string?, ResourceCommandState> state,
        string done,
        Func<InstanceControl, string, CancellationToken, Task> run) =>
        new(
            name,
            displayName,
            context => state(context.ResourceSnapshot.State?.Text),
            async context =>
            {
                await run(context.ServiceProvider.GetRequiredService<InstanceControl>(), context.ResourceName, context.CancellationToken);
                var shown = ResourceNotificationService.InstanceNames(resource).Count > 1 ? context.ResourceName : resource.Name;
                return CommandResults.Success($"Successfully {done} '{shown}'.");
            },
            description,
            parameter: null,
            confirmationMessage: null,
            icon,
            variant,
            isHighlighted);

    private static ResourceCommandState StartState(string? state) => state switch
    {
        _ when IsBusy(state) => ResourceCommandState.Disabled,
        _ when IsStopped(state) || state == KnownResourceStates.Waiting => ResourceCommandState.Enabled,
        _ => ResourceCommandState.Hidden,
    };

    private static ResourceCommandState StopState(string? state) => state switch
    {
        _ when state == KnownResourceStates.Stopping => ResourceCommandState.Disabled,
        _ when IsBusy(state) || IsStopped(state) || state == KnownResourceStates.Waiting => ResourceCommandState.Hidden,
        _ => ResourceCommandState.Enabled,
    };

    private static ResourceCommandState RestartState(string? state) =>
        IsBusy(state) || IsStopped(state) || state == KnownResourceStates.Waiting || state == KnownResourceStates.Stopping
            ? ResourceCommandState.Disabled
            : ResourceCommandState.Enabled;

    private static ResourceCommandState RebuildState(string? state) =>
        state == KnownResourceStates.Running || state == KnownResourceStates.Waiting || KnownResourceStates.TerminalStates.Contains(state)
            ? ResourceCommandState.Enabled
            : ResourceCommandState.Disabled;

    /// <summary>On its way to running, or not yet anywhere.</summary>
    private static bool IsBusy(string? state) =>
        string.IsNullOrEmpty(state) || state == KnownResourceStates.Starting || state == Building || state == KnownResourceStates.RuntimeUnhealthy;

    private static bool IsStopped(string? state) =>
        KnownResourceStates.TerminalStates.Contains(state) || state == KnownResourceStates.NotStarted || state == KnownResourceStates.Unknown;
}
