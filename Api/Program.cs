using Slipway.Api;

await ApiApplication.Build(args).RunAsync();
