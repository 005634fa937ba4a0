namespace Aspire.Hosting.Tests.Golden;

/// <summary>Compiled into every recorded AppHost: writes down what happens in it, as the observer of the recordings did. It only subscribes, before all others.</summary>
internal static class GoldenObserver
{
    /// <summary>Variable with the path of the file to write, one JSON object per line; not set: nothing is observed.</summary>
    public const string Variable = "GOLDEN_EVENTS";

    public const string Source = """
        using System.Text.Json;
        using Aspire.Hosting.Eventing;
        using Microsoft.Extensions.DependencyInjection;

        internal static class GoldenObserver
        {
            private static readonly Lock s_writing = new();

            public static void Observe(this IDistributedApplicationBuilder builder)
            {
                if (Environment.GetEnvironmentVariable("GOLDEN_EVENTS") is not { } file)
                {
                    return;
                }

                builder.Eventing.Subscribe<BeforeStartEvent>((e, cancellation) =>
                {
                    _ = Task.Run(async () =>
                    {
                        await foreach (var change in e.Services.GetRequiredService<ResourceNotificationService>().WatchAsync())
                        {
                            Write(new { kind = "snapshot", resource = change.Resource.Name, id = change.ResourceId, state = change.Snapshot.State?.Text });
                        }
                    });
                    return Task.CompletedTask;
                });
                On<BeforeStartEvent>();
                On<AfterResourcesCreatedEvent>();
                On<InitializeResourceEvent>();
                On<ResourceEndpointsAllocatedEvent>();
                On<ConnectionStringAvailableEvent>();
                On<BeforeResourceStartedEvent>();
                On<ResourceReadyEvent>();
                On<ResourceStoppedEvent>();

                void On<T>() where T : IDistributedApplicationEvent => builder.Eventing.Subscribe<T>((e, _) =>
                {
                    Write(new { kind = "event", @event = typeof(T).Name, resource = (e as IDistributedApplicationResourceEvent)?.Resource.Name });
                    return Task.CompletedTask;
                });

                void Write(object line)
                {
                    lock (s_writing)
                    {
                        File.AppendAllText(file, JsonSerializer.Serialize(line) + "\n");
                    }
                }
            }
        }
        """;

    /// <summary>The program's text with the observer called as soon as there is a builder.</summary>
    public static string CalledIn(string program)
    {
        const string builder = "var builder = DistributedApplication.CreateBuilder(";
        var start = program.IndexOf(builder, StringComparison.Ordinal);
        return start < 0 ? program : program.Insert(program.IndexOf('\n', start), " builder.Observe();");
    }
}
