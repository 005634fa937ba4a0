using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Slipway.Gateway.Protection.Rates;

/// <summary>Decides in Redis, in one step for all Gateways: every limit of a request is looked at, and used only when all of them allow it.</summary>
/// <remarks>
/// The time is Redis' own: the Gateways' clocks differ, and a debt written by one would be read by another. A key holds the instant at which
/// its debt is gone and vanishes then by itself. Should Redis' clock be set back, a debt is cut to the tolerance: nobody waits longer than after
/// using up his limit. The time is read and written in one script, which needs Redis 5 or newer.
/// </remarks>
internal static class LimitScript
{
    /// <summary>Arguments: how many requests, then interval and tolerance of each key. Answers: 1 or 0, then the debts, in microseconds.</summary>
    public const string Text = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local count = tonumber(ARGV[1])
        local stored = redis.call('MGET', unpack(KEYS))
        local answer = {1}
        for i = 1, #KEYS do
          local interval, tolerance = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
          local debt = (tonumber(stored[i] or 0) or 0) - now
          if debt < 0 then debt = 0 elseif debt > tolerance then debt = tolerance end
          if debt + count * interval > tolerance then answer[1] = 0 end
          answer[i + 1] = debt
        end
        if answer[1] == 1 then
          for i = 1, #KEYS do
            local debt = answer[i + 1] + count * tonumber(ARGV[2 * i])
            redis.call('SET', KEYS[i], string.format('%.0f', now + debt), 'PX', math.ceil(debt / 1000))
            answer[i + 1] = debt
          end
        end
        return answer
        """;

#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing is protected by it.
    private static readonly byte[] s_hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350

    private static readonly LimitSet s_probe = new([new Quota("probe", 1_000_000, 1, 1)], [], together: false);

    /// <summary>Puts the script into Redis and shows that it works there: a replica that takes no writes would answer a ping.</summary>
    public static Task ProbeAsync(IDatabase redis)
    {
        var limits = new AppliedLimits(s_probe, "probe");
        return RunAsync(redis, limits, limits.Keys(), 1);
    }

    public static async Task<LimitDecision> RunAsync(IDatabase redis, AppliedLimits limits, string[] keys, int requests)
    {
        var redisKeys = Array.ConvertAll(keys, static key => (RedisKey)key);
        var values = new RedisValue[1 + 2 * keys.Length];
        values[0] = requests;
        for (var i = 0; i < keys.Length; i++)
        {
            values[1 + 2 * i] = limits.Quotas[i].Interval;
            values[2 + 2 * i] = limits.Quotas[i].Tolerance;
        }

        try
        {
            return Read(await redis.ScriptEvaluateAsync(s_hash, redisKeys, values));
        }
        catch (RedisServerException missing) when (missing.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Redis has been restarted or its scripts were flushed; EVAL puts it there again.
            return Read(await redis.ExecuteAsync("EVAL", Arguments(redisKeys, values)));
        }
    }

    private static object[] Arguments(RedisKey[] keys, RedisValue[] values) =>
        [Text, keys.Length.ToString(CultureInfo.InvariantCulture), .. keys.Select(static key => (object)key), .. values.Select(static value => (object)value)];

    private static LimitDecision Read(RedisResult answer)
    {
        var numbers = ((long[]?)answer)!;
        return new LimitDecision(numbers[0] == 1, numbers[1..], DecidedBy.Shared);
    }
}
