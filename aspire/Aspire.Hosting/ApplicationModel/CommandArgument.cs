namespace Aspire.Hosting.ApplicationModel;

/// <summary>How the dashboard asks for an argument of a command.</summary>
internal enum CommandArgumentType
{
    Text,
    SecretText,
    Boolean,
}

/// <summary>Something that the dashboard asks for before it runs a command.</summary>
/// <param name="Name">Key under which the command finds it.</param>
internal sealed record CommandArgument(string Name, CommandArgumentType Type, string Label)
{
    public string? Placeholder { get; init; }

    public bool IsRequired { get; init; }

    public string? Description { get; init; }

    public bool EnableDescriptionMarkdown { get; init; }

    public bool IsDisabled { get; init; }
}
