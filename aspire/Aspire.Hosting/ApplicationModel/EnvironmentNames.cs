using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Turns names of the model into names of environment variables.</summary>
internal static class EnvironmentNames
{
    /// <summary><c>back-end</c> becomes <c>back_end</c>, <c>1st</c> becomes <c>_1st</c>; letters keep their case.</summary>
    public static string Encode(string name)
    {
        if (name.Length == 0)
        {
            return "_";
        }

        var encoded = new StringBuilder(name.Length + 1);
        if (char.IsAsciiDigit(name[0]))
        {
            encoded.Append('_');
        }

        foreach (var c in name)
        {
            encoded.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        return encoded.ToString();
    }

    public static string EncodeUpper(string name) => Encode(name).ToUpperInvariant();
}
