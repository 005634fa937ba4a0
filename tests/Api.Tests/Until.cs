namespace Slipway.Api.Tests;

internal static class Until
{
    /// <summary>Asks again and again, each time over the network, at most for 30 seconds.</summary>
    public static async Task SoAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
