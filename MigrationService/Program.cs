using Slipway.MigrationService;

return await MigrationHost.RunAsync(args, () => Migration.Embedded, Console.Out, CancellationToken.None);
