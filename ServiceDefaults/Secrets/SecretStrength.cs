namespace Slipway.ServiceDefaults.Secrets;

/// <summary>Whether a secret could be guessed.</summary>
internal static class SecretStrength
{
    /// <summary>In characters.</summary>
    public const int MinLength = 16;

    /// <summary>By the frequency of the secret's own characters; 16 random hexadecimal digits have about 48 to 60.</summary>
    private const double MinBits = 40;

    /// <summary>Characters that must be left when well-known words are taken out.</summary>
    private const int MinRest = 10;

    private static readonly string[] s_words =
    [
        "password", "passwort", "passw0rd", "p@ssw0rd", "pass", "secret", "changeme", "change-me", "change_me", "default", "example", "sample", "admin", "administrator",
        "root", "user", "postgres", "redis", "slipway", "letmein", "welcome", "qwertyuiop", "qwerty", "asdfgh", "test", "demo", "dummy", "placeholder", "your", "super",
        "token", "apikey", "api-key", "key", "please", "insecure", "development", "production", "todo",
    ];

    /// <returns>What is wrong with it; null: nothing that can be seen.</returns>
    public static string? Weakness(string secret)
    {
        if (secret.Length < MinLength)
            return $"it has {secret.Length} characters, at least {MinLength} are needed";
        if (Rest(secret) < MinRest)
            return "it is made of well-known words";
        if (Steps(secret) * 2 >= secret.Length)
            return "its characters follow each other as on a keyboard or in the alphabet";
        if (IsRepeated(secret) || Bits(secret) < MinBits)
            return "it repeats itself too much";
        return null;
    }

    private static int Rest(string secret)
    {
        var rest = s_words.OrderByDescending(static word => word.Length)
            .Aggregate(secret, static (left, word) => left.Replace(word, "", StringComparison.OrdinalIgnoreCase));
        // Digits and signs around words are what everybody adds.
        return rest.Length == secret.Length ? secret.Length : rest.Count(char.IsAsciiLetter) + rest.Count(char.IsAsciiDigit) / 2;
    }

    private static int Steps(string secret) => Enumerable.Range(1, secret.Length - 1).Count(at => Math.Abs(secret[at] - secret[at - 1]) <= 1);

    private static bool IsRepeated(string secret) => Enumerable.Range(1, secret.Length / 2)
        .Any(length => Enumerable.Range(length, secret.Length - length).All(at => secret[at] == secret[at - length]));

    private static double Bits(string secret) => secret.GroupBy(static character => character)
        .Sum(group => -group.Count() * Math.Log2((double)group.Count() / secret.Length));
}
