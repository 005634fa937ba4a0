using Microsoft.Extensions.Options;
using Slipway.Gateway;

try
{
    await using var app = GatewayApp.Build(args);
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException invalid)
{
    // An operator's mistake: the list of what to correct, not a stack trace.
    foreach (var failure in invalid.Failures)
        await Console.Error.WriteLineAsync($"Gateway configuration: {failure}");
    return 1;
}
