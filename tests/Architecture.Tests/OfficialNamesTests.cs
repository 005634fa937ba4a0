using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Xunit;

namespace Slipway.Architecture.Tests;

/// <summary>
/// What AppHost, services and tests take from the Aspire packages stands in aspire/README.md, each an official type and member, so that
/// they compile against the official packages as well. The compiled assemblies are the witness, not the source.
/// </summary>
public sealed partial class OfficialNamesTests
{
    private static readonly string[] s_users = ["AppHost", "Api", "Gateway", "MigrationService", "ServiceDefaults", "Check", "AppHost.Tests"];

    public static TheoryData<string> Users => [.. s_users.Where(u => File.Exists(Repository.AssemblyOf(u)))];

    [Theory]
    [MemberData(nameof(Users))]
    public void Assembly_UsesOnlyListedMembersOfTheAspirePackages(string project)
    {
        var listed = Listed();
        var unlisted = Used(Repository.AssemblyOf(project)).Where(m => !listed.Contains(m)).Order(StringComparer.Ordinal).ToArray();
        Assert.True(unlisted.Length == 0, $"Not listed in aspire/README.md:{Environment.NewLine}{string.Join(Environment.NewLine, unlisted)}");
    }

    [Fact]
    public void List_HasNothingThatNobodyUses()
    {
        var used = s_users.Select(Repository.AssemblyOf).Where(File.Exists).SelectMany(Used).ToHashSet();
        Assert.Empty(Listed().Where(m => !used.Contains(m)).Order(StringComparer.Ordinal));
    }

    /// <summary>Lines of the list: <c>- `Aspire.Hosting.ApplicationModel.IResource`: `Name`, `Annotations`</c>.</summary>
    private static HashSet<string> Listed()
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "aspire", "README.md")))
        {
            var match = ListLine().Match(line);
            if (!match.Success)
            {
                continue;
            }

            var type = match.Groups["type"].Value;
            members.Add(type);
            members.UnionWith(Code().Matches(match.Groups["members"].Value).Select(m => $"{type}.{m.Groups[1].Value}"));
        }

        return members;
    }

    /// <summary>Types and members of the stand-ins' assemblies that an assembly's metadata refers to.</summary>
    private static IEnumerable<string> Used(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var types = new Dictionary<TypeReferenceHandle, string>();
        foreach (var handle in metadata.TypeReferences)
        {
            if (NameOf(metadata, handle) is { } name)
            {
                types[handle] = name;
            }
        }

        var used = new HashSet<string>(types.Values);
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (DeclaringType(metadata, member.Parent) is { } parent && types.TryGetValue(parent, out var type))
            {
                used.Add($"{type}.{Plain(metadata.GetString(member.Name))}");
            }
        }

        return used;
    }

    private static TypeReferenceHandle? DeclaringType(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
        {
            return (TypeReferenceHandle)parent;
        }

        if (parent.Kind != HandleKind.TypeSpecification)
        {
            return null;
        }

        // A generic type: ELEMENT_TYPE_GENERICINST, then CLASS or VALUETYPE, then the type.
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        return signature.ReadSignatureTypeCode() == SignatureTypeCode.GenericTypeInstance && signature.ReadSignatureTypeCode() is var _
            && signature.ReadTypeHandle() is { Kind: HandleKind.TypeReference } type
            ? (TypeReferenceHandle)type
            : null;
    }

    /// <returns>Null when the type is not of an Aspire package.</returns>
    private static string? NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name).Split('`')[0];
        switch (type.ResolutionScope.Kind)
        {
            case HandleKind.TypeReference:
                return NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope) is { } outer ? $"{outer}.{name}" : null;
            case HandleKind.AssemblyReference:
                var assembly = metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name);
                return assembly.StartsWith("Aspire.", StringComparison.Ordinal) ? $"{metadata.GetString(type.Namespace)}.{name}" : null;
            default:
                return null;
        }
    }

    /// <summary>Accessors read as the property or event that they belong to; constructors as <c>new</c>.</summary>
    private static string Plain(string member) => member switch
    {
        // A record's "with" copies by a method of the compiler's.
        ".ctor" or "<Clone>$" => "new",
        _ => Accessor().Replace(member, string.Empty),
    };

    [GeneratedRegex(@"^- `(?<type>Aspire\.[\w.]+|Microsoft\.[\w.]+|Projects\.\w+)`(:(?<members>.*))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex ListLine();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^(get_|set_|add_|remove_)")]
    private static partial Regex Accessor();
}
