using System.Diagnostics.CodeAnalysis;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A service that runs elsewhere; its address is fixed or comes from a parameter.</summary>
public sealed class ExternalServiceResource : Resource
{
    /// <exception cref="ArgumentException">The address is relative or has a query or a fragment.</exception>
    public ExternalServiceResource(string name, Uri uri)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (Violation(uri) is { } violation)
        {
            throw new ArgumentException(violation, nameof(uri));
        }

        Uri = uri;
    }

    public ExternalServiceResource(string name, ParameterResource urlParameter)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(urlParameter);
        UrlParameter = urlParameter;
    }

    /// <summary>Null: from <see cref="UrlParameter"/>.</summary>
    public Uri? Uri { get; }

    /// <summary>Null: from <see cref="Uri"/>.</summary>
    public ParameterResource? UrlParameter { get; }

    internal static bool UrlIsValidForExternalService(string? url, [NotNullWhen(true)] out Uri? uri, [NotNullWhen(false)] out string? message)
    {
        if (!System.Uri.TryCreate(url, UriKind.Absolute, out uri))
        {
            message = "The URL for the external service must be an absolute URI.";
            return false;
        }

        message = Violation(uri) is { } violation ? $"{violation} (Parameter 'uri')" : null;
        return message is null;
    }

    private static string? Violation(Uri uri)
    {
        if (!uri.IsAbsoluteUri)
        {
            return "The URI for the external service must be absolute.";
        }

        if (uri.Fragment.Length > 0)
        {
            return "The URI cannot contain a fragment.";
        }

        return uri.Query.Length > 0 ? "The URI cannot contain a query string." : null;
    }
}
