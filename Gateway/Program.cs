using Slipway.Gateway;
using Slipway.ServiceDefaults.Configuration;

return await ServiceProgram.RunAsync(args, static args => GatewayApp.Build(args));
