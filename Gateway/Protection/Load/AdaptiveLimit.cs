namespace Slipway.Gateway.Protection.Load;

/// <summary>The number of requests under way at which answers still come quickly, found by additive increase and multiplicative decrease.</summary>
/// <remarks>
/// Judged by the mean time to the first byte over short stretches, each with enough answers to mean something. Lowered only while the requests under
/// way come near the limit: when few are slow, letting in fewer would not help. Raised only while the limit is really used. After it was lowered,
/// answers to requests from before say nothing about it and don't count. Not safe for several threads.
/// </remarks>
internal sealed class AdaptiveLimit(LoadOptions options, TimeProvider clock)
{
    private const int MinSamples = 10;
    private const double Decrease = 0.9;
    private const double Increase = 0.05;

    /// <summary>Times as long as in good times that answers may take; also a small load has chance in it.</summary>
    private const double Tolerance = 2;

    private static readonly TimeSpan s_stretch = TimeSpan.FromMilliseconds(100);

    /// <summary>A stretch that has not got enough answers by then is thrown away: so little load says nothing.</summary>
    private static readonly TimeSpan s_longestStretch = TimeSpan.FromSeconds(1);

    private readonly GoodTimes _goodTimes = new(clock);
    private double _limit = options.Initial;
    private long _stretchFrom = clock.GetTimestamp();
    private long _loweredAt = long.MinValue;
    private int _samples;
    private int _peak;
    private TimeSpan _sum;

    public double Current => _limit;

    /// <summary>Milliseconds that the first byte took in good times; null: not known yet.</summary>
    public double? GoodMilliseconds => _goodTimes.Shortest?.TotalMilliseconds;

    /// <summary>Takes an answered request into account.</summary>
    /// <param name="began">Timestamp of its admission.</param>
    /// <param name="underWay">Requests under way, this one included.</param>
    public void Answered(long began, int underWay)
    {
        if (began < _loweredAt)
            return;
        _samples++;
        _sum += clock.GetElapsedTime(began);
        _peak = Math.Max(_peak, underWay);
        var length = clock.GetElapsedTime(_stretchFrom);
        if (length < s_stretch)
            return;
        if (_samples >= MinSamples)
            Judge(_sum / _samples);
        else if (length < s_longestStretch)
            return;
        Begin();
    }

    private void Judge(TimeSpan mean)
    {
        var good = _goodTimes.Shortest ?? mean;
        _goodTimes.Add(mean);
        var late = TimeSpan.FromTicks(Math.Max((long)(good.Ticks * Tolerance), (good + options.Slack).Ticks));
        if (mean > late || mean > options.Ceiling)
        {
            if (_peak * 2 < _limit)
                return;
            _limit = Math.Max(options.Min, _limit * Decrease);
            _loweredAt = clock.GetTimestamp();
        }
        else if (_peak >= _limit * options.BulkShare - 1)
        {
            _limit = Math.Min(options.Max, _limit + Math.Max(1, _limit * Increase));
        }
    }

    private void Begin()
    {
        _stretchFrom = clock.GetTimestamp();
        _samples = 0;
        _peak = 0;
        _sum = TimeSpan.Zero;
    }

    /// <summary>The shortest mean of the last five minutes, in ten parts that fall out one by one.</summary>
    private sealed class GoodTimes(TimeProvider clock)
    {
        private static readonly TimeSpan s_part = TimeSpan.FromSeconds(30);

        private readonly TimeSpan?[] _parts = new TimeSpan?[10];
        private long _partFrom = clock.GetTimestamp();
        private int _part;

        public TimeSpan? Shortest => _parts.Min();

        public void Add(TimeSpan mean)
        {
            for (var moved = 0; clock.GetElapsedTime(_partFrom) >= s_part; moved++)
            {
                if (moved == _parts.Length)
                {
                    _partFrom = clock.GetTimestamp();
                    break;
                }

                _part = (_part + 1) % _parts.Length;
                _parts[_part] = null;
                _partFrom += (long)(s_part.TotalSeconds * clock.TimestampFrequency);
            }

            if (_parts[_part] is not { } shortest || mean < shortest)
                _parts[_part] = mean;
        }
    }
}
