// One server of each kind for all tests; activity sources and the Redis profiler's storage are the process's.
[assembly: AssemblyFixture(typeof(Slipway.Aspire.Clients.Tests.PostgresServer))]
[assembly: AssemblyFixture(typeof(Slipway.Aspire.Clients.Tests.RedisServer))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]
