using System.Text;

namespace Aspire.Hosting.LaunchProfiles;

/// <summary>Splits the <c>commandLineArgs</c> of a launch profile: <c>--from profile "quoted arg"</c> is three arguments.</summary>
internal static class CommandLine
{
    /// <summary>Quotes group; <c>\"</c> is a quote inside or outside of them; any other backslash is itself.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var arguments = new List<string>();
        var current = new StringBuilder();
        var isOpen = false;
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length && text[i + 1] == '"')
            {
                current.Append(text[++i]);
                isOpen = true;
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
                isOpen = true;
            }
            else if (char.IsWhiteSpace(c) && !isQuoted)
            {
                Close();
            }
            else
            {
                current.Append(c);
                isOpen = true;
            }
        }

        Close();
        return arguments;

        void Close()
        {
            if (isOpen)
            {
                arguments.Add(current.ToString());
                current.Clear();
                isOpen = false;
            }
        }
    }
}
