using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Edge.Compression;

/// <summary>Which answers are compressed (br, gzip) on their way to the client.</summary>
internal sealed class CompressionOptions
{
    public static readonly IList<string> DefaultSafePaths = ["/docs", "/openapi"];

    /// <summary>False sends every answer as it came.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Answers that are known to be shorter are sent as they are: 0 to 1 MB.</summary>
    [Range(0, 1024 * 1024)]
    public int MinBytes { get; set; } = 1024;

    /// <summary>
    /// Paths whose answers hold nothing secret beside what a request can put into them. They are compressed for requests with credentials too,
    /// and their strong entity tags become weak. Null: /docs and /openapi.
    /// </summary>
    public IList<string>? SafePaths { get; set; }
}
