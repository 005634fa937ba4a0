using Slipway.AppHost.Internal;
using Slipway.AppHost.LocalServers;
using Slipway.AppHost.ModelFile;
using Slipway.AppHost.Welcome;

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DashboardApplicationName = "Slipway" });

var postgres = builder.AddPostgres("postgres").WithDataVolume();
var opsdb = postgres.AddDatabase("opsdb");
var cache = builder.AddRedis("cache").WithDataVolume();

var firstKeySecret = builder.AddParameter(FirstKey.Parameter, FirstKey.Default, secret: true, persist: true);

var migrations = builder.AddProject<Projects.MigrationService>("migrations")
    .WithReference(opsdb)
    .WithEnvironment("Access__FirstKeySecret", firstKeySecret)
    .WaitFor(opsdb);

var api = builder.AddProject<Projects.Api>("api")
    .WithReplicas(2)
    .WithReference(opsdb)
    .WithReference(cache)
    .WaitFor(cache)
    .WaitForCompletion(migrations)
    .WithHttpHealthCheck("/health")
    .WithInternalEndpoint();

builder.AddProject<Projects.Gateway>("gateway")
    .WithReference(api)
    // Not waited for: without Redis the Gateway counts its limits by itself.
    .WithReference(cache)
    .WaitFor(api)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithInternalEndpoint()
    .WithWelcome(firstKeySecret);

builder.UseLocalServersWhereNeeded();
builder.WriteModelFileWithManifest();

builder.Build().Run();
