namespace Aspire.Hosting.ApplicationModel;

/// <summary>The rules for names of resources and endpoints.</summary>
internal static class ModelName
{
    private const int MaxLength = 64;

    /// <summary>Names become parts of host names and variables: ASCII letters, digits and single hyphens, 1 to 64, a letter first.</summary>
    /// <param name="target">What is named, for the message: <c>Resource</c>, <c>EndpointAnnotation</c>.</param>
    /// <exception cref="ArgumentException">The name breaks a rule; the message says which.</exception>
    public static void ValidateName(string target, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Violation(name) is { } violation)
        {
            throw new ArgumentException($"{target} name '{name}' is invalid. {violation}", nameof(name));
        }
    }

    private static string? Violation(string name)
    {
        if (name.Length > MaxLength)
        {
            return $"Name must be between 1 and {MaxLength} characters long.";
        }

        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            return "Name must contain only ASCII letters, digits, and hyphens.";
        }

        if (name.Contains("--", StringComparison.Ordinal))
        {
            return "Name cannot contain consecutive hyphens.";
        }

        if (!char.IsAsciiLetter(name[0]))
        {
            return "Name must start with an ASCII letter.";
        }

        return name[^1] == '-' ? "Name cannot end with a hyphen." : null;
    }
}
