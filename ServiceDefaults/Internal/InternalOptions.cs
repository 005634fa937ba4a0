using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;

namespace Slipway.ServiceDefaults.Internal;

/// <summary>The second listener of a web service, for operators and collectors; configuration section <c>Internal</c>.</summary>
public sealed class InternalOptions : IValidatableObject
{
    public const string Section = "Internal";

    /// <summary>TCP port; 0 takes a free one, which the log names. Null: there is no such listener.</summary>
    [Range(0, 65535)]
    public int? Port { get; set; }

    /// <summary>IP address to listen on. The default can't be reached from other machines; <c>0.0.0.0</c> and <c>::</c> can, on every network of this one.</summary>
    [Required]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>
    /// What <c>X-Api-Key</c> has to carry for the end points that change something; null refuses them outside Development, where nothing is
    /// asked for. At least 32 characters.
    /// </summary>
    [StringLength(1024, MinimumLength = 32)]
    public string? Key { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Address, out _))
            yield return new ValidationResult($"Address: '{Address}' is no IP address.", [nameof(Address)]);
    }
}

[OptionsValidator]
internal sealed partial class InternalOptionsValidator : IValidateOptions<InternalOptions>;
