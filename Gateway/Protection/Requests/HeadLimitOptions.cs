using System.ComponentModel.DataAnnotations;

namespace Slipway.Gateway.Protection.Requests;

/// <summary>The size of a request's head. What goes far beyond, the server refuses before it has read it, without a problem as body.</summary>
internal sealed class HeadLimitOptions
{
    /// <summary>Longest path and query in bytes, as they were sent; beyond it 414. Twice as much is not even read.</summary>
    [Range(256, 64 * 1024)]
    public int MaxUrlBytes { get; set; } = 8 * 1024;

    /// <summary>Names and values of all headers together, in bytes; beyond it 431. Twice as much is not even read.</summary>
    [Range(1024, 256 * 1024)]
    public int MaxHeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Number of headers; beyond it 431. Twice as many are not even read.</summary>
    [Range(20, 1000)]
    public int MaxHeaders { get; set; } = 100;
}
