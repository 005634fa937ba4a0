namespace Aspire.Hosting.Tests.Orchestration;

/// <summary>For conditions that nobody announces.</summary>
internal static class TestWait
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    public static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(s_poll, TimeProvider.System, cancellationToken);
        }
    }
}
