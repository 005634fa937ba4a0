using System.Text.Json;

namespace Slipway.AppHost.ModelFile;

/// <summary>Writes <c>slipway-model.json</c> beside the manifest: what the manifest has no words for.</summary>
internal static class ModelFileExtensions
{
    private const string FileName = "slipway-model.json";

    private static readonly JsonSerializerOptions s_format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void WriteModelFileWithManifest(this IDistributedApplicationBuilder builder)
    {
        if (!builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        builder.Eventing.Subscribe<BeforeStartEvent>(async (@event, cancellationToken) =>
        {
            var output = builder.Configuration["Pipeline:OutputPath"] ?? builder.Configuration["Publishing:OutputPath"];
            if (output is null)
            {
                return;
            }

            var folder = output.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                ? Path.GetDirectoryName(Path.GetFullPath(output, builder.AppHostDirectory))!
                : Path.GetFullPath(output, builder.AppHostDirectory);
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, FileName);
            var unfinished = file + ".new";
            await File.WriteAllTextAsync(unfinished, JsonSerializer.Serialize(SlipwayModel.From(@event.Model), s_format) + "\n", cancellationToken);
            File.Move(unfinished, file, overwrite: true);
        });
    }
}
