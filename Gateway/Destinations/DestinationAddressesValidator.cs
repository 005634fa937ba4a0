using Microsoft.Extensions.Options;

namespace Slipway.Gateway.Destinations;

/// <summary>Refuses to start with a service address that is none, together with all other errors of the configuration.</summary>
internal sealed class DestinationAddressesValidator(IConfiguration configuration) : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var read = DestinationAddresses.Read(configuration, options.Destinations.Service, options.Destinations.Endpoint);
        return read.Errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(read.Errors);
    }
}
