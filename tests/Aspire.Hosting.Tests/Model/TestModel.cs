using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Tests.Model;

/// <summary>Builders for models that are looked at and never started.</summary>
internal static class TestModel
{
    /// <param name="folder">The AppHost's folder; null: one with no files.</param>
    public static IDistributedApplicationBuilder Run(string? folder = null, bool dashboard = true, params string[] settings) =>
        Create(["--environment", "Development", .. settings], folder, dashboard);

    public static IDistributedApplicationBuilder Publish(string? folder = null) => Create(["--publisher", "manifest"], folder, dashboard: true);

    /// <summary>Values as the callbacks leave them, in their order.</summary>
    public static async Task<Dictionary<string, object>> EnvironmentOf(IDistributedApplicationBuilder builder, IResource resource)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource, cancellationToken: TestContext.Current.CancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    public static async Task<IList<object>> ArgumentsOf(IResource resource)
    {
        var context = new CommandLineArgsCallbackContext([], resource, TestContext.Current.CancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.Args;
    }

    /// <summary>What the manifest shows, or the text itself.</summary>
    public static string Expression(object value) => value switch
    {
        IManifestExpressionProvider provider => provider.ValueExpression,
        _ => value.ToString()!,
    };

    public static async Task<string[]> ExpressionsOf(IDistributedApplicationBuilder builder, IResource resource) =>
        [.. (await EnvironmentOf(builder, resource)).Select(v => $"{v.Key}={Expression(v.Value)}")];

    private static IDistributedApplicationBuilder Create(string[] args, string? folder, bool dashboard) => DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { Args = args, ProjectDirectory = folder ?? AppContext.BaseDirectory, DisableDashboard = !dashboard });
}
