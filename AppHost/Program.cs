using Slipway.AppHost.LocalServers;
using Slipway.AppHost.ModelFile;
using Slipway.AppHost.Welcome;

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DashboardApplicationName = "Slipway" });

var postgres = builder.AddPostgres("postgres").WithDataVolume();
var opsdb = postgres.AddDatabase("opsdb");
var cache = builder.AddRedis("cache").WithDataVolume();

var migrations = builder.AddProject<Projects.MigrationService>("migrations")
    .WithReference(opsdb)
    .WaitFor(opsdb);

var api = builder.AddProject<Projects.Api>("api")
    .WithReplicas(2)
    .WithReference(opsdb)
    .WithReference(cache)
    .WaitFor(cache)
    .WaitForCompletion(migrations)
    .WithHttpHealthCheck("/health");

builder.AddProject<Projects.Gateway>("gateway")
    .WithReference(api)
    // Not waited for: without Redis the Gateway counts its limits by itself.
    .WithReference(cache)
    .WaitFor(api)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithWelcome();

builder.UseLocalServersWhereNeeded();
builder.WriteModelFileWithManifest();

builder.Build().Run();
