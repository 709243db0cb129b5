using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Says what makes two identities different: why a step ran again. The order of the changes is fixed.</summary>
public static class IdentityComparison
{
    /// <summary>The parts that are not the same, in the order of <see cref="IdentityPart"/> and then by name; none if the identities are equal.</summary>
    /// <param name="before">The identity of an earlier attempt.</param>
    /// <param name="after">The identity of the attempt that is to be explained.</param>
    public static IReadOnlyList<IdentityChange> Compare(StepIdentity before, StepIdentity after) =>
        [
            .. One(IdentityPart.Step, before.Step, after.Step),
            .. One(IdentityPart.Code, before.CodeDigest, after.CodeDigest),
            .. Maps(IdentityPart.Input, before.Inputs, after.Inputs, Artifact),
            .. Maps(IdentityPart.Argument, before.Arguments, after.Arguments, StepIdentity.Canonical),
            .. Maps(IdentityPart.Environment, before.Environment, after.Environment, value => value),
            .. Maps(IdentityPart.Secret, before.Secrets, after.Secrets, value => value),
            .. One(IdentityPart.Seed, Number(before.Seed), Number(after.Seed)),
            .. One(IdentityPart.Partition, before.Partition, after.Partition),
            .. One(IdentityPart.Salt, before.Salt, after.Salt),
            .. Maps(IdentityPart.Output, Types(before), Types(after), type => type),
        ];

    private static IEnumerable<IdentityChange> One(IdentityPart part, string? before, string? after) =>
        before == after ? [] : [new IdentityChange(part, null, before, after)];

    private static IEnumerable<IdentityChange> Maps<T>(
        IdentityPart part,
        IReadOnlyDictionary<string, T>? before,
        IReadOnlyDictionary<string, T>? after,
        Func<T, string> text
    )
    {
        var names = (before?.Keys ?? []).Union(after?.Keys ?? [], StringComparer.Ordinal);
        return names
            .Order(PortOrder.Instance)
            .Select(name => new IdentityChange(part, name, Text(before, name, text), Text(after, name, text)))
            .Where(change => change.Before != change.After);
    }

    private static string? Text<T>(IReadOnlyDictionary<string, T>? map, string name, Func<T, string> text) =>
        map is not null && map.TryGetValue(name, out var value) ? text(value) : null;

    // The size follows from the digest, and is no part of the identity.
    private static string Artifact(ArtifactRef artifact) => $"{artifact.Type} {artifact.Digest}";

    private static Dictionary<string, string> Types(StepIdentity identity) =>
        identity.Outputs.ToDictionary(port => port.Port, port => port.Type, StringComparer.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>By name, and the ports of a list (<c>rows.2</c>, <c>rows.10</c>) by their numbers.</summary>
    private sealed class PortOrder : IComparer<string>
    {
        public static PortOrder Instance { get; } = new();

        public int Compare(string? x, string? y)
        {
            var (one, other) = (Split(x!), Split(y!));
            var names = string.CompareOrdinal(one.Name, other.Name);
            return names != 0 ? names
                : one.Number != other.Number ? one.Number.CompareTo(other.Number)
                : string.CompareOrdinal(x, y);
        }

        private static (string Name, long Number) Split(string port)
        {
            var dot = port.LastIndexOf('.');
            return
                dot > 0
                && long.TryParse(port.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? (port[..dot], number)
                : (port, -1);
        }
    }
}
