using Slipway.Gateway.Tests.Backend;

// A process of its own, so that a test can end it with SIGKILL. The first line of its output is its address.
await using var app = BackendApp.Build(args);
await app.StartAsync();
await Console.Out.WriteLineAsync(app.Urls.First());
await Console.Out.FlushAsync();
// Ends with the test that started it, however that one ends.
while (await Console.In.ReadLineAsync() is not null)
{
}
