using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Eventing;

/// <inheritdoc cref="IDistributedApplicationEventing"/>
public class DistributedApplicationEventing : IDistributedApplicationEventing
{
    private readonly ConcurrentDictionary<DistributedApplicationEventSubscription, (long Order, Type EventType)> _subscriptions = new();
    private long _order;

    public DistributedApplicationEventSubscription Subscribe<T>(Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationEvent =>
        Add<T>(new DistributedApplicationEventSubscription((@event, cancellationToken) => callback((T)@event, cancellationToken)));

    public DistributedApplicationEventSubscription Subscribe<T>(IResource resource, Func<T, CancellationToken, Task> callback)
        where T : IDistributedApplicationResourceEvent =>
        Add<T>(new DistributedApplicationResourceEventSubscription(resource, (@event, cancellationToken) =>
            ReferenceEquals(resource, @event.Resource) ? callback((T)@event, cancellationToken) : Task.CompletedTask));

    public void Unsubscribe(DistributedApplicationEventSubscription subscription) => _subscriptions.TryRemove(subscription, out _);

    public Task PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent =>
        PublishAsync(@event, EventDispatchBehavior.BlockingSequential, cancellationToken);

    public Task PublishAsync<T>(T @event, EventDispatchBehavior dispatchBehavior, CancellationToken cancellationToken = default)
        where T : IDistributedApplicationEvent
    {
        var subscribers = _subscriptions.Where(s => s.Value.EventType == typeof(T)).OrderBy(s => s.Value.Order).Select(s => s.Key).ToArray();
        switch (dispatchBehavior)
        {
            case EventDispatchBehavior.BlockingSequential:
                return OneByOne(subscribers, @event, cancellationToken);
            case EventDispatchBehavior.BlockingConcurrent:
                return Task.WhenAll(subscribers.Select(s => s.Callback(@event, cancellationToken)));
            case EventDispatchBehavior.NonBlockingSequential:
                _ = Task.Run(() => OneByOne(subscribers, @event, cancellationToken), CancellationToken.None);
                return Task.CompletedTask;
            default:
                _ = Task.Run(() => Task.WhenAll(subscribers.Select(s => s.Callback(@event, cancellationToken))), CancellationToken.None);
                return Task.CompletedTask;
        }
    }

    private static async Task OneByOne(
        IEnumerable<DistributedApplicationEventSubscription> subscribers,
        IDistributedApplicationEvent @event,
        CancellationToken cancellationToken)
    {
        foreach (var subscriber in subscribers)
        {
            await subscriber.Callback(@event, cancellationToken);
        }
    }

    private DistributedApplicationEventSubscription Add<T>(DistributedApplicationEventSubscription subscription)
    {
        _subscriptions.TryAdd(subscription, (Interlocked.Increment(ref _order), typeof(T)));
        return subscription;
    }
}
