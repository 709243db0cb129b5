namespace Rondo.Delivery.Builds;

/// <summary>What a build has made, and what was counted on the way.</summary>
internal sealed record BuiltPackage(
    string Digest,
    long Bytes,
    string ManifestDigest,
    string Promotion,
    TestCounts Tests
);

/// <summary>How many tests passed and failed, and what the first that failed said.</summary>
internal sealed record TestCounts(long Passed, long Failed, string? FirstFailure)
{
    public static TestCounts None { get; } = new(0, 0, null);

    public TestCounts And(TestCounts other) =>
        new(Passed + other.Passed, Failed + other.Failed, FirstFailure ?? other.FirstFailure);
}
