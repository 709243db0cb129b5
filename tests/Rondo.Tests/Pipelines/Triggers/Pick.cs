using CsCheck;

namespace Rondo.Tests.Pipelines;

/// <summary>Generates one of a few things.</summary>
internal static class Pick
{
    public static Gen<T> From<T>(params T[] things) => Gen.Int[0, things.Length - 1].Select(i => things[i]);
}
