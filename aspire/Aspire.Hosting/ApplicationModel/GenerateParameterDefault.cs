using Aspire.Hosting.Parameters;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A random value.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    /// <summary>In characters; the value is longer when the minimum counts need it.</summary>
    public int MinLength { get; set; }

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override string GetDefaultValue() => PasswordGenerator.Generate(
        MinLength,
        (Lower ? PasswordGenerator.Lower : null, MinLower),
        (Upper ? PasswordGenerator.Upper : null, MinUpper),
        (Numeric ? PasswordGenerator.Numeric : null, MinNumeric),
        (Special ? PasswordGenerator.Special : null, MinSpecial));

    /// <summary>Writes what differs from a value of all classes without minimum counts.</summary>
    public override void WriteToManifest(ManifestPublishingContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var writer = context.Writer;
        writer.WriteStartObject("generate");
        writer.WriteNumber("minLength", MinLength);
        WriteFlag("lower", Lower);
        WriteFlag("upper", Upper);
        WriteFlag("numeric", Numeric);
        WriteFlag("special", Special);
        WriteCount("minLower", MinLower);
        WriteCount("minUpper", MinUpper);
        WriteCount("minNumeric", MinNumeric);
        WriteCount("minSpecial", MinSpecial);
        writer.WriteEndObject();

        void WriteFlag(string name, bool value)
        {
            if (!value)
            {
                writer.WriteBoolean(name, value);
            }
        }

        void WriteCount(string name, int value)
        {
            if (value > 0)
            {
                writer.WriteNumber(name, value);
            }
        }
    }
}
