namespace Rondo.Testing;

/// <summary>How often a step has published its outputs; within a for-each, for each item.</summary>
public sealed class Publications
{
    private readonly string _node;

    internal Publications(string node, IReadOnlyDictionary<string, int> counts)
    {
        _node = node;
        Counts = counts;
    }

    /// <summary>The id of each instance of the node → how often it has published.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; }

    /// <summary>Fails the test unless each instance has published exactly once, and there is one at least.</summary>
    public void Once() => Times(1);

    /// <summary>Fails the test if anything was published: it was not run, was reused, or did not come so far.</summary>
    public void Never() => Check(Counts.Values.All(count => count == 0), "nothing");

    /// <summary>Fails the test unless each instance has published so often, and there is one at least.</summary>
    public void Times(int times) =>
        Check(Counts.Count > 0 && Counts.Values.All(count => count == times), $"each {times} times");

    private void Check(bool holds, string wanted)
    {
        if (!holds)
        {
            var found =
                Counts.Count == 0 ? "nothing" : string.Join(", ", Counts.Select(one => $"{one.Key} {one.Value} times"));
            throw new AssertionFailedException($"'{_node}' was to publish {wanted}; it published: {found}.");
        }
    }
}
