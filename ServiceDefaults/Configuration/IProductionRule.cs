using Microsoft.Extensions.Configuration;

namespace Slipway.ServiceDefaults.Configuration;

/// <summary>Something that Development may do and no other environment: the start is refused there.</summary>
public interface IProductionRule
{
    /// <returns>One text each: the key, what is wrong, and what to do. No secrets.</returns>
    IEnumerable<string> Refusals(IConfiguration configuration);
}
