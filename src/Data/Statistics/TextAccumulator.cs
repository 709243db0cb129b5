using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// Texts on their way to statistics. Each is counted by itself while there are few; from then on it is estimated how many different ones there
/// are, and bounded how often the frequent ones are: whether there are too many depends on the set of texts alone, not on their order.
/// </summary>
internal sealed class TextAccumulator
{
    /// <summary>The most different texts that are counted one by one, and the most characters that they have together.</summary>
    public const int DistinctMax = 50_000;

    private const int CharactersMax = 8 * 1024 * 1024;

    private Dictionary<string, long>? _counts = new(StringComparer.Ordinal);
    private DistinctSketch? _distinct;
    private FrequentTexts? _frequent;
    private long _characters;
    private CompensatedSum _lengths;

    public long Count { get; private set; }

    public long Blank { get; private set; }

    public long ShortestLength { get; private set; } = long.MaxValue;

    public long LongestLength { get; private set; }

    public double MeanLength => _lengths.Value / Count;

    public bool DistinctIsExact => _counts is not null;

    public long Distinct => _counts?.Count ?? _distinct!.Estimate();

    /// <summary>How often each text occurs; null where there are too many.</summary>
    public IReadOnlyDictionary<string, long>? Counts => _counts;

    /// <summary>The frequent texts where there are too many to count each; else null.</summary>
    public IReadOnlyList<BoundedCount>? Frequent(int most) => _frequent?.Top(most);

    public void Add(string text) => Add(text, 1);

    public void Merge(TextAccumulator other)
    {
        if (other._counts is { } theirs)
        {
            foreach (var (text, count) in theirs)
            {
                Tally(text, count);
            }
        }
        else
        {
            Estimate();
            _distinct!.Merge(other._distinct!);
            _frequent!.Merge(other._frequent!);
        }

        Count += other.Count;
        Blank += other.Blank;
        ShortestLength = Math.Min(ShortestLength, other.ShortestLength);
        LongestLength = Math.Max(LongestLength, other.LongestLength);
        _lengths.Add(other._lengths);
    }

    private void Add(string text, long count)
    {
        Count += count;
        Blank += string.IsNullOrWhiteSpace(text) ? count : 0;
        ShortestLength = Math.Min(ShortestLength, text.Length);
        LongestLength = Math.Max(LongestLength, text.Length);
        _lengths.Add(text.Length);
        Tally(text, count);
    }

    private void Tally(string text, long count)
    {
        if (_counts is null)
        {
            Estimate(text, count);
            return;
        }

        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, text, out var known);
        tally += count;
        if (!known && ((_characters += text.Length) > CharactersMax || _counts.Count > DistinctMax))
        {
            Estimate();
        }
    }

    private void Estimate()
    {
        if (_counts is null)
        {
            return;
        }

        (_distinct, _frequent) = (new DistinctSketch(), new FrequentTexts());
        foreach (var (text, count) in _counts)
        {
            Estimate(text, count);
        }

        _counts = null;
    }

    private void Estimate(string text, long count)
    {
        var hash = DistinctSketch.HashOf(text);
        _distinct!.AddHash(hash);
        _frequent!.Add(text, hash, count);
    }
}
