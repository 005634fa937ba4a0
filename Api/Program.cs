using Slipway.Api;
using Slipway.ServiceDefaults.Configuration;

return await ServiceProgram.RunAsync(args, ApiApplication.Build);
