namespace Slipway.Api.Audit;

/// <summary>Who a request says to be, by the header <c>X-Slipway-Actor</c>: a claim, which nothing proves until access control does.</summary>
internal static class Actor
{
    public const string Header = "X-Slipway-Actor";
    public const string Unnamed = "unnamed";
    private const int MaxLength = 100;

    /// <summary>Without line breaks and of bounded length, whatever was sent; <see cref="Unnamed"/> without the header.</summary>
    public static string Of(HttpContext context)
    {
        var text = new string([.. context.Request.Headers[Header].ToString().Where(character => !char.IsControl(character) && !char.IsSurrogate(character))]).Trim();
        return text.Length == 0 ? Unnamed : text[..Math.Min(text.Length, MaxLength)];
    }
}
