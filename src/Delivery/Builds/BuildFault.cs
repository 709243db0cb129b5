namespace Rondo.Delivery.Builds;

/// <summary>Why a commit cannot be released: a fault of what was pushed, told to its author. Caught by the build's own loop.</summary>
internal sealed class BuildFault(string reason, TestCounts? tests = null) : Exception(reason)
{
    public TestCounts? Tests { get; } = tests;
}
