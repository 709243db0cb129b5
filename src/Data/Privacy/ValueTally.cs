namespace Rondo.Data;

/// <summary>
/// How many values have a form and pass its check. Of the different values, those with the least hashes are kept, as hashes and masks: so what
/// is known of them depends neither on their order nor on how often they come, and does not grow.
/// </summary>
internal sealed class ValueTally(ValueTest test)
{
    private const int KeptMax = 512;
    private const int ExamplesMax = 3;

    private readonly SortedDictionary<ulong, string?> _kept = [];
    private ulong _greatest;

    public ValueTest Test => test;

    /// <summary>How many values have the form.</summary>
    public long Candidates { get; private set; }

    /// <summary>How many of them pass.</summary>
    public long Matches { get; private set; }

    /// <summary>How many different values of the form are kept, and how many of these pass.</summary>
    public (int Candidates, int Matches) Different => (_kept.Count, _kept.Count(kept => kept.Value is not null));

    /// <summary>At most three masks, that of the least hash first.</summary>
    public IReadOnlyList<string> Examples =>
        [.. _kept.Values.OfType<string>().Distinct(StringComparer.Ordinal).Take(ExamplesMax)];

    public void Add(string text, Verdict verdict)
    {
        if (verdict == Verdict.No)
        {
            return;
        }

        Candidates++;
        Matches += verdict == Verdict.Passes ? 1 : 0;
        var hash = DistinctSketch.HashOf(text);
        if ((_kept.Count == KeptMax && hash >= _greatest) || _kept.ContainsKey(hash))
        {
            return;
        }

        _kept.Add(hash, verdict == Verdict.Passes ? ValueMask.Of(test.Kind, text) : null);
        if (_kept.Count > KeptMax)
        {
            _kept.Remove(_greatest);
        }

        if (_kept.Count >= KeptMax)
        {
            _greatest = _kept.Keys.Last();
        }
    }
}
