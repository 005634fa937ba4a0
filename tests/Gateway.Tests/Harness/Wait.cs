namespace Slipway.Gateway.Tests.Harness;

internal static class Wait
{
    /// <summary>Looks until the condition holds; the test fails when it does not within 30 seconds.</summary>
    public static async Task Until(Func<Task<bool>> condition, string what)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"Waited 30 seconds in vain: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    public static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);
}
