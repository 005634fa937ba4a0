using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.LaunchProfiles;

/// <summary>A launch profile with the name under which it stands in the file.</summary>
internal sealed record NamedLaunchProfile(string Name, LaunchProfile LaunchProfile);

/// <summary>Finds the launch profile that a project starts with.</summary>
internal static class LaunchProfileSelection
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The profile asked for by name, else the AppHost's own name where the project has it, else the first that starts the project.</summary>
    /// <returns>Null: no profile.</returns>
    /// <exception cref="DistributedApplicationException">The profile asked for, or the project, doesn't exist; or the file is malformed.</exception>
    public static NamedLaunchProfile? GetEffectiveLaunchProfile(this ProjectResource project)
    {
        if (project.HasAnnotationOfType<ExcludeLaunchProfileAnnotation>())
        {
            return null;
        }

        var profiles = Read(project)?.Profiles;
        if (project.TryGetLastAnnotation<LaunchProfileAnnotation>(out var asked))
        {
            return profiles?.GetValueOrDefault(asked.LaunchProfileName) is { } profile
                ? new NamedLaunchProfile(asked.LaunchProfileName, profile)
                : throw new DistributedApplicationException($"Launch settings file does not contain '{asked.LaunchProfileName}' profile.");
        }

        if (project.TryGetLastAnnotation<DefaultLaunchProfileAnnotation>(out var own)
            && profiles?.GetValueOrDefault(own.LaunchProfileName) is { } preferred)
        {
            return new NamedLaunchProfile(own.LaunchProfileName, preferred);
        }

        var first = profiles?.FirstOrDefault(p => p.Value.CommandName is "Project" or "Executable" or null or "");
        return first is { Value: { } value, Key: { } key } ? new NamedLaunchProfile(key, value) : null;
    }

    private static LaunchSettings? Read(ProjectResource project)
    {
        var metadata = project.GetProjectMetadata();
        if (metadata.LaunchSettings is { } given)
        {
            return given;
        }

        if (!File.Exists(metadata.ProjectPath))
        {
            throw new DistributedApplicationException($"Project file '{metadata.ProjectPath}' was not found.");
        }

        var path = Path.Combine(Path.GetDirectoryName(metadata.ProjectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<LaunchSettings>(stream, s_json);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException(
                $"Failed to get effective launch profile for project resource '{project.Name}'. There is malformed JSON in the project's launch settings file at '{path}': {exception.Message}",
                exception);
        }
    }
}
