using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Interactions;

/// <summary>Fills the inputs of one dialog while it is open: of one input only the latest load counts.</summary>
/// <param name="changed">Called when a load has ended.</param>
/// <param name="ending">Cancelled when the dialog is over.</param>
internal sealed partial class InputLoads(
    InteractionInputCollection inputs,
    IServiceProvider services,
    Action changed,
    ILogger logger,
    CancellationToken ending)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<InteractionInput, CancellationTokenSource> _running = [];

    /// <summary>A person fills a dialog from top to bottom, so an input can depend only on those before it.</summary>
    /// <exception cref="InvalidOperationException">One depends on an input that is missing or stands behind it.</exception>
    public static void ThrowIfOutOfOrder(InteractionInputCollection inputs)
    {
        foreach (var (index, input) in inputs.Index())
        {
            foreach (var name in input.DynamicLoading?.DependsOnInputs ?? [])
            {
                if (inputs.IndexOf(name) is var position && (position < 0 || position >= index))
                {
                    throw new InvalidOperationException($"The input '{input.Name}' depends on an input named '{name}', but no such input stands before it.");
                }
            }
        }
    }

    public void StartFirst() => Start(o => o.AlwaysLoadOnStart || o.DependsOnInputs is not { Count: > 0 });

    /// <summary>Loads what depends on one of the inputs that changed.</summary>
    public void StartAfter(IReadOnlySet<string> names) => Start(o => o.DependsOnInputs?.Any(names.Contains) == true);

    private void Start(Func<InputLoadOptions, bool> isWanted)
    {
        foreach (var input in inputs)
        {
            if (input.DynamicLoading is { } loading && isWanted(loading))
            {
                var own = Replace(input);

                // Away from the caller, who may be the stream that the dialog itself is shown by.
                _ = Task.Run(() => LoadAsync(input, loading, own), CancellationToken.None);
            }
        }
    }

    private async Task LoadAsync(InteractionInput input, InputLoadOptions loading, CancellationTokenSource own)
    {
        using var ownAtEnd = own;
        try
        {
            await loading.LoadCallback(new LoadInputContext { Input = input, AllInputs = inputs, Services = services, CancellationToken = own.Token });
            if (input is { InputType: InputType.Choice, AllowCustomChoice: false, Value.Length: > 0 } && input.Options?.Any(o => o.Key == input.Value) != true)
            {
                input.Value = null;
            }
        }
        catch (OperationCanceledException) when (own.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            LogFailure(logger, exception, input.Name);
        }

        if (IsLatest(input, own))
        {
            changed();
        }
    }

    /// <summary>The load that is under way for the input, if any, no longer counts.</summary>
    private CancellationTokenSource Replace(InteractionInput input)
    {
        var own = CancellationTokenSource.CreateLinkedTokenSource(ending);
        lock (_lock)
        {
            _running.GetValueOrDefault(input)?.Cancel();
            _running[input] = own;
            input.IsLoading = true;
        }

        return own;
    }

    private bool IsLatest(InteractionInput input, CancellationTokenSource own)
    {
        lock (_lock)
        {
            if (_running.GetValueOrDefault(input) != own)
            {
                return false;
            }

            _running.Remove(input);
            input.IsLoading = false;
            return true;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The choices of input '{Input}' could not be loaded.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string input);
}
