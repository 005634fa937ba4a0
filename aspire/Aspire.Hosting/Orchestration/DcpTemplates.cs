using System.Text;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// The orchestrator expands <c>{{ … }}</c> in arguments and variables. Only the expressions that the application model itself
/// writes shall be expanded; a user's text that happens to contain braces arrives as it is.
/// </summary>
internal static partial class DcpTemplates
{
    private const string EscapedOpening = """{{ "{{" }}""";

    public static string PortForServing(string serviceName) => $$$"""{{- portForServing "{{{serviceName}}}" -}}""";

    public static string Escape(string value)
    {
        if (!value.Contains("{{", StringComparison.Ordinal))
        {
            return value;
        }

        var escaped = new StringBuilder(value.Length + EscapedOpening.Length);
        var position = 0;
        foreach (Match own in OwnExpression().Matches(value))
        {
            escaped.Append(value[position..own.Index].Replace("{{", EscapedOpening, StringComparison.Ordinal)).Append(own.Value);
            position = own.Index + own.Length;
        }

        return escaped.Append(value[position..].Replace("{{", EscapedOpening, StringComparison.Ordinal)).ToString();
    }

    [GeneratedRegex("""\{\{- (?:(?:portForServing|portFor|addressForServing|addressFor) "[A-Za-z0-9._~-]+"|index \.Annotations "otel-service-(?:name|instance-id)") -\}\}""")]
    private static partial Regex OwnExpression();
}
