using System.Security.Cryptography;

namespace Aspire.Hosting.Parameters;

/// <summary>Random text of chosen classes of characters. Characters that are mistaken for each other, and those that shells and connection strings give a meaning to, are left out.</summary>
internal static class PasswordGenerator
{
    internal const string Lower = "abcdefghjkmnpqrstuvwxyz";
    internal const string Upper = "ABCDEFGHJKMNPQRSTUVWXYZ";
    internal const string Numeric = "0123456789";
    internal const string Special = "-_.{}~()*+!";

    /// <param name="length">At least; more when the minimum counts need it.</param>
    /// <param name="classes">A class that is switched off has a null alphabet.</param>
    /// <exception cref="ArgumentException">Every class is off, or a class that is off has a minimum.</exception>
    public static string Generate(int length, params (string? Alphabet, int Minimum)[] classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        foreach (var (alphabet, minimum) in classes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(minimum, nameof(classes));
            if (alphabet is null && minimum > 0)
            {
                throw new ArgumentException("A class of characters that is disabled must have a minimum of 0.", nameof(classes));
            }
        }

        var all = string.Concat(classes.Select(c => c.Alphabet));
        if (all.Length == 0)
        {
            throw new ArgumentException("At least one character type must be enabled.", nameof(classes));
        }

        var required = classes.Where(c => c.Alphabet is not null).SelectMany(c => RandomNumberGenerator.GetItems<char>(c.Alphabet, c.Minimum)).ToArray();
        var missing = Math.Max(0, length - required.Length);
        char[] characters = [.. required, .. RandomNumberGenerator.GetItems<char>(all, missing)];
        RandomNumberGenerator.Shuffle<char>(characters);
        return new string(characters);
    }
}
