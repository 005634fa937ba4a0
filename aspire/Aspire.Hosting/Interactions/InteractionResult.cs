using System.Diagnostics.CodeAnalysis;

namespace Aspire.Hosting;

/// <summary>What came of a question.</summary>
public class InteractionResult<T>
{
    internal InteractionResult(T? data, bool canceled)
    {
        Data = data;
        Canceled = canceled;
    }

    /// <summary>The answer; without meaning when <see cref="Canceled"/>.</summary>
    public T? Data { get; }

    /// <summary>Nobody answered: dismissed, or taken back by who asked.</summary>
    [MemberNotNullWhen(false, nameof(Data))]
    public bool Canceled { get; }
}

/// <summary>Makes results.</summary>
public static class InteractionResult
{
    public static InteractionResult<T> Ok<T>(T result) => new(result, canceled: false);

    public static InteractionResult<T> Cancel<T>(T? data = default) => new(data, canceled: true);
}
