using System.Runtime.InteropServices;
using Aspire.Hosting;
using Slipway.Check;

// Started by ./run --check [resource …] [-- AppHost arguments]: starts the application, waits until it is healthy, does its main job
// once, prints what it saw, stops everything. Exit code 0: all well; 1: something is not; 2: the command line is wrong.
var options = CheckOptions.Parse(args);
using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
try
{
    return await ApplicationCheck.RunAsync(options, Console.Out, TimeProvider.System, interrupted.Token);
}
catch (DistributedApplicationException exception)
{
    Console.Error.WriteLine($"check: {exception.Message}");
    return 1;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("check: interrupted; everything was stopped.");
    return 1;
}

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    interrupted.Cancel();
}
